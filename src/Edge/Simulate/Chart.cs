// A row of bars drawn with characters: blocks of an eighth of a line, or plain ASCII. Fits 80 columns. Pure.

using System.Text;

namespace OpenClaw.Edge.Simulate;

/// <summary>The colours of the pictures, as a terminal has them.</summary>
internal enum Ink : byte { Stable = 34, Canary = 33, Spilled = 31, Bucket = 36 }

/// <param name="rich">With blocks and colours; else ASCII alone.</param>
internal sealed class Chart(bool rich)
{
    public const int Width = 78;

    private const int Gutter = 9; // a label of up to seven digits and the axis
    private const int Columns = Width - Gutter;
    private const string Eighths = " ▁▂▃▄▅▆▇█";
    private const string Ascii = " .:#";

    private readonly string _levels = rich ? Eighths : Ascii;

    /// <param name="values">One a slot, 0 or more.</param>
    /// <param name="top">The value at the upper edge.</param>
    public IEnumerable<string> Panel(string title, Ink ink, double[] values, double top, int lines)
    {
        yield return new string(' ', Gutter) + Fit(title);
        double[] columns = Spread(values);
        for (int line = lines - 1; line >= 0; line--)
        {
            string label = line == lines - 1 ? Axis.Label(top) : line == 0 ? "0" : "";
            yield return $"{label,Gutter - 2} {(rich ? '┤' : '|')}{Colored(ink, Bars(columns, top, line, lines))}";
        }
    }

    /// <summary>The axis below the last panel, with round times.</summary>
    public IEnumerable<string> Times(long duration)
    {
        StringBuilder axis = new StringBuilder().Append(rich ? '─' : '-', Columns);
        StringBuilder labels = new StringBuilder().Append(' ', Columns);
        foreach ((long at, string label) in Axis.Times(duration))
        {
            int column = (int)((double)at / duration * (Columns - 1));
            axis[column] = rich ? '┬' : '+';
            int start = Math.Min(column, Columns - label.Length);
            labels.Remove(start, label.Length).Insert(start, label);
        }

        string corner = new string(' ', Gutter - 1) + (rich ? '└' : '+');
        yield return corner + axis;
        yield return new string(' ', Gutter) + labels.ToString().TrimEnd();
    }

    private string Bars(double[] columns, double top, int line, int lines)
    {
        int full = _levels.Length - 1;
        StringBuilder bars = new();
        foreach (double value in columns)
        {
            double height = Math.Clamp(value / top, 0, 1) * lines * full; // in parts of a line
            int part = (int)Math.Round(height) - (line * full);
            part = line == 0 && value > 0 ? Math.Max(part, 1) : part; // what there is can be seen
            bars.Append(_levels[Math.Clamp(part, 0, full)]);
        }

        return bars.ToString().TrimEnd();
    }

    /// <summary>As many values as there are columns: means of several slots, or a slot over several columns.</summary>
    private static double[] Spread(double[] values)
    {
        double[] columns = new double[Columns];
        for (int i = 0; i < Columns; i++)
        {
            int from = i * values.Length / Columns;
            int to = Math.Max(from + 1, (i + 1) * values.Length / Columns);
            columns[i] = values[from..to].Average();
        }

        return columns;
    }

    private string Colored(Ink ink, string text) => rich ? $"\e[{(int)ink}m{text}\e[0m" : text;

    private static string Fit(string title) => title.Length <= Columns ? title : title[..(Columns - 3)] + "...";
}
