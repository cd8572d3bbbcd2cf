// A real Prometheus scrapes a real edge and answers the questions that dashboards ask.

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class PrometheusTests(PrometheusTests.Stage stage) : IClassFixture<PrometheusTests.Stage>
{
    /// <summary>One query and what its only sample must lie between.</summary>
    public static TheoryData<string, double, double> Queries => new()
    {
        { "up{job=\"edge\"}", 1, 1 },
        { "sum(openclaw_requests_total{role=\"canary\"}) / sum(openclaw_requests_total{version!=\"none\"})", 0.0999, 0.1001 },
        { "sum(openclaw_requests_total{version=\"v2\",code_class=\"5xx\"}) / sum(openclaw_requests_total{version=\"v2\"})", 1, 1 },
        { "sum(rate(openclaw_requests_total{code_class=\"5xx\"}[1m])) / sum(rate(openclaw_requests_total[1m]))", 0, 1 },
        { "histogram_quantile(0.99, sum by (le) (rate(openclaw_request_duration_seconds_bucket{version=\"v1\"}[1m])))", 0, 1 },
        { "openclaw_rating_score{version=\"v1\"} - on() openclaw_rating_score{version=\"v2\"}", 0.3, 1 },
        { "openclaw_rating_score_lower{version=\"v1\",role=\"stable\"}", 0, 1 },
        { "openclaw_bucket_utilization", 0.5, 1 },
        { "openclaw_canary_weight{source=\"effective\"}", 0.1, 0.1 },
        { "abs(openclaw_canary_share_error_requests)", 0, 1 },
        { "openclaw_policy_last_reload_successful", 1, 1 },
        { "count(openclaw_build_info)", 1, 1 },
        { "process_resident_memory_bytes{job=\"edge\"}", 1e6, 1e9 },
        { "process_open_fds{job=\"edge\"}", 3, 1e6 },
    };

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task Query_IsAnswered(string query, double least, double most)
    {
        JsonElement[] samples = await stage.QueryAsync(query);
        double value = double.Parse(Assert.Single(samples).GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
        Assert.InRange(value, least, most);
    }

    /// <summary>One query a line. An alert's may be true of nothing now, but what it speaks of must be there.</summary>
    [Fact]
    public async Task DocumentedQueries_AreAnswered()
    {
        string page = File.ReadAllText(Path.Combine(EdgeProcess.Repository, "docs", "metrics.md"));
        string[] queries = [.. Regex.Matches(page, "```promql\n(.*?)```", RegexOptions.Singleline)
            .SelectMany(block => block.Groups[1].Value.Split('\n')).Where(line => line.Trim().Length > 0 && line[0] != '#')];
        Assert.NotEmpty(queries);
        foreach (string query in queries)
        {
            JsonElement[] samples = await stage.QueryAsync(query);
            Assert.True(samples.Length > 0 || Regex.IsMatch(query, " ([<>]=?|==) "), $"nothing answers {query}");
            foreach (Match name in Regex.Matches(query, "\\b(openclaw|process)_[a-z_]+"))
            {
                Assert.True((await stage.QueryAsync(name.Value)).Length > 0, $"{name} is not there, of {query}");
            }
        }
    }

    [Fact]
    public async Task Promtool_FindsNothingToComplainAbout()
    {
        stage.AssertRuns();
        MetricsPage page = await MetricsPage.ReadAsync(stage.Admin);
        await using Child run = await Child.RunAsync(Needs.Program("promtool"), ["check", "metrics"], input: page.Text);
        Assert.Equal("", run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    /// <summary>An edge with a good stable version and a failing canary, after 2,000 requests, and a Prometheus that has scraped it before and after.</summary>
    public sealed class Stage : IAsyncLifetime
    {
        private readonly TestFolder _folder = new();
        private readonly List<IAsyncDisposable> _open = [];
        private PrometheusServer? _prometheus;

        public string Admin { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            if (Peer.Find("prometheus") is not { } program)
            {
                return;
            }

            RawUpstream v1 = Opened(RawUpstream.Answering(Scene.Ok)), v2 = Opened(RawUpstream.Answering("HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n"));
            string policy = _folder.Write("policy.yaml", "bucket: {capacity: 1000, refillRate: 1000}\ncanary: {version: v2, weight: 10%}\nguard: {mode: observe}\n"); // its subject is what failures look like
            EdgeProcess edge = Opened(await EdgeProcess.StartAsync([$"v1={v1.Url}", $"v2={v2.Url}"], "--policy", policy, "--admin", "127.0.0.1:0"));
            Admin = edge.Admin!;
            _prometheus = Opened(await PrometheusServer.StartAsync(program, _folder, $$"""
                global: {scrape_interval: 500ms, scrape_timeout: 500ms}
                scrape_configs:
                - job_name: edge
                  static_configs: [{targets: ["{{Admin["http://".Length..]}}"]}]
                """));
            await Deadline.UntilAsync(async () => (await QueryAsync("up{job=\"edge\"} == 1")).Length == 1, "the first scrape");

            await LoadGenerator.RunAsync(edge.Port, 4, 2_000);
            await Deadline.UntilAsync(async () => (await QueryAsync("sum(openclaw_requests_total) == 2000")).Length == 1, "a scrape of everything");
            await Deadline.UntilAsync(async () => (await QueryAsync("count_over_time(up{job=\"edge\"}[1m]) > 4 and on() openclaw_rating_score{version=\"v2\"} < 0.5")).Length == 1, "a few scrapes more");
        }

        public void AssertRuns() => Assert.SkipWhen(_prometheus is null, Peer.WhyMissing("prometheus"));

        public Task<JsonElement[]> QueryAsync(string query)
        {
            AssertRuns();
            return _prometheus!.QueryAsync(query);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (IAsyncDisposable one in Enumerable.Reverse(_open))
            {
                await one.DisposeAsync();
            }

            _folder.Dispose();
        }

        private T Opened<T>(T one) where T : IAsyncDisposable
        {
            _open.Add(one);
            return one;
        }
    }
}
