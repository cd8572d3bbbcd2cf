// Client rate limits as clients, upstreams and metrics see them.

using System.Diagnostics;

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class RateLimitTests : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly RawUpstream _v1 = RawUpstream.Answering(Scene.Ok);
    private EdgeProcess? _edge;

    private EdgeProcess Edge => _edge!;

    public async ValueTask DisposeAsync()
    {
        if (_edge is not null)
        {
            await _edge.DisposeAsync();
        }

        await _v1.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task OneClientUnderLoad_GetsBurstAndAverageWhateverTheWorkers(int workers)
    {
        const int average = 50, burst = 100;
        await StartAsync($"rateLimit: [{{key: clientIp, average: {average}, burst: {burst}}}]", workers);
        long start = Stopwatch.GetTimestamp();
        LoadGenerator load = LoadGenerator.Start(Edge.Port, 8);
        await Deadline.UntilAsync(() => load.CountStatus(200) >= burst + (2 * average), "two seconds' worth");
        await load.StopAsync();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;

        Assert.Empty(load.Broken);
        Assert.InRange(load.CountStatus(200), burst + (2 * average), burst + (average * seconds));
        Assert.Equal(load.Answers.Count, load.CountStatus(200) + load.CountStatus(429));
        Assert.Equal(load.CountStatus(200), _v1.Requests.Count);
        MetricsPage page = await MetricsPage.ReadAsync(Edge.Admin!);
        Assert.Equal(load.CountStatus(429), page.Sum("openclaw_requests_total", "version=\"none\"", "role=\"none\"", "code_class=\"4xx\"", "reason=\"limited\""));
        Assert.Equal(load.CountStatus(429), page.Sum("openclaw_rate_limited_total", "limit=\"0\"", "mode=\"enforce\""));
        Assert.Equal(0, page.Sum("openclaw_rate_limit_shared_total"));
        await Deadline.UntilAsync(async () => (await MetricsPage.ReadAsync(Edge.Admin!)).Sum("openclaw_rating_samples") == load.CountStatus(200), "the rating to know what was served, and no more");
    }

    [Fact]
    public async Task Refusal_SaysWhenToComeAgainAndKeepsTheConnection()
    {
        await StartAsync("""
            rateLimit:
            - {key: "header:X-Api-Key", average: 1, period: 1h, headers: draft}
            - {key: "cookie:user", average: 1, period: 1h, headers: x}
            """);
        await using Wire client = await Wire.ConnectAsync(Edge.Port);
        Assert.Equal(200, (await client.AskAsync(Get("X-Api-Key: a"))).Status);
        RawMessage draft = await client.AskAsync(Get("X-Api-Key: a"));
        Assert.Equal(429, draft.Status);
        Assert.Equal("HTTP/1.1 429 Too Many Requests", draft.StartLine);
        Assert.InRange(int.Parse(draft["Retry-After"]!), 3_580, 3_600);
        Assert.Equal("\"0\";q=1;w=3600", draft["RateLimit-Policy"]);
        Assert.Equal($"\"0\";r=0;t={draft["Retry-After"]}", draft["RateLimit"]);
        Assert.Equal("text/plain", draft["Content-Type"]);
        Assert.Null(draft["Connection"]);

        Assert.Equal(200, (await client.AskAsync(Get("X-Api-Key: b\r\nCookie: a=b; user=u"))).Status);
        RawMessage x = await client.AskAsync("POST / HTTP/1.1\r\nHost: h\r\nCookie: user=u\r\nContent-Length: 2\r\n\r\nhi");
        Assert.Equal(429, x.Status);
        Assert.Equal(("1", "0", x["Retry-After"]), (x["X-RateLimit-Limit"], x["X-RateLimit-Remaining"], x["X-RateLimit-Reset"]));
        Assert.Null(x["RateLimit"]);
        Assert.Equal(200, (await client.AskAsync(Scene.Get)).Status);
        Assert.Equal(429, (await client.AskAsync("HEAD / HTTP/1.1\r\nHost: h\r\nX-Api-Key: a\r\n\r\n")).Status);
        Assert.Equal(3, _v1.Requests.Count);
    }

    [Fact]
    public async Task ClientBehindATrustedProxy_IsWhoTheProxySaysItIs()
    {
        string config = _folder.Write("edge.yaml", $$"""
            listeners: [{address: "127.0.0.1:0"}]
            versions: {v1: {endpoints: ["{{_v1.Url}}"]} }
            forwarded: {trustedCidrs: [127.0.0.0/8]}
            """);
        string policy = _folder.Write("policy.yaml", "rateLimit: [{key: clientIp, average: 1, period: 1h}]");
        _edge = await EdgeProcess.StartAsync(["--config", config, "--policy", policy, "--admin", "none"], listeners: 1);
        await using Wire client = await Wire.ConnectAsync(Edge.Port);
        Assert.Equal(200, (await client.AskAsync(Get("X-Forwarded-For: 192.0.2.1"))).Status);
        Assert.Equal(429, (await client.AskAsync(Get("X-Forwarded-For: 198.51.100.9, 192.0.2.1"))).Status);
        Assert.Equal(200, (await client.AskAsync(Get("X-Forwarded-For: 192.0.2.2"))).Status);
        Assert.Equal(200, (await client.AskAsync(Scene.Get)).Status);
    }

    [Fact]
    public async Task Observed_IsCountedAndLetThrough()
    {
        await StartAsync("rateLimit: [{key: clientIp, average: 3, period: 1h, mode: observe}]");
        await AskAsync(10, 200);
        MetricsPage page = await MetricsPage.ReadAsync(Edge.Admin!);
        Assert.Equal(7, page.Sum("openclaw_rate_limited_total", "limit=\"0\"", "mode=\"observe\""));
        Assert.False(page.Has("openclaw_rate_limited_total", "mode=\"enforce\""));
        Assert.Equal(0, page.Sum("openclaw_requests_total", "reason=\"limited\""));
    }

    [Fact]
    public async Task Refusal_CostsNoTurnAndNoToken()
    {
        await using RawUpstream v2 = RawUpstream.Answering(Scene.Ok);
        await StartAsync("""
            canary: {version: v2, weight: 0.5}
            bucket: {capacity: 100, refillRate: 0}
            rateLimit: [{key: clientIp, average: 20, period: 1h}]
            """, v2: v2.Url);
        await AskAsync(20, 200);
        await AskAsync(200, 429);
        MetricsPage page = await MetricsPage.ReadAsync(Edge.Admin!);
        Assert.Equal(20, page.Sum("openclaw_canary_eligible_total"));
        Assert.Equal(90, page.Sum("openclaw_bucket_tokens"));
        Assert.Equal(10, v2.Requests.Count);
    }

    [Fact]
    public async Task Reload_KeepsTheCountOfALimitThatStays()
    {
        await StartAsync("rateLimit: [{key: clientIp, average: 5, period: 1h}]");
        await AskAsync(5, 200);
        await ReloadAsync("rateLimit: [{key: \"header:X\", average: 9}, {key: clientIp, average: 5, period: 1h, headers: x}]");
        await AskAsync(5, 429);
        await ReloadAsync("rateLimit: [{key: clientIp, average: 6, period: 1h}]");
        await AskAsync(6, 200);
        await AskAsync(1, 429);
        await ReloadAsync("abort: false");
        await AskAsync(20, 200);
    }

    [Theory]
    [InlineData(1_000_000_000, 200)]
    [InlineData(1, 429)]
    public async Task LimitedRequestsInSteadyState_AllocateNothing(int average, int status)
    {
        const int requests = 40_000;
        await StartAsync($"rateLimit: [{{key: clientIp, average: {average}, period: 24h, burst: {Math.Min(average, 1_000_000)}, headers: draft}}, {{key: \"cookie:none\", average: 1}}]");
        await LoadGenerator.RunAsync(Edge.Port, 4, 2_000);
        double before = await AllocatedAsync();
        LoadGenerator load = await LoadGenerator.RunAsync(Edge.Port, 4, requests);
        double perRequest = (await AllocatedAsync() - before) / requests;

        Assert.Equal(requests, load.CountStatus(status));
        Assert.InRange(perRequest, 0, 23); // the smallest object has 24 bytes; scrapes and ticks leave some by time
    }

    [Fact]
    public async Task MoreKeysThanPlaces_TakeBoundedMemoryAndStayLimited()
    {
        await StartAsync("rateLimit: [{key: \"header:X-Api-Key\", average: 1, period: 1h}]");
        long before = Edge.Process.ResidentBytes();
        await using Wire client = await Wire.ConnectAsync(Edge.Port);
        for (int batch = 0; batch < 1_000; batch++)
        {
            await client.SendAsync(string.Concat(Enumerable.Range(0, 200).Select(i => Get($"X-Api-Key: {batch * 200 + i}"))));
            for (int i = 0; i < 200; i++)
            {
                await client.ReadResponseAsync();
            }
        }

        MetricsPage page = await MetricsPage.ReadAsync(Edge.Admin!);
        Assert.InRange(Edge.Process.ResidentBytes() - before, long.MinValue, 12 * 1024 * 1024); // the table has 2 MB
        Assert.InRange(_v1.Requests.Count, 110_000, 131_072); // every place and every set's shared count let one through
        Assert.InRange(page.Sum("openclaw_rate_limit_shared_total"), 60_000, 100_000);
    }

    private static string Get(string fields) => $"GET / HTTP/1.1\r\nHost: h\r\n{fields}\r\n\r\n";

    private async Task StartAsync(string policy, int workers = 1, string? v2 = null) =>
        _edge = await EdgeProcess.StartAsync(
            [$"v1={_v1.Url}", .. v2 is null ? Array.Empty<string>() : [$"v2={v2}"]],
            "--policy", _folder.Write("policy.yaml", policy), "--admin", "127.0.0.1:0", "--workers", $"{workers}");

    private Task ReloadAsync(string policy) => Edge.ReloadAsync(() => _folder.Write("policy.yaml", policy));

    /// <summary>Every request on a connection of its own, so that all workers have some.</summary>
    private async Task AskAsync(int times, int status)
    {
        for (int i = 0; i < times; i++)
        {
            await using Wire client = await Wire.ConnectAsync(Edge.Port);
            Assert.Equal(status, (await client.AskAsync(Scene.Get)).Status);
        }
    }

    private async Task<double> AllocatedAsync() => (await MetricsPage.ReadAsync(Edge.Admin!)).Sum("openclaw_gc_allocated_bytes_total");
}
