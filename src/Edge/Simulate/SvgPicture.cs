// The picture of a simulation as one SVG file. Pure.

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

    private const int LineHeight = SvgCanvas.LineHeight, FirstLine = SvgCanvas.FirstLine;

    private readonly SvgCanvas _canvas = new(Width, Left);
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
            _canvas.Path($"{series.Style} {(series.Filled ? "area" : "line")}", Outline(series, top));
        }

        if (mark is not null && mark.Value <= top)
        {
            double y = Y(mark.Value, top);
            _canvas.Path("mark", string.Create(CultureInfo.InvariantCulture, $"M{Left} {y:0.#}H{Left + Plot}"));
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

        return _canvas.Document("openclaw-edge simulate", title, notes, y + 24);
    }

    /// <returns>By how much it is higher than one line.</returns>
    private int Legend(IReadOnlyList<Series> all, Mark? mark)
    {
        double x = Left;
        int y = _y;
        foreach (Series series in all)
        {
            Place(series.Name);
            _canvas.Key(x, y - 20, series.Style);
            Text(x + 18, y - 11, "label", series.Name);
            x += Space(series.Name);
        }

        if (mark is not null)
        {
            Place(mark.Name);
            _canvas.Path("mark", string.Create(CultureInfo.InvariantCulture, $"M{x:0.#} {y - 15}h16"));
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
            _canvas.Path("grid", string.Create(CultureInfo.InvariantCulture, $"M{Left} {Y(value, top):0.#}H{Left + Plot}"));
            Text(Left - 8, Y(value, top) + 4, "label end", Axis.Label(value));
        }

        foreach ((long at, _) in Axis.Times(duration))
        {
            _canvas.Path("grid", string.Create(CultureInfo.InvariantCulture, $"M{X(at):0.#} {_y}v{PanelHeight}"));
        }

        _canvas.Upright(20, _y + (PanelHeight / 2.0), "axis middle", unit);
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

    private void Text(double x, double y, string style, string text) => _canvas.Text(x, y, style, text);

    private double X(long at) => Left + ((double)at / duration * Plot);

    private double Y(double value, double top) => _y + (PanelHeight * (1 - Math.Clamp(value / top, 0, 1)));
}
