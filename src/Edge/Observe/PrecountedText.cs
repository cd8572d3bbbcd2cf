// Histograms and summaries that are counted elsewhere, in Prometheus' text format (version 0.0.4). One scrape's own.
// Label values must need no escaping: they are version names and words of ours.

using System.Globalization;
using System.Text;

namespace OpenClaw.Edge.Observe;

internal sealed class PrecountedText
{
    private readonly StringBuilder _text = new();
    private string _name = "";

    /// <summary>Begins a family; its series follow.</summary>
    public void Begin(string name, string type, string help)
    {
        _name = name;
        _text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");
    }

    /// <param name="labels">As they stand between the braces; empty without any.</param>
    public void Histogram(string labels, DurationTotals durations)
    {
        string comma = labels.Length > 0 ? "," : "";
        long cumulative = 0;
        for (int i = 0; i < durations.Counts.Length; i++)
        {
            cumulative += durations.Counts[i];
            string bound = i < DurationHistogram.BoundsSeconds.Length ? Number(DurationHistogram.BoundsSeconds[i]) : "+Inf";
            _text.Append($"{_name}_bucket{{{labels}{comma}le=\"{bound}\"}} {cumulative}\n");
        }

        Summary(labels, durations.SumSeconds, cumulative);
    }

    /// <summary>A summary without quantiles.</summary>
    public void Summary(string labels, double sum, long count)
    {
        string set = labels.Length > 0 ? $"{{{labels}}}" : "";
        _text.Append($"{_name}_sum{set} {Number(sum)}\n{_name}_count{set} {count}\n");
    }

    public override string ToString() => _text.ToString();

    private static string Number(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
