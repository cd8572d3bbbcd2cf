// The picture of a drill as one SVG file: a small panel for each incident, all on the scale from 0 to 1, each over its own time.
// Pure.

using System.Globalization;
using System.Text;
using OpenClaw.Edge.Simulate;

namespace OpenClaw.Edge.Drill;

internal static class DrillPicture
{
    private const int Width = 960, Left = 40, Plot = 400, High = 110, Column = 460, Line = 190, LineMax = 128;

    private static readonly (string Name, string Style)[] Legend = [("score and its bounds", "canary0"), ("error rate", "spilled"), ("evidence; 1: it trips", "stable")];

    public static string Draw(string title, IEnumerable<string> notes, IEnumerable<(string Title, Trace Trace)> panels)
    {
        SvgCanvas canvas = new(Width, Left);
        string[] said = [.. notes.SelectMany(note => Prose.Wrap(note, LineMax))];
        int top = SvgCanvas.FirstLine + SvgCanvas.LineHeight;
        double at = Left;
        foreach ((string name, string style) in Legend)
        {
            canvas.Key(at, top - 9, style);
            canvas.Text(at + 18, top, "label", name);
            at += 42 + (name.Length * 6.6);
        }

        canvas.Text(at, top, "label", "dashed: the fault begins; bar: the canary is out");
        int count = 0;
        foreach ((string heading, Trace trace) in panels)
        {
            Panel(canvas, Left + (count % 2 * Column), top + 50 + (count / 2 * Line), heading, trace);
            count++;
        }

        int y = top + 24 + ((count + 1) / 2 * Line);
        for (int i = 0; i < said.Length; i++)
        {
            canvas.Text(Left, y + (i * SvgCanvas.LineHeight), "note", said[i]);
        }

        return canvas.Document("openclaw-edge drill", [title], said, y + (said.Length * SvgCanvas.LineHeight) + 8);
    }

    private static void Panel(SvgCanvas canvas, int x, int y, string heading, Trace trace)
    {
        Excerpt cut = trace.Cut();
        double X(long time) => x + (Math.Min((double)time / trace.Duration, 1) * Plot);
        double Y(double value) => y + (High * (1 - value));
        canvas.Text(x, y - 12, "panel", heading);
        foreach (double value in new[] { 0, 0.5, 1 })
        {
            canvas.Path("grid", string.Create(CultureInfo.InvariantCulture, $"M{x} {Y(value):0.#}h{Plot}"));
            canvas.Text(x - 6, Y(value) + 4, "label end", Axis.Label(value));
        }

        foreach ((long time, string label) in Axis.Times(trace.Duration))
        {
            canvas.Text(X(time), y + High + 16, "label middle", label);
        }

        string band = Steps(cut.Upper, forth: true) + Steps(cut.Lower, forth: false).Replace('M', 'L') + "Z";
        canvas.Path("canary0 area", band);
        canvas.Path("spilled line", Steps(cut.Errors, forth: true));
        canvas.Path("stable line", Steps(cut.Evidence, forth: true));
        canvas.Path("canary0 line", Steps(cut.Score, forth: true));
        if (trace.Onset > 0)
        {
            canvas.Path("mark", string.Create(CultureInfo.InvariantCulture, $"M{X(trace.Onset):0.#} {y}v{High}"));
        }

        if (trace.TrippedAt is { } tripped)
        {
            canvas.Path("spilled area", string.Create(CultureInfo.InvariantCulture, $"M{X(tripped):0.#} {y}h2v{High}h-2Z"));
        }

        // Each slot is a level stretch, since nothing is known of what is inside.
        string Steps(double[] values, bool forth)
        {
            StringBuilder path = new();
            for (int i = 0; i < values.Length; i++)
            {
                int slot = forth ? i : values.Length - 1 - i;
                double from = X(slot * cut.Step), to = X((slot + 1) * cut.Step);
                path.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{(forth ? from : to):0.#} {Y(values[slot]):0.#}H{(forth ? to : from):0.#}");
            }

            return path.ToString();
        }
    }
}
