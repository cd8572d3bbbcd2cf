// An SVG file in the making: no script, no font, no other file; light or dark as its reader prefers. Knows places and styles,
// not what is drawn. Pure.

using System.Globalization;
using System.Text;

namespace OpenClaw.Edge.Simulate;

/// <param name="left">Where headings begin.</param>
internal sealed class SvgCanvas(int width, int left)
{
    public const int LineHeight = 18;

    /// <summary>Where the first line below the heading stands.</summary>
    public const int FirstLine = 60;

    private readonly StringBuilder _body = new();

    /// <param name="style">Words of the style sheet below.</param>
    public void Text(double x, double y, string style, string text) =>
        _body.Append(CultureInfo.InvariantCulture, $"<text class=\"{style}\" x=\"{x:0.#}\" y=\"{y:0.#}\">{Escape(text)}</text>\n");

    /// <summary>A text that runs from below to above.</summary>
    public void Upright(double x, double y, string style, string text) =>
        _body.Append(CultureInfo.InvariantCulture, $"<text class=\"{style}\" transform=\"translate({x:0.#} {y:0.#}) rotate(-90)\">{Escape(text)}</text>\n");

    /// <param name="outline">As the attribute d spells it.</param>
    public void Path(string style, string outline) => _body.Append(CultureInfo.InvariantCulture, $"<path class=\"{style}\" d=\"{outline}\"/>\n");

    /// <summary>The patch of colour before a name of a legend.</summary>
    public void Key(double x, double y, string style) =>
        _body.Append(CultureInfo.InvariantCulture, $"<rect class=\"{style} key\" x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"12\" height=\"9\" rx=\"2\"/>\n");

    /// <summary>The whole file.</summary>
    /// <param name="title">Lines below the heading, and what a screen reader says.</param>
    /// <param name="notes">What a screen reader can say on request.</param>
    public string Document(string heading, IReadOnlyList<string> title, IReadOnlyList<string> notes, int height)
    {
        for (int i = 0; i < title.Count; i++)
        {
            Text(left, FirstLine + (i * LineHeight), "sub", title[i]);
        }

        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="t d">
            <title id="t">{Escape(string.Join(' ', title))}</title>
            <desc id="d">{Escape(string.Join(' ', notes))}</desc>
            <style>
            {Style}
            </style>
            <rect class="ground" width="{width}" height="{height}"/>
            <text class="title" x="{left}" y="38">{Escape(heading)}</text>
            {_body}</svg>

            """;
    }

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
