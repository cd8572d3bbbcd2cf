// The picture of a simulation as one SVG file: no script, no font, no other file; light or dark as its reader prefers. Pure.

using System.Globalization;
using System.Text;

namespace OpenClaw.Edge.Simulate;

/// <summary>Panels one below the other over the same time.</summary>
/// <param name="title">Lines at the top, and what a screen reader says.</param>
/// <param name="notes">Lines below the panels, and what a screen reader can say on request.</param>
internal sealed class SvgPicture(IReadOnlyList<string> title, IReadOnlyList<string> notes, long duration, long step)
{
    private const int Width = 960, Left = 78, Right = 28, Plot = Width - Left - Right, PanelHeight = 168, Gap = 62;

    /// <summary>Characters of a line above or below the panels.</summary>
    public const int LineMax = 128;

    private const int LineHeight = 18, FirstLine = 60;

    private readonly StringBuilder _body = new();
    private int _y = FirstLine + 6 + ((title.Count - 1) * LineHeight);

    /// <param name="style">Of its colours: stable, canary0 to canary7, spilled, bucket.</param>
    /// <param name="values">One a slot.</param>
    /// <param name="filled">An area instead of a line.</param>
    public sealed class Series(string name, string style, double[] values, bool filled = false)
    {
        public string Name => name;

        public string Style => style;

        public double[] Values => values;

        public bool Filled => filled;
    }

    /// <summary>A level to compare with, drawn as a dashed line.</summary>
    public sealed class Mark(string name, double value)
    {
        public string Name => name;

        public double Value => value;
    }

    /// <summary>Adds a panel below those that are there.</summary>
    /// <param name="unit">The title of its upright axis.</param>
    public void Add(string name, string unit, IReadOnlyList<Series> all, Mark? mark = null)
    {
        double most = all.Max(series => series.Values.Max());
        double top = Axis.Top(mark is not null && mark.Value <= most * 3 ? Math.Max(most, mark.Value) : most);
        _y += Gap;
        Text(Left, _y - 30, "panel", name);
        _y += Legend(all, mark is not null && mark.Value <= top ? mark : null);
        Grid(top, unit);
        foreach (Series series in all)
        {
            _body.Append(CultureInfo.InvariantCulture, $"<path class=\"{series.Style} {(series.Filled ? "area" : "line")}\" d=\"{Outline(series, top)}\"/>\n");
        }

        if (mark is not null && mark.Value <= top)
        {
            double y = Y(mark.Value, top);
            _body.Append(CultureInfo.InvariantCulture, $"<path class=\"mark\" d=\"M{Left} {y:0.#}H{Left + Plot}\"/>\n");
        }

        _y += PanelHeight;
    }

    public override string ToString()
    {
        foreach ((long at, string label) in Axis.Times(duration))
        {
            Text(X(at), _y + 20, "label middle", label);
        }

        Text(Left + (Plot / 2.0), _y + 42, "axis middle", "time since the start");
        int y = _y + 56;
        foreach (string note in notes)
        {
            y += LineHeight;
            Text(Left, y, "note", note);
        }

        for (int i = 0; i < title.Count; i++)
        {
            Text(Left, FirstLine + (i * LineHeight), "sub", title[i]);
        }

        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {y + 24}" width="{Width}" height="{y + 24}" role="img" aria-labelledby="t d">
            <title id="t">{Escape(string.Join(' ', title))}</title>
            <desc id="d">{Escape(string.Join(' ', notes))}</desc>
            <style>
            {Style}
            </style>
            <rect class="ground" width="{Width}" height="{y + 24}"/>
            <text class="title" x="{Left}" y="38">openclaw-edge simulate</text>
            {_body}</svg>

            """;
    }

    /// <returns>By how much it is higher than one line.</returns>
    private int Legend(IReadOnlyList<Series> all, Mark? mark)
    {
        double x = Left;
        int y = _y;
        foreach (Series series in all)
        {
            Place(series.Name);
            _body.Append(CultureInfo.InvariantCulture, $"<rect class=\"{series.Style} key\" x=\"{x:0.#}\" y=\"{y - 20}\" width=\"12\" height=\"9\" rx=\"2\"/>\n");
            Text(x + 18, y - 11, "label", series.Name);
            x += Space(series.Name);
        }

        if (mark is not null)
        {
            Place(mark.Name);
            _body.Append(CultureInfo.InvariantCulture, $"<path class=\"mark\" d=\"M{x:0.#} {y - 15}h16\"/>\n");
            Text(x + 22, y - 11, "label", mark.Name);
        }

        return y - _y;

        double Space(string name) => 42 + (name.Length * 6.6);

        void Place(string name) => (x, y) = x > Left && x + Space(name) > Width ? (Left, y + LineHeight) : (x, y);
    }

    private void Grid(double top, string unit)
    {
        for (int i = 0; i <= 4; i++)
        {
            double value = top * i / 4;
            _body.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{Left} {Y(value, top):0.#}H{Left + Plot}\"/>\n");
            Text(Left - 8, Y(value, top) + 4, "label end", Axis.Label(value));
        }

        foreach ((long at, _) in Axis.Times(duration))
        {
            _body.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{X(at):0.#} {_y}v{PanelHeight}\"/>\n");
        }

        double middle = _y + (PanelHeight / 2.0);
        _body.Append(CultureInfo.InvariantCulture, $"<text class=\"axis middle\" transform=\"translate(20 {middle:0.#}) rotate(-90)\">{Escape(unit)}</text>\n");
    }

    /// <summary>Steps: each slot is a level stretch, since nothing is known of what is inside.</summary>
    private string Outline(Series series, double top)
    {
        StringBuilder path = new();
        path.Append(CultureInfo.InvariantCulture, $"M{Left} {Y(series.Filled ? 0 : series.Values[0], top):0.#}");
        for (int i = 0; i < series.Values.Length; i++)
        {
            path.Append(CultureInfo.InvariantCulture, $"V{Y(series.Values[i], top):0.#}H{X(Math.Min((i + 1) * step, duration)):0.#}");
        }

        return series.Filled ? path.Append(CultureInfo.InvariantCulture, $"V{Y(0, top):0.#}Z").ToString() : path.ToString();
    }

    private void Text(double x, double y, string style, string text) =>
        _body.Append(CultureInfo.InvariantCulture, $"<text class=\"{style}\" x=\"{x:0.#}\" y=\"{y:0.#}\">{Escape(text)}</text>\n");

    private double X(long at) => Left + ((double)at / duration * Plot);

    private double Y(double value, double top) => _y + (PanelHeight * (1 - Math.Clamp(value / top, 0, 1)));

    /// <summary>A version may be named anything; what XML has no place for becomes a question mark (XML 1.0, section 2.2).</summary>
    private static string Escape(string text)
    {
        StringBuilder escaped = new();
        foreach (Rune rune in text.EnumerateRunes()) // half a pair of surrogates comes as U+FFFD
        {
            _ = rune.Value switch
            {
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '&' => escaped.Append("&amp;"),
                '"' => escaped.Append("&quot;"),
                < ' ' or 0xFFFE or 0xFFFF => escaped.Append('?'),
                _ => escaped.Append(rune.ToString()),
            };
        }

        return escaped.ToString();
    }

    /// <summary>The first of them differ for the colour-blind too (Okabe and Ito 2008); a little lighter on dark ground.</summary>
    private const string Style = """
        text{font-family:system-ui,-apple-system,"Segoe UI",sans-serif;font-size:12px;fill:#3d444d}
        .ground{fill:#ffffff}.title{font-size:20px;font-weight:600;fill:#1c2024}.sub{font-size:13px}.panel{font-size:14px;font-weight:600;fill:#1c2024}
        .axis{font-size:12px}.note{font-size:13px}.middle{text-anchor:middle}.end{text-anchor:end}
        .grid{stroke:#e2e6ea;fill:none}.mark{stroke:#3d444d;stroke-width:1.5;stroke-dasharray:5 4;fill:none}
        .line{fill:none;stroke-width:1.8;stroke-linejoin:round}.area{fill-opacity:.28;stroke-width:1.4}
        .stable{stroke:#0072b2;fill:#0072b2}.spilled{stroke:#d55e00;fill:#d55e00}.bucket{stroke:#009e73;fill:#009e73}
        .canary0{stroke:#e69f00;fill:#e69f00}.canary1{stroke:#cc79a7;fill:#cc79a7}.canary2{stroke:#7b61c9;fill:#7b61c9}.canary3{stroke:#8a6d3b;fill:#8a6d3b}
        .canary4{stroke:#5b8c2a;fill:#5b8c2a}.canary5{stroke:#b8336a;fill:#b8336a}.canary6{stroke:#6b7785;fill:#6b7785}.canary7{stroke:#3aa6a0;fill:#3aa6a0}
        .line{fill:none}.key{stroke:none}
        @media (prefers-color-scheme:dark){text{fill:#b6bec9}.ground{fill:#15191f}.title,.panel{fill:#eef1f4}.grid{stroke:#2b323b}.mark{stroke:#b6bec9}
        .stable{stroke:#4aa8e0;fill:#4aa8e0}.spilled{stroke:#ff8a3d;fill:#ff8a3d}.bucket{stroke:#2fc49a;fill:#2fc49a}.canary0{stroke:#ffbf3f;fill:#ffbf3f}
        .canary2{stroke:#a391ec;fill:#a391ec}.line{fill:none}.key{stroke:none}}
        """;
}
