// Everything in PromQL that users get from us, asked of a real Prometheus that has scraped real edges under load.

using System.Globalization;
using System.Text.Json;

namespace OpenClaw.EndToEnd.Tests.Monitoring;

[Collection(nameof(Monitored))]
public sealed class MonitoringTests(MonitoringStage stage)
{
    [Fact]
    public Task DocumentedQueries_AreAnswered() => AssertAnsweredAsync(Queries.OfDocs());

    [Fact]
    public Task QueriesOfTheDashboard_AreAnswered() => AssertAnsweredAsync(Queries.OfDashboard());

    [Fact]
    public Task QueriesOfAnalyses_AreAnswered() => AssertAnsweredAsync(Queries.OfAnalyses());

    [Fact]
    public async Task Rules_AreHealthyAndAnswered()
    {
        JsonElement[] rules = await stage.RulesAsync();
        Assert.All(rules, rule => Assert.True(rule.GetProperty("health").GetString() == "ok", rule.ToString()));
        await AssertAnsweredAsync(rules.Select(rule => new Query(rule.GetProperty("name").GetString()!, rule.GetProperty("query").GetString()!)));
        await AssertAnsweredAsync(rules.Where(rule => rule.GetProperty("type").GetString() == "recording")
            .SelectMany(rule => new[] { MonitoringStage.Good, MonitoringStage.Observed }, (rule, job) => $"{rule.GetProperty("name").GetString()}{{job=\"{job}\"}}")
            .Select(recorded => new Query("what was recorded", recorded)));
    }

    [Fact]
    public async Task GoodCanary_AlertsNobody() =>
        Assert.Empty(await stage.QueryAsync($"count_over_time(ALERTS{{job=\"{MonitoringStage.Good}\"}}[5m])"));

    [Fact]
    public async Task CanaryThatIsOut_IsSaidOnce()
    {
        JsonElement alert = Assert.Single(await stage.QueryAsync($"ALERTS{{job=\"{MonitoringStage.Tripped}\",alertstate=\"firing\",alertname=~\"OpenClaw(Guard|Canary).*\"}}")).GetProperty("metric");
        Assert.Equal("OpenClawGuardTripped", alert.GetProperty("alertname").GetString());
        Assert.False(alert.TryGetProperty("namespace", out _));

        JsonElement said = (await stage.RulesAsync()).Single(rule => rule.GetProperty("name").GetString() == "OpenClawGuardTripped").GetProperty("alerts")[0].GetProperty("annotations");
        Assert.Matches("^On 1 of 1 edges a canary is out, .* last hour: (errors|rating)", said.GetProperty("description").GetString());
    }

    [Fact]
    public async Task BadCanaryThatIsOnlyWatched_IsSaidWithItsNumbers()
    {
        string[] alerts = [.. (await stage.QueryAsync($"ALERTS{{job=\"{MonitoringStage.Observed}\",alertstate=\"firing\"}}")).Select(alert => alert.GetProperty("metric").GetProperty("alertname").GetString()!)];
        Assert.Contains("OpenClawCanaryRatingLow", alerts);
        Assert.DoesNotContain("OpenClawGuardTripped", alerts);

        JsonElement said = (await stage.RulesAsync()).Single(rule => rule.GetProperty("name").GetString() == "OpenClawCanaryRatingLow").GetProperty("alerts")[0].GetProperty("annotations");
        Assert.Matches(@"^Canary v2 has been rated below 0\.70 .* \(now 0\.\d{3}, on \d{2,} samples\)", said.GetProperty("description").GetString());
    }

    /// <summary>One that is a condition may be true of nothing, but what it speaks of must be there; any other has at least one number for an answer.</summary>
    private async Task AssertAnsweredAsync(IEnumerable<Query> queries)
    {
        Query[] all = [.. queries];
        Assert.NotEmpty(all);
        List<string> wrong = [];
        HashSet<string> asked = [];
        foreach (Query query in all)
        {
            JsonElement[] samples = await stage.QueryAsync(query.Expression); // throws where Prometheus finds fault with it
            foreach (string series in query.Series)
            {
                if (asked.Add(series) && (await stage.QueryAsync(series)).Length == 0)
                {
                    wrong.Add($"{query.Source}: there is no {series}");
                }
            }

            if (!query.IsCondition && !samples.Any(sample => double.IsFinite(ValueOf(sample))))
            {
                wrong.Add($"{query.Source}: {samples.Length} samples and no number answer {query.Expression}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static double ValueOf(JsonElement sample) => double.Parse(sample.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
}
