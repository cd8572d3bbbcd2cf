// Three edges under load, and a Prometheus that scrapes them and goes by the rules of deploy/, with every period of time 30 to 60 times as short:
// one that takes the weight of its good canary from a (fake) API server; one without Kubernetes, whose guard has taken a bad canary out; one whose guard only watches a bad canary,
// and whose bucket is too small. Owns all of them; the classes of one collection share it.

using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using OpenClaw.TestKit.Kubernetes;

namespace OpenClaw.EndToEnd.Tests.Monitoring;

[CollectionDefinition(nameof(Monitored), DisableParallelization = true)]
public sealed class Monitored : ICollectionFixture<MonitoringStage>;

public sealed class MonitoringStage : IAsyncLifetime
{
    public const string Good = "openclaw/openclaw-edge", Tripped = "tripped", Observed = "observed";

    private const string Down = "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n";
    private const string GoodPolicy = """
        bucket: {capacity: 1000, refillRate: 1000}
        canary: {version: v2}
        weightFrom: {httpRoute: rating-api, rollout: rating-api, services: {v1: rating-api-stable, v2: rating-api-canary}}
        rating: {issueFraction: 5%}
        rateLimit: [{key: clientIp, average: 1000000000, mode: observe}]

        """;

    private readonly TestFolder _folder = new();
    private readonly List<IAsyncDisposable> _open = [];
    private readonly List<LoadGenerator> _loads = [];
    private PrometheusServer? _prometheus;

    public string Url => _prometheus!.Url;

    public async ValueTask InitializeAsync()
    {
        if (Peer.Find("prometheus") is not { } program)
        {
            return;
        }

        EdgeProcess good = await InClusterAsync(), tripped = await EdgeAsync(Down, _folder.Write("tripped.yaml", "canary: {version: v2, weight: 20%}\n")),
            observed = await EdgeAsync(Down, _folder.Write("observed.yaml", "bucket: {capacity: 60, refillRate: 20}\ncanary: {version: v2, weight: 30%}\nguard: {mode: observe}\n"));
        string rules = Regex.Replace(File.ReadAllText(Queries.Rules).Replace("interval: 30s", "interval: 1s"), @"for: (\d+)m", "for: $1s");
        _prometheus = Opened(await PrometheusServer.StartAsync(program, _folder, $$"""
            global: {scrape_interval: 500ms, scrape_timeout: 500ms}
            rule_files: ["{{_folder.Write("rules.yaml", rules)}}"]
            scrape_configs:
            - job_name: {{Good}}
              static_configs: [{targets: ["{{Target(good)}}"], labels: {namespace: openclaw, pod: openclaw-edge-0} }]
            - job_name: {{Tripped}}
              static_configs: [{targets: ["{{Target(tripped)}}"]}]
            - job_name: {{Observed}}
              static_configs: [{targets: ["{{Target(observed)}}"]}]
            """));
        await UntilAsync("count(up == 1) == 3");

        _loads.AddRange(new[] { good, tripped, observed }.Select(edge => LoadGenerator.Start(edge.Port, 4, new LoadShape(PerSecond: 200)))); // until the end: a rating forgets within a minute
        await good.ReloadAsync(() => _folder.Replace("good.yaml", GoodPolicy.Replace("5%", "6%")));
        await using (Wire client = await Wire.ConnectAsync(new IPEndPoint(IPAddress.Loopback, good.Port)))
        {
            Assert.Equal(505, (await client.AskAsync("GET / HTTP/3.0\r\nHost: h\r\n\r\n")).Status);
        }

        await UntilAsync($"openclaw_rating_samples{{job=\"{Good}\",role=\"canary\"}} > 250");
        await UntilAsync($"ALERTS{{alertname=\"OpenClawGuardTripped\",alertstate=\"firing\",job=\"{Tripped}\"}}");
        await UntilAsync($"ALERTS{{alertname=\"OpenClawCanaryRatingLow\",alertstate=\"firing\",job=\"{Observed}\"}}");
    }

    public void AssertRuns() => Assert.SkipWhen(_prometheus is null, Peer.WhyMissing("prometheus"));

    public Task<JsonElement[]> QueryAsync(string expression)
    {
        AssertRuns();
        return _prometheus!.QueryAsync(expression);
    }

    public Task<JsonElement[]> RulesAsync()
    {
        AssertRuns();
        return _prometheus!.RulesAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_loads.Select(load => load.StopAsync()));
        foreach (IAsyncDisposable one in Enumerable.Reverse(_open))
        {
            await one.DisposeAsync();
        }

        _folder.Dispose();
    }

    private Task UntilAsync(string condition) => Deadline.UntilAsync(async () => (await QueryAsync(condition)).Length > 0, condition, Deadline.Patience * 3);

    /// <summary>A release in its first step, which is to get a fifth of the traffic.</summary>
    private async Task<EdgeProcess> InClusterAsync()
    {
        FakeApiServer api = Opened(await FakeApiServer.StartAsync());
        using RolloutController controller = new(new Uri(api.Url));
        await controller.InstallAsync("one");
        await controller.ReleaseAsync("two");
        await controller.SetWeightAsync(20);
        RawUpstream v1 = Opened(RawUpstream.Answering(Scene.Ok)), v2 = Opened(RawUpstream.Answering(Scene.Ok));
        string config = _folder.Write("edge.yaml", $$$"""
            listeners: [{address: "127.0.0.1:0"}]
            workers: 1
            versions: {v1: {endpoints: ["{{{v1.Url}}}"]}, v2: {endpoints: ["{{{v2.Url}}}"]}}
            policy: {{{_folder.Write("good.yaml", GoodPolicy)}}}
            kubernetes: {api: "{{{api.Url}}}", namespace: openclaw}
            """);
        return Opened(await EdgeProcess.StartAsync(["--config", config, "--admin", "127.0.0.1:0"], listeners: 1));
    }

    private async Task<EdgeProcess> EdgeAsync(string canaryAnswer, string policy)
    {
        RawUpstream v1 = Opened(RawUpstream.Answering(Scene.Ok)), v2 = Opened(RawUpstream.Answering(canaryAnswer));
        return Opened(await EdgeProcess.StartAsync([$"v1={v1.Url}", $"v2={v2.Url}"], "--policy", policy, "--admin", "127.0.0.1:0"));
    }

    private static string Target(EdgeProcess edge) => edge.Admin!["http://".Length..];

    private T Opened<T>(T one) where T : IAsyncDisposable
    {
        _open.Add(one);
        return one;
    }
}
