// What a scrape says of what was counted.

using System.Diagnostics;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Limit;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Split;
using OpenClaw.Edge.Tests.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Tests.Observe;

public sealed class ExpositionTests
{
    private const long Millisecond = 1_000_000;

    [Fact]
    public void Requests_AreSummedOverWorkers()
    {
        using ControlFixture edge = new();
        edge.Counters("v1", worker: 0).CountRequest(Role.Stable, 200, Reason.Stable, Millisecond);
        edge.Counters("v1", worker: 1).CountRequest(Role.Stable, 204, Reason.Stable, Millisecond);
        edge.Counters("v1", worker: 1).CountRequest(Role.Stable, 0, Reason.Spilled, Millisecond);
        edge.Counters("v2", worker: 1).CountRequest(Role.Canary, 503, Reason.Weight, Millisecond);
        edge.Control.Workers[1].Counters.None.CountRequest(Role.Stable, 400, Reason.Rejected, Millisecond);

        Dictionary<string, double> series = edge.Series();

        Assert.Equal(2, series["openclaw_requests_total{version=\"v1\",role=\"stable\",code_class=\"2xx\",reason=\"stable\"}"]);
        Assert.Equal(1, series["openclaw_requests_total{version=\"v1\",role=\"stable\",code_class=\"none\",reason=\"spilled\"}"]);
        Assert.Equal(1, series["openclaw_requests_total{version=\"v2\",role=\"canary\",code_class=\"5xx\",reason=\"weight\"}"]);
        Assert.Equal(1, series["openclaw_requests_total{version=\"none\",role=\"none\",code_class=\"4xx\",reason=\"rejected\"}"]);
        Assert.Equal(0, series["openclaw_requests_total{version=\"v2\",role=\"canary\",code_class=\"2xx\",reason=\"weight\"}"]);
        Assert.Equal(1, series["openclaw_canary_spilled_total"]);
    }

    [Fact]
    public void Guard_IsInOneStateAndCountsItsTripsByCause()
    {
        using ControlFixture edge = new("canary: {version: v2, weight: 0.2}");
        string[] states = ["off", "holding", "learning", "tripped"];
        Assert.Equal([0, 0, 1, 0], states.Select(state => edge.Series()[$"openclaw_guard_state{{state=\"{state}\"}}"]));
        edge.Control.Abort("v2");

        Dictionary<string, double> series = edge.Series();
        Assert.Equal([0, 0, 0, 1], states.Select(state => series[$"openclaw_guard_state{{state=\"{state}\"}}"]));
        Assert.Equal([0, 0, 0, 0, 1, 0], new[] { "rating", "errors", "latency", "failures", "operator", "state" }.Select(cause => series[$"openclaw_guard_trips_total{{cause=\"{cause}\"}}"]));
        Assert.Equal(0, series["openclaw_guard_would_trip_total{cause=\"errors\"}"]);
        Assert.Equal(0, series["openclaw_guard_evidence_ratio{version=\"v2\",signal=\"latency\"}"]);
        Assert.Equal((0, 0), (series["openclaw_canary_weight{source=\"guard\"}"], series["openclaw_canary_weight{source=\"effective\"}"]));
        Assert.Equal(0, series["openclaw_guard_webhook_total{result=\"failed\"}"]);
    }

    [Fact]
    public void SessionsAndOverrides_AreSummedOverWorkers()
    {
        using ControlFixture edge = new();
        edge.Control.Workers[0].Counters.Count(new Choice(Decision.ToStable(Reason.Spilled), OverrideFound.Untrusted, SessionFound.Kept), issued: false);
        edge.Control.Workers[1].Counters.Count(new Choice(Decision.ToStable(Reason.Spilled), OverrideFound.Applied), issued: false);
        edge.Control.Workers[1].Counters.Count(new Choice(Decision.ToStable(Reason.Stable), OverrideFound.Unknown, SessionFound.Forged, Place: 1), issued: true);
        edge.Control.Workers[1].Counters.Count(new Choice(Decision.ToStable(Reason.Stable)), issued: false);

        Dictionary<string, double> series = edge.Series();

        Assert.Equal(2, series["openclaw_sticky_broken_total"]);
        Assert.Equal([1, 1, 1, 0, 0], new[] { "issued", "kept", "forged", "malformed", "foreign" }.Select(result => series[$"openclaw_sessions_total{{result=\"{result}\"}}"]));
        Assert.All(new[] { "applied", "untrusted", "unknown" }, result => Assert.Equal(1, series[$"openclaw_overrides_total{{result=\"{result}\"}}"]));
    }

    [Fact]
    public void RequestsWithoutAToken_AreSummedOverWorkers()
    {
        using ControlFixture edge = new("bucket: {capacity: 4, refillRate: 1}\ncanary: {version: v2, weight: 0.2}");
        Assert.Equal(0, edge.Series()["openclaw_bucket_bypassed_total"]);
        foreach (Worker worker in edge.Control.Workers)
        {
            worker.Counters.Count(new Choice(new Decision(0, Reason.Weight, IsUncapped: true)), issued: false);
        }

        Assert.Equal(edge.Control.Workers.Count, edge.Series()["openclaw_bucket_bypassed_total"]);
    }

    [Fact]
    public void Durations_AreCumulativeBucketsWithTheExactSum()
    {
        using ControlFixture edge = new();
        edge.Counters("v2", worker: 0).CountRequest(Role.Canary, 200, Reason.Weight, Millisecond / 2); // on a bound: le means less or equal
        edge.Counters("v2", worker: 1).CountRequest(Role.Canary, 200, Reason.Weight, (Millisecond / 2) + 1);
        edge.Counters("v2", worker: 0).CountRequest(Role.Canary, 200, Reason.Weight, 70 * Millisecond);
        edge.Counters("v2", worker: 1).CountRequest(Role.Canary, 200, Reason.Weight, 31_000 * Millisecond);

        Dictionary<string, double> series = edge.Series();
        double Bucket(string bound) => series[$"openclaw_request_duration_seconds_bucket{{version=\"v2\",role=\"canary\",le=\"{bound}\"}}"];

        Assert.Equal([1, 2, 2, 3, 3, 4], new[] { "0.0005", "0.001", "0.05", "0.1", "30", "+Inf" }.Select(Bucket));
        Assert.Equal(31.071000001, series["openclaw_request_duration_seconds_sum{version=\"v2\",role=\"canary\"}"], 12);
        Assert.Equal(4, series["openclaw_request_duration_seconds_count{version=\"v2\",role=\"canary\"}"]);
        Assert.DoesNotContain("openclaw_request_duration_seconds_count{version=\"v2\",role=\"stable\"}", series.Keys);
    }

    [Fact]
    public void Copies_AreCountedByResultAndOnlyThere()
    {
        using ControlFixture edge = new("mirror: {version: v2, fraction: 1}");
        edge.Counters("v2", worker: 0).Mirrored.Count(MirrorResult.Answered);
        edge.Counters("v2", worker: 1).Mirrored.Count(MirrorResult.Answered);
        edge.Counters("v2", worker: 1).Mirrored.Count(MirrorResult.Dropped);

        Dictionary<string, double> series = edge.Series();

        Assert.Equal([2, 0, 1], new[] { "answered", "failed", "dropped" }.Select(result => series[$"openclaw_mirror_requests_total{{version=\"v2\",result=\"{result}\"}}"]));
        Assert.DoesNotContain(series.Keys, key => key.StartsWith("openclaw_mirror_requests_total{version=\"v1\"", StringComparison.Ordinal));
        Assert.DoesNotContain(series.Keys, key => key.StartsWith("openclaw_requests_total{version=\"v2\"", StringComparison.Ordinal));
    }

    [Fact]
    public void RateLimits_AreCountedByPlaceAndMode()
    {
        using ControlFixture edge = new("rateLimit: [{key: clientIp, average: 1}, {key: clientIp, average: 2, mode: observe}]");
        edge.Control.Workers[0].Counters.Count(new Verdict(0, 1, Enforced: 0b01, Observed: 0b10, Shared: 0b10));
        edge.Control.Workers[1].Counters.Count(new Verdict(0, 1, Enforced: 0b01, Observed: 0, Shared: 0));

        Dictionary<string, double> series = edge.Series();

        Assert.Equal(2, series["openclaw_rate_limited_total{limit=\"0\",mode=\"enforce\"}"]);
        Assert.Equal(1, series["openclaw_rate_limited_total{limit=\"1\",mode=\"observe\"}"]);
        Assert.Equal([0, 1], new[] { 0, 1 }.Select(limit => series[$"openclaw_rate_limit_shared_total{{limit=\"{limit}\"}}"]));
        Assert.DoesNotContain("openclaw_rate_limited_total{limit=\"0\",mode=\"observe\"}", series.Keys);
    }

    [Fact]
    public void VersionThatLeavesAndReturns_CountsOn()
    {
        using ControlFixture edge = new();
        const string key = "openclaw_requests_total{version=\"v2\",role=\"canary\",code_class=\"2xx\",reason=\"weight\"}";
        VersionCounters late = edge.Counters("v2"); // of an exchange that outlives the version
        late.CountRequest(Role.Canary, 200, Reason.Weight, Millisecond);

        edge.Reload(TestFolder.Edge.Replace("v2:", "v3:"), policy: null);
        late.CountRequest(Role.Canary, 200, Reason.Weight, Millisecond);
        Assert.Equal(2, edge.Series()[key]);
        Assert.DoesNotContain("openclaw_rating_score{version=\"v2\",role=\"canary\"}", edge.Series().Keys);

        edge.Reload(TestFolder.Edge, TestFolder.Policy);
        edge.Counters("v2").CountRequest(Role.Canary, 200, Reason.Weight, Millisecond);
        Assert.Equal(3, edge.Series()[key]);
        Assert.Contains("openclaw_rating_score{version=\"v2\",role=\"canary\"}", edge.Series().Keys);
    }

    [Fact]
    public void Quality_WeighsRequestsByTheScoreOfTheirTime()
    {
        VersionLedger ledger = new("v1", workers: 2);
        ledger.Worker(0).CountRequest(Role.Stable, 200, Reason.Stable, 1);
        ledger.Worker(1).CountRequest(Role.Stable, 200, Reason.Stable, 1);
        ledger.Weigh(new Score(0.5, 0, 1, 2, []));
        ledger.Worker(1).CountRequest(Role.Stable, 200, Reason.Stable, 1);
        ledger.Weigh(new Score(0.25, 0, 1, 3, []));
        ledger.Weigh(new Score(0, 0, 1, 3, [])); // no request since: nothing to weigh

        Assert.Equal((1.25, 3), ledger.QualityOf(Role.Stable));
        Assert.Equal((0, 0), ledger.QualityOf(Role.Canary));
    }

    /// <summary>Requests of both of stable's roles carried what the tick before had announced; a held score is what they carry on.</summary>
    [Fact]
    public void Quality_IsOfTheScoresThatRequestsCarried()
    {
        using ControlFixture edge = new();
        VersionRating stable = edge.Control.Plan.Versions[0].Rating;
        edge.Counters("v1").CountRequest(Role.Stable, 200, Reason.Stable, 1);
        edge.Counters("v1").CountRequest(Role.Baseline, 200, Reason.Stable, 1);
        for (int i = 0; i < 100; i++)
        {
            stable.Tally(0).Record(Outcome.Error, 0, 1);
        }

        edge.Control.Tick(0);
        stable.IsHeld = true;
        edge.Counters("v1").CountRequest(Role.Baseline, 500, Reason.Stable, 1);
        stable.Tally(0).Record(Outcome.Success, 0, 1);
        edge.Control.Tick(250_000_000);

        VersionLedger ledger = edge.Control.Ledgers.Of("v1");
        Assert.Equal((1, 1), ledger.QualityOf(Role.Stable));
        Assert.Equal((1 + 0, 2), ledger.QualityOf(Role.Baseline));
    }

    [Fact]
    public void Bucket_IsShownByItsLevel()
    {
        using ControlFixture edge = new("bucket: {capacity: 4, refillRate: 1}\ncanary: {version: v2, weight: 0.5}");
        edge.Now = OpenClaw.Edge.Io.Clock.Now;
        for (int i = 0; i < 4; i++)
        {
            Assert.True(edge.Control.Plan.Splitter.Bucket!.TryTake(0, 0, edge.Now));
        }

        Assert.Equal(0, edge.Series()["openclaw_bucket_utilization"], 6);
        edge.Now += 1000 * Millisecond;
        Assert.Equal(0.25, edge.Series()["openclaw_bucket_utilization"], 6);
        Assert.Equal(1, edge.Series()["openclaw_bucket_tokens"], 6);
        Assert.Equal(4, edge.Series()["openclaw_bucket_capacity"]);
    }

    [Fact]
    public void NoBucket_HasNoBucketSeries()
    {
        using ControlFixture edge = new("canary: {version: v2, weight: 0.5}");
        Assert.DoesNotContain(edge.Series().Keys, name => name.StartsWith("openclaw_bucket", StringComparison.Ordinal));
    }

    [Fact]
    public void Share_IsThatOfTheSplit()
    {
        using ControlFixture edge = new("canary: {version: v2, weight: 0.25}");
        for (int i = 0; i < 400; i++)
        {
            edge.Control.Plan.Splitter.Decide(0, 0);
        }

        Dictionary<string, double> series = edge.Series();
        Assert.Equal(400, series["openclaw_canary_eligible_total"]);
        Assert.Equal(100, series["openclaw_canary_turns_total"]);
        Assert.Equal(0.25, series["openclaw_canary_share_ratio"]);
        Assert.Equal(0, series["openclaw_canary_share_error_requests"]);
        Assert.Equal(0.25, series["openclaw_canary_weight{source=\"policy\"}"]);
        Assert.Equal(0.25, series["openclaw_canary_weight{source=\"effective\"}"]);
    }

    [Fact]
    public void Abort_LeavesThePolicysWeightAndNoneInEffect()
    {
        using ControlFixture edge = new("abort: true\ncanary: {version: v2, weight: 0.25}");
        Assert.Equal(0.25, edge.Series()["openclaw_canary_weight{source=\"policy\"}"]);
        Assert.Equal(0, edge.Series()["openclaw_canary_weight{source=\"effective\"}"]);
    }

    [Fact]
    public void Reload_LeavesOneRevisionAndARefusedOneIsTold()
    {
        using ControlFixture edge = new();
        string before = Assert.Single(edge.Series().Keys, name => name.StartsWith("openclaw_policy_revision_info", StringComparison.Ordinal));
        edge.Reload(TestFolder.Edge, "canary: {version: v2, weight: 0.5}");
        Assert.NotEqual(before, Assert.Single(edge.Series().Keys, name => name.StartsWith("openclaw_policy_revision_info", StringComparison.Ordinal)));
        Assert.Equal(1, edge.Series()["openclaw_policy_last_reload_successful"]);
        edge.Reload(TestFolder.Edge, "canary: {version: v2, weight: 5}");
        Assert.Equal(0, edge.Series()["openclaw_policy_last_reload_successful"]);
    }

    [Fact]
    public void FaultsOfEitherSide_AreCountedByTheirKind()
    {
        using ControlFixture edge = new();
        edge.Counters("v2", worker: 1).CountUpstreamError(UpstreamStage.Connect);
        edge.Control.Workers[0].Counters.CountReject(ParseError.BareLineFeed);
        edge.Control.Workers[1].Counters.CountReject(ParseError.BareLineFeed);
        edge.Control.Workers[1].Counters.HandshakesResumed++;

        Dictionary<string, double> series = edge.Series();
        Assert.Equal(1, series["openclaw_upstream_errors_total{version=\"v2\",stage=\"connect\"}"]);
        Assert.Equal(0, series["openclaw_upstream_errors_total{version=\"v1\",stage=\"connect\"}"]);
        Assert.Equal(2, series["openclaw_http_rejects_total{error=\"bare_line_feed\"}"]);
        Assert.Equal(1, series["openclaw_tls_handshakes_total{result=\"success\",resumed=\"true\"}"]);
    }

    [Fact]
    public void Process_IsMeasured()
    {
        using ControlFixture edge = new();
        Dictionary<string, double> before = edge.Series();
        using FileStream another = File.OpenRead("/proc/self/stat");
        int entries = Directory.GetFileSystemEntries("/proc/self/fd").Length - 1; // without the one that lists
        Dictionary<string, double> series = edge.Series();

        Assert.InRange(series["process_open_fds"], entries - 8, entries + 8); // other tests open and close beside
        Assert.InRange(series["process_resident_memory_bytes"], 1 << 20, series["process_virtual_memory_bytes"]);
        Assert.True(series["process_cpu_seconds_total"] > 0);
        Assert.True(series["process_max_fds"] >= 256);
        Assert.InRange(series["process_start_time_seconds"], DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 86400, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1);
        Assert.True(series["openclaw_gc_allocated_bytes_total"] > before["openclaw_gc_allocated_bytes_total"]);
    }

    [Fact]
    public void Documentation_ListsWhatThereIs()
    {
        DirectoryInfo root = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "docs", "metrics.md")))
        {
            root = root.Parent ?? throw new FileNotFoundException("docs/metrics.md");
        }

        // | `name` | type |
        IEnumerable<string> documented = File.ReadLines(Path.Combine(root.FullName, "docs", "metrics.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length > 3 && cells[2] is ("counter" or "gauge" or "histogram" or "summary"))
            .Select(cells => $"{cells[1].Trim('`')} {cells[2]}");
        using ControlFixture edge = new();
        IEnumerable<string> exposed = edge.Metrics().Split('\n').Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line["# TYPE ".Length..]);
        Assert.Equal(exposed.Order(), documented.Order());
    }

    [Fact]
    public void Text_PassesPromtool()
    {
        const string promtool = "/usr/bin/promtool";
        Assert.SkipUnless(File.Exists(promtool), "promtool (package prometheus) is not installed");
        using ControlFixture edge = new();
        edge.Counters("v1").CountRequest(Role.Stable, 200, Reason.Stable, Millisecond);
        edge.Control.Tick(1);
        using Process check = Process.Start(new ProcessStartInfo(promtool, "check metrics") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        check.StandardInput.Write(edge.Metrics());
        check.StandardInput.Close();
        string findings = check.StandardOutput.ReadToEnd() + check.StandardError.ReadToEnd();
        check.WaitForExit();
        Assert.Equal("", findings);
        Assert.Equal(0, check.ExitCode);
    }
}
