// The rules and the dashboard as files: promtool's word on them, and what promtool does not look at.

using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenClaw.EndToEnd.Tests.Monitoring;

public sealed class RulesTests
{
    private const string RunBook = "https://github.com/openclaw/openclaw-edge/blob/main/docs/operations.md";

    private static readonly string Cases = Path.Combine(Queries.Deploy, "prometheus");
    private static readonly string Text = File.ReadAllText(Queries.Rules);

    public static TheoryData<string> CaseFiles => [.. Directory.EnumerateFiles(Cases, "*.test.yaml").Select(file => Path.GetFileName(file)!).Order()];

    [Fact]
    public async Task Rules_AreClean()
    {
        await using Child run = await Child.RunAsync(Needs.Program("promtool"), ["check", "rules", "--lint=all", "--lint-fatal", Queries.Rules]);
        Assert.True(run.ExitCode == 0, run.Output);
    }

    [Theory]
    [MemberData(nameof(CaseFiles))]
    public async Task Cases_Pass(string file)
    {
        await using Child run = await Child.RunAsync(Needs.Program("promtool"), ["test", "rules", Path.Combine(Cases, file)]);
        Assert.True(run.ExitCode == 0, run.Output);
    }

    [Fact]
    public void EveryRule_HasCases()
    {
        string cases = string.Concat(Directory.EnumerateFiles(Cases, "*.test.yaml").Select(File.ReadAllText));
        Assert.All(Names("alert"), alert => Assert.Matches($"alertname: {alert}\n.*\n +exp_alerts:\n", cases));
        Assert.All(Names("record"), record => Assert.Contains($"{{labels: '{record}{{", cases));
    }

    /// <summary>The chart replaces what stands before the # by another run-book's address, so it must be the same everywhere.</summary>
    [Fact]
    public void EveryAlert_NamesItsRunBookSection() =>
        Assert.Equal(Names("alert").Select(alert => $"{RunBook}#{alert.ToLowerInvariant()}"), Regex.Matches(Text, "runbook_url: (.*)").Select(match => match.Groups[1].Value));

    [Fact]
    public void EveryAlert_SaysHowBadItIsAndWhatToDo()
    {
        int alerts = Names("alert").Length;
        Assert.Equal(alerts, Regex.Count(Text, "labels: {severity: (critical|warning|info)[,}]"));
        Assert.Equal(alerts, Regex.Count(Text, "^      summary: ", RegexOptions.Multiline));
        Assert.Equal(alerts, Regex.Count(Text, "^      description: ", RegexOptions.Multiline));
    }

    [Fact]
    public async Task DashboardExpressions_AreRules()
    {
        using TestFolder folder = new();
        Query[] queries = [.. Queries.OfDashboard()];
        Assert.True(queries.Length > 50);
        string rules = folder.Write("dashboard.rules.json", JsonSerializer.Serialize(new
        {
            groups = new[] { new { name = "dashboard", rules = queries.Select((query, i) => new { record = $"dashboard:{i}", expr = query.Expression }) } },
        }));
        await using Child run = await Child.RunAsync(Needs.Program("promtool"), ["check", "rules", rules]);
        Assert.True(run.ExitCode == 0, run.Output);
    }

    [Fact]
    public void EveryPanel_HasAPlaceAUnitAndWordsOfItsOwn()
    {
        JsonElement[] panels = [.. Queries.Dashboard.GetProperty("panels").EnumerateArray()];
        Assert.Distinct(panels.Select(panel => panel.GetProperty("id").GetInt32()));
        Assert.Distinct(panels.Select(panel => panel.GetProperty("title").GetString()));
        Assert.Distinct(panels.SelectMany(panel => Cells(panel.GetProperty("gridPos"))));
        foreach (JsonElement panel in panels.Where(panel => panel.GetProperty("type").GetString() != "row"))
        {
            string title = panel.GetProperty("title").GetString()!;
            Assert.True(panel.GetProperty("description").GetString()!.Length > 20, title);
            Assert.True(panel.GetProperty("type").GetString() == "state-timeline" || panel.GetProperty("fieldConfig").GetProperty("defaults").TryGetProperty("unit", out _), title);
            Assert.Distinct(panel.GetProperty("targets").EnumerateArray().Select(target => target.GetProperty("refId").GetString()));
        }
    }

    /// <summary>One that named a data source or an edge would work in one place only.</summary>
    [Fact]
    public void EveryQuery_GoesByTheDashboardsVariables()
    {
        string text = Queries.Dashboard.GetRawText();
        Assert.All(Regex.Matches(text, "\"uid\": \"([^\"]*)\"").Skip(1), uid => Assert.Equal("${datasource}", uid.Groups[1].Value)); // the first is its own
        Assert.All(Regex.Matches(text, "\"expr\": (\".*?[^\\\\]\")[,}]"), match =>
        {
            string expression = JsonElement.Parse(match.Groups[1].Value).GetString()!;
            int series = Regex.Count(expression, @"\b(openclaw|process)_[a-z_]+");
            Assert.Equal(series, Regex.Count(expression, @"_[a-z]+\{namespace=~""\$namespace"", job=~""\$job"", pod=~""\$pod"", instance=~""\$instance"""));
        });
    }

    private static string[] Names(string kind) => [.. Regex.Matches(Text, $"- {kind}: (.*)").Select(match => match.Groups[1].Value)];

    private static IEnumerable<(int, int)> Cells(JsonElement place)
    {
        (int x, int y, int w, int h) = (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32(), place.GetProperty("w").GetInt32(), place.GetProperty("h").GetInt32());
        Assert.InRange(x + w, 1, 24);
        return from column in Enumerable.Range(x, w) from line in Enumerable.Range(y, h) select (column, line);
    }
}
