// One scrape of a side port, taken apart into samples. Immutable.

using System.Globalization;

namespace OpenClaw.TestKit;

public sealed class MetricsPage
{
    private readonly List<(string Name, string Labels, double Value)> _samples = [];

    private MetricsPage(string text)
    {
        Text = text;
        foreach (string line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            int value = line.LastIndexOf(' '), brace = line.IndexOf('{');
            string name = line[..(brace < 0 ? value : brace)];
            _samples.Add((name, brace < 0 ? "" : line[brace..value], double.Parse(line.AsSpan(value + 1), CultureInfo.InvariantCulture)));
        }
    }

    public string Text { get; }

    public static async Task<MetricsPage> ReadAsync(string admin)
    {
        using HttpClient client = new() { Timeout = Deadline.Patience };
        return new MetricsPage(await client.GetStringAsync(admin + "/metrics"));
    }

    /// <summary>Sum of the samples of this name whose labels all match, such as <c>version="v1"</c>.</summary>
    public double Sum(string name, params string[] labels) => Matching(name, labels).Sum(sample => sample.Value);

    public bool Has(string name, params string[] labels) => Matching(name, labels).Any();

    private IEnumerable<(string Name, string Labels, double Value)> Matching(string name, string[] labels) =>
        _samples.Where(sample => sample.Name == name && labels.All(label => sample.Labels.Contains(label, StringComparison.Ordinal)));
}
