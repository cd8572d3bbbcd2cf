// The side port of a running edge: what it counts against what clients saw, readiness, and the healthcheck verb.

using System.Net;
using System.Text.Json;

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class SidePortTests : IDisposable
{
    private static readonly string[] Side = ["--admin", "127.0.0.1:0"];

    private readonly TestFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = Deadline.Patience };

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Counters_AgreeWithWhatClientsSaw()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering("HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n");
        string policy = _folder.Write("policy.yaml", "bucket: {capacity: 100, refillRate: 0}\ncanary: {version: v2, weight: 25%}\n");
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}", $"v2={v2.Url}"], [.. Side, "--policy", policy, "--workers", "2"]);
        LoadGenerator load = await LoadGenerator.RunAsync(edge.Port, 8, 2_000);
        await using (Wire bad = await Wire.ConnectAsync(edge.Port))
        {
            Assert.Equal(400, (await bad.AskAsync("GET / HTTP/1.1\r\n\r\n")).Status);
        }

        Assert.Equal(100, load.Count("v2"));
        MetricsPage page = await MetricsPage.ReadAsync(edge.Admin!);
        Assert.Equal(1_900, page.Sum("openclaw_requests_total", "version=\"v1\"", "code_class=\"2xx\""));
        Assert.Equal(100, page.Sum("openclaw_requests_total", "version=\"v2\"", "role=\"canary\"", "code_class=\"5xx\"", "reason=\"weight\""));
        Assert.Equal(1, page.Sum("openclaw_requests_total", "version=\"none\"", "code_class=\"4xx\"", "reason=\"rejected\""));
        Assert.Equal(1, page.Sum("openclaw_http_rejects_total", "error=\"missing_host\""));
        Assert.InRange(page.Sum("openclaw_canary_spilled_total"), 399, 401);
        Assert.Equal(page.Sum("openclaw_canary_spilled_total"), page.Sum("openclaw_requests_total", "reason=\"spilled\""));
        Assert.Equal(2_000, page.Sum("openclaw_request_duration_seconds_count"));
        Assert.Equal(0, page.Sum("openclaw_bucket_utilization"));
        Assert.True(page.Has("openclaw_bucket_utilization"));
        Assert.Equal(100, page.Sum("openclaw_bucket_capacity"));
        Assert.InRange(Math.Abs(page.Sum("openclaw_canary_share_error_requests")), 0, 1);
        await Deadline.UntilAsync(
            async () => await ScoreAsync(edge, "v2") < 0.5 && await ScoreAsync(edge, "v1") > 0.9, "the rating to tell them apart");
    }

    [Fact]
    public async Task PlaintextExchanges_LeaveNoGarbage()
    {
        const int Requests = 100_000;
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok);
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}"], Side);
        await LoadGenerator.RunAsync(edge.Port, 4, 2_000);
        await AllocatedAsync(edge);
        double before = await AllocatedAsync(edge);
        await LoadGenerator.RunAsync(edge.Port, 4, Requests);
        double perRequest = (await AllocatedAsync(edge) - before) / Requests;

        // The smallest object is 24 bytes. What is left below that is the scrape, the rating's ticks and the file watch: by time, not by request.
        Assert.True(perRequest < 12, $"{perRequest} bytes a request");

        static async Task<double> AllocatedAsync(EdgeProcess edge) => (await MetricsPage.ReadAsync(edge.Admin!)).Sum("openclaw_gc_allocated_bytes_total");
    }

    [Fact]
    public async Task Status_SaysWhatIsInForce()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Scene.Ok);
        string policy = _folder.Write("policy.yaml", "bucket: {capacity: 20, refillRate: 2}\ncanary: {version: v2, weight: 0.05}\n");
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}", $"v2={v2.Url}"], [.. Side, "--policy", policy]);
        using JsonDocument status = JsonDocument.Parse(await _http.GetStringAsync(edge.Admin + "/status"));
        JsonElement root = status.RootElement;
        Assert.Equal(1, root.GetProperty("schemaVersion").GetInt32());
        Assert.Equal(0.05, root.GetProperty("weight").GetProperty("effective").GetDouble());
        Assert.Equal(20, root.GetProperty("bucket").GetProperty("capacity").GetDouble());
        Assert.Equal(["v1", "v2"], root.GetProperty("versions").EnumerateArray().Select(version => version.GetProperty("name").GetString()));
        Assert.StartsWith("sha256:", root.GetProperty("revision").GetString());
    }

    [Fact]
    public async Task RefusedPolicy_TurnsTheReloadMetricUntilAGoodOneComes()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok);
        string policy = _folder.Write("policy.yaml", "{}");
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}"], [.. Side, "--policy", policy]);
        async Task<double> Successful() => (await MetricsPage.ReadAsync(edge.Admin!)).Sum("openclaw_policy_last_reload_successful");
        Assert.Equal(1, await Successful());
        _folder.Replace("policy.yaml", "canary: {version: v9, weight: 5}");
        await Deadline.UntilAsync(async () => await Successful() == 0, "the metric to fall");
        _folder.Replace("policy.yaml", "abort: false");
        await Deadline.UntilAsync(async () => await Successful() == 1, "the metric to rise");
        Assert.Equal(1, (await MetricsPage.ReadAsync(edge.Admin!)).Sum("openclaw_policy_propagation_seconds_count"));
    }

    [Fact]
    public async Task TlsHandshakes_AreCountedByResult()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok);
        TestCertificate certificate = TestCertificate.Create(_folder, "a", "localhost");
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}"],
            [.. Side, "--listen", "https://127.0.0.1:0", "--cert", certificate.CertFile, "--key", certificate.KeyFile]);
        await using (Wire client = await Wire.ConnectTlsAsync(edge.Port))
        {
            Assert.Equal("ok", (await client.AskAsync(Scene.Get)).Text);
        }

        await using (Wire plain = await Wire.ConnectAsync(edge.Port))
        {
            await plain.SendAsync(Scene.Get);
            await plain.ReadToEndAsync();
        }

        MetricsPage page = await MetricsPage.ReadAsync(edge.Admin!);
        Assert.Equal(2, page.Sum("openclaw_tls_handshakes_total"));
        Assert.Equal(1, page.Sum("openclaw_tls_handshakes_total", "result=\"success\""));
    }

    [Fact]
    public async Task Readiness_EndsWithTheDrainAndLivenessDoesNot()
    {
        TaskCompletionSource go = new();
        await using RawUpstream v1 = RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            await go.Task;
            await wire.SendAsync(Scene.Ok);
        });
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}"], Side);
        async Task<HttpStatusCode> Ask(string page) => (await _http.GetAsync(edge.Admin + page)).StatusCode;
        Assert.Equal(HttpStatusCode.OK, await Ask("/readyz"));
        Assert.Equal(0, await HealthcheckAsync(edge));

        await using Wire client = await Wire.ConnectAsync(edge.Port);
        await client.SendAsync(Scene.Get);
        await Deadline.UntilAsync(() => v1.Requests.Count == 1, "the request to arrive");
        edge.Process.Terminate();
        await edge.Process.WaitForLineAsync("draining");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Ask("/readyz"));
        Assert.Equal(HttpStatusCode.OK, await Ask("/livez"));
        Assert.Equal(1, await HealthcheckAsync(edge));
        go.SetResult();
        Assert.Equal("ok", (await client.ReadResponseAsync()).Text);
        Assert.Equal(0, await edge.Process.WaitAsync());
        Assert.Equal(1, await HealthcheckAsync(edge));
    }

    [Fact]
    public async Task CallsThatChangeState_NeedTheToken()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok);
        string token = _folder.Write("token", "secret\n");
        string config = _folder.Write("edge.yaml", $$"""
            listeners: [{address: "127.0.0.1:0"}]
            admin: {address: "127.0.0.1:0", tokenFile: "{{token}}"}
            versions:
              v1: {endpoints: ["{{v1.Url}}"]}
            """);
        await using EdgeProcess edge = await EdgeProcess.StartAsync(["--config", config], listeners: 1);
        async Task<HttpStatusCode> Post(string? bearer)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, edge.Admin + "/drain");
            request.Headers.Authorization = bearer is null ? null : new("Bearer", bearer);
            return (await _http.SendAsync(request)).StatusCode;
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await Post(null));
        Assert.Equal(HttpStatusCode.Unauthorized, await Post("wrong"));
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync(edge.Admin + "/readyz")).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, await Post("secret"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _http.GetAsync(edge.Admin + "/readyz")).StatusCode);
        await using Wire client = await Wire.ConnectAsync(edge.Port); // balancers learn late
        Assert.Equal("close", (await client.AskAsync(Scene.Get))["Connection"]);
    }

    [Fact]
    public async Task TakenSidePort_IsNamed()
    {
        await using RawUpstream holder = RawUpstream.Answering(Scene.Ok);
        await using Child run = await Child.RunAsync(EdgeProcess.Binary,
            ["run", "--listen", "http://127.0.0.1:0", "--upstream", $"v1={holder.Url}", "--admin", $"127.0.0.1:{holder.Port}"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"127.0.0.1:{holder.Port}", run.Output);
        Assert.DoesNotContain("   at ", run.Output);
    }

    [Fact]
    public async Task ScrapesUnderLoad_DisturbNobody()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok);
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}"], [.. Side, "--workers", "2"]);
        LoadGenerator load = LoadGenerator.Start(edge.Port, 8);
        double last = 0;
        for (int i = 0; i < 100; i++)
        {
            double now = (await MetricsPage.ReadAsync(edge.Admin!)).Sum("openclaw_requests_total");
            Assert.True(now >= last, $"a counter fell from {last} to {now}");
            last = now;
        }

        await load.StopAsync();
        Assert.Empty(load.Broken);
        Assert.Equal(load.Answers.Count, load.CountStatus(200));
        Assert.Equal(load.Answers.Count, (await MetricsPage.ReadAsync(edge.Admin!)).Sum("openclaw_requests_total"));
    }

    /// <summary>More such requests than the port has places: each must give its own back.</summary>
    [Fact]
    public async Task LengthsNearTheLargestNumber_TakeNoPlaceForGood()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok);
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}"], Side);
        for (int i = 0; i < 70; i++)
        {
            await using Wire client = await Wire.ConnectAsync(EdgeProcess.PortOf(edge.Admin!));
            RawMessage answer = await client.AskAsync("GET /livez HTTP/1.1\r\nHost: h\r\nContent-Length: 9223372036854775799\r\n\r\n");
            Assert.Equal(200, answer.Status);
        }

        Assert.Equal("live\n", await _http.GetStringAsync(edge.Admin + "/livez"));
    }

    private static async Task<double> ScoreAsync(EdgeProcess edge, string version) =>
        (await MetricsPage.ReadAsync(edge.Admin!)).Sum("openclaw_rating_score", $"version=\"{version}\"");

    private static async Task<int> HealthcheckAsync(EdgeProcess edge)
    {
        await using Child run = await Child.RunAsync(EdgeProcess.Binary, ["healthcheck", "--admin", edge.Admin!["http://".Length..]]);
        return run.ExitCode;
    }
}
