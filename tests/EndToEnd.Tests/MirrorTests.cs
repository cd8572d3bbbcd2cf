// Copies of requests at a mirrored version: which are made, what they look like, and that no client ever notices one.

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class MirrorTests : IAsyncDisposable
{
    private const string Everything = "mirror: {version: v2, fraction: 1}";
    private const string Nothing = "abort: false";

    /// <summary>Copies that may be under way on one worker.</summary>
    private const int UnderWayMax = 64;

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
    public async Task QuarterOfFourHundredGets_IsAHundredCopies(int workers)
    {
        await using RawUpstream v2 = RawUpstream.Answering(Scene.Ok);
        await StartAsync(v2.Url, "mirror: {version: v2, fraction: 25%}", workers);
        LoadGenerator load = await LoadGenerator.RunAsync(Edge.Port, 4, requests: 400);
        await Deadline.UntilAsync(() => v2.Requests.Count == 100, "a hundred copies");
        await AskAsync(40, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"); // no position is spent on what cannot be copied
        await AskAsync(4, Scene.Get);
        await Deadline.UntilAsync(() => v2.Requests.Count == 101, "one copy of four more");

        Assert.Empty(load.Broken);
        Assert.Equal(400, load.CountStatus(200));
        Assert.Equal(444, _v1.Requests.Count);
        Assert.Equal(101, await CountedAsync("answered"));
    }

    [Fact]
    public async Task Copy_IsTheRequestWithAMark()
    {
        await using RawUpstream v2 = RawUpstream.Answering(Scene.Ok);
        await StartAsync(v2.Url, Everything);
        await AskAsync(1, "GET /path?q=1 HTTP/1.1\r\nHost: shop\r\nCookie: a=b\r\nX-OpenClaw-Mirror: forged\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\n");
        await Deadline.UntilAsync(() => v2.Requests.Count == 1, "the copy");

        RawMessage original = Assert.Single(_v1.Requests), copy = Assert.Single(v2.Requests);
        Assert.Null(original["X-OpenClaw-Mirror"]);
        Assert.Equal("true", copy["X-OpenClaw-Mirror"]);
        Assert.Equal("v2", copy["X-OpenClaw-Version"]);
        Assert.Equal(original.StartLine, copy.StartLine);
        Assert.Null(copy["X-Hop"]);
        Assert.All(["Host", "Cookie", "X-Request-Id", "X-Forwarded-For", "X-Forwarded-Proto"], name => Assert.Equal(original[name], copy[name]));
    }

    [Theory]
    [InlineData("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", true)]
    [InlineData("GET / HTTP/1.0\r\n\r\n", true)]
    [InlineData("POST / HTTP/1.1\r\nHost: h\r\n\r\n", false)]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", false)]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", false)]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false)]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", false)]
    public async Task Request_IsCopiedOnlyWithoutABodyAndWithoutEffects(string request, bool copied)
    {
        await using RawUpstream v2 = RawUpstream.Answering(message => message.StartLine.StartsWith("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : Scene.Ok);
        await StartAsync(v2.Url, Everything);
        await using (Wire client = await Wire.ConnectAsync(Edge.Port))
        {
            await client.AskAsync(request);
        }

        await AskAsync(1, "GET /last HTTP/1.1\r\nHost: h\r\n\r\n");
        int expected = copied ? 2 : 1; // on connections of their own, so in any order
        await Deadline.UntilAsync(() => v2.Requests.Count >= expected && v2.Requests.Any(message => message.Target == "/last"), "the copies");

        Assert.Equal(expected, v2.Requests.Count);
    }

    [Theory]
    [InlineData("silent")]
    [InlineData("closes")]
    [InlineData("resets")]
    [InlineData("garbage")]
    [InlineData("half a head")]
    [InlineData("endless interim")]
    [InlineData("endless length")]
    [InlineData("endless chunks")]
    [InlineData("endless")]
    [InlineData("nobody")]
    public async Task MirrorThatMisbehaves_CostsNoClientAnything(string how)
    {
        const int requests = 300;
        await using RawUpstream v2 = RawUpstream.Start(wire => Misbehave(wire, how));
        string url = v2.Url;
        if (how == "nobody")
        {
            await v2.DisposeAsync();
        }

        await StartAsync(url, Everything);
        LoadGenerator load = await LoadGenerator.RunAsync(Edge.Port, 4, requests);
        double counted = 0;
        await Deadline.UntilAsync(async () => (counted = await CountedAsync("answered") + await CountedAsync("failed") + await CountedAsync("dropped")) >= requests - (how == "silent" ? UnderWayMax : 0), "every copy to end");

        MetricsPage page = await MetricsPage.ReadAsync(Edge.Admin!);
        Assert.Empty(load.Broken);
        Assert.Equal(requests, load.CountStatus(200));
        Assert.Equal(requests, page.Sum("openclaw_requests_total"));
        Assert.Equal(requests, page.Sum("openclaw_requests_total", "version=\"v1\"", "code_class=\"2xx\""));
        Assert.Equal(0, page.Sum("openclaw_upstream_errors_total"));
        Assert.Equal(how.StartsWith("endless") && how != "endless interim", await CountedAsync("answered") > 0);
        if (how == "silent")
        {
            Assert.Equal(UnderWayMax, v2.Requests.Count);
            Assert.Equal(requests - UnderWayMax, await CountedAsync("dropped"));
            Assert.Equal(UnderWayMax, page.Sum("openclaw_upstream_connections", "version=\"v2\"", "state=\"active\""));
        }
    }

    [Fact]
    public async Task SilentMirror_IsGivenUpAtTheResponseTimeout()
    {
        await using RawUpstream v2 = RawUpstream.Start(wire => Misbehave(wire, "silent"));
        await StartAsync(v2.Url, Everything, response: "1s");
        await AskAsync(1, Scene.Get);
        await Deadline.UntilAsync(async () => await CountedAsync("failed") == 1 && v2.Open == 0, "the copy to be given up");
    }

    [Fact]
    public async Task LargestHeadsTowardsASilentMirror_TakeBoundedMemory()
    {
        string request = $"GET / HTTP/1.1\r\nHost: h\r\n{string.Concat(Enumerable.Range(0, 4).Select(i => $"X-{i}: {new string('x', 7_000)}\r\n"))}\r\n";
        await using RawUpstream v2 = RawUpstream.Start(wire => Misbehave(wire, "silent"));
        await StartAsync(v2.Url, Everything);
        await AskAsync(200, request);
        long before = Edge.Process.ResidentBytes();
        await AskAsync(2_000, request);

        Assert.Equal(2_200 - UnderWayMax, await CountedAsync("dropped"));
        Assert.InRange(Edge.Process.ResidentBytes() - before, long.MinValue, 8 * 1024 * 1024);
    }

    [Fact]
    public async Task CopiesInSteadyState_AllocateNothing()
    {
        const int requests = 40_000;
        await using RawUpstream v2 = RawUpstream.Answering(Scene.Ok);
        await StartAsync(v2.Url, Everything);
        await LoadGenerator.RunAsync(Edge.Port, 4, 2_000);
        double before = await AllocatedAsync();
        await LoadGenerator.RunAsync(Edge.Port, 4, requests);
        double perCopy = (await AllocatedAsync() - before) / requests;

        Assert.InRange(await CountedAsync("answered"), requests / 2, requests + 2_000);
        Assert.InRange(perCopy, 0, 23); // the smallest object has 24 bytes; scrapes and ticks leave some by time
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1)]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", 1)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\n", 20)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", 20)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", 20)]
    public async Task ConnectionOfACopy_IsUsedAgainOnlyWhenClean(string answer, int connections)
    {
        await using RawUpstream v2 = RawUpstream.Answering(answer);
        await StartAsync(v2.Url, Everything);
        for (int i = 1; i <= 20; i++)
        {
            await AskAsync(1, Scene.Get);
            await Deadline.UntilAsync(async () => await CountedAsync("answered") == i, "the copy's answer");
        }

        Assert.Equal(20, v2.Requests.Count);
        Assert.Equal(connections, v2.Connections);
    }

    [Fact]
    public async Task CopiesThatFail_LeaveTheCanarysRatingAlone()
    {
        await using RawUpstream v2 = RawUpstream.Answering("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
        await StartAsync(v2.Url, $"canary: {{version: v2, weight: 0}}\n{Everything}");
        await AskAsync(60, Scene.Get);
        await Deadline.UntilAsync(async () => await CountedAsync("answered") == 60, "every copy's answer");
        await Deadline.UntilAsync(async () => (await MetricsPage.ReadAsync(Edge.Admin!)).Sum("openclaw_rating_samples", "version=\"v1\"") == 60, "a tick of the rating");

        MetricsPage page = await MetricsPage.ReadAsync(Edge.Admin!);
        Assert.Equal(0, page.Sum("openclaw_rating_samples", "version=\"v2\""));
        Assert.Equal(0, page.Sum("openclaw_requests_total", "version=\"v2\""));
        Assert.Equal(0, page.Sum("openclaw_request_duration_seconds_count", "version=\"v2\""));
    }

    [Fact]
    public async Task RequestThatGoesToTheMirroredVersion_IsNotCopied()
    {
        await using RawUpstream v2 = RawUpstream.Answering(Scene.Ok);
        await StartAsync(v2.Url, $"canary: {{version: v2, weight: 0.5}}\nbucket: {{capacity: 1000, refillRate: 0}}\n{Everything}");
        await AskAsync(40, Scene.Get);
        await Deadline.UntilAsync(() => v2.Requests.Count == 40, "every request and every copy");

        Assert.Equal(20, _v1.Requests.Count);
        Assert.Equal(20, v2.Requests.Count(message => message["X-OpenClaw-Mirror"] is not null));
        Assert.Equal(980, (await MetricsPage.ReadAsync(Edge.Admin!)).Sum("openclaw_bucket_tokens"));
    }

    [Fact]
    public async Task Reload_SwitchesCopiesOnAndOff()
    {
        await using RawUpstream v2 = RawUpstream.Answering(Scene.Ok);
        await StartAsync(v2.Url, Nothing);
        await AskAsync(10, Scene.Get);
        await ReloadAsync(Everything);
        await AskAsync(10, Scene.Get);
        await Deadline.UntilAsync(() => v2.Requests.Count == 10, "ten copies");
        await ReloadAsync($"{Everything}\nabort: true");
        await AskAsync(10, Scene.Get);
        await ReloadAsync("mirror: {version: v2, fraction: 0.5}");
        await AskAsync(10, Scene.Get);
        await Deadline.UntilAsync(() => v2.Requests.Count == 15, "five copies");
        await ReloadAsync(Nothing);
        await AskAsync(10, Scene.Get);

        Assert.Equal(15, v2.Requests.Count);
        Assert.Equal(50, _v1.Requests.Count);
        Assert.Equal(15, await CountedAsync("answered"));
    }

    [Fact]
    public async Task CopiesUnderWayAtTerm_DoNotHoldTheExitUp()
    {
        await using RawUpstream v2 = RawUpstream.Start(wire => Misbehave(wire, "silent"));
        await StartAsync(v2.Url, Everything);
        await AskAsync(10, Scene.Get);
        await Deadline.UntilAsync(() => v2.Requests.Count == 10, "ten copies");
        Edge.Process.Terminate();

        Assert.Equal(0, await Edge.Process.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    private static async Task Misbehave(Wire wire, string how)
    {
        await wire.ReadRequestAsync();
        switch (how)
        {
            case "silent":
                await wire.ReadToEndAsync();
                return;
            case "resets":
                wire.Reset();
                return;
            case "garbage":
                await wire.SendAsync("\0\0 HTTP/9 no\n\n");
                await wire.ReadToEndAsync();
                return;
            case "half a head":
                await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Le");
                return;
            case "closes":
                return;
        }

        await wire.SendAsync(how switch
        {
            "endless interim" => "",
            "endless length" => "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n",
            "endless chunks" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            _ => "HTTP/1.1 200 OK\r\n\r\n",
        });
        string piece = how == "endless interim" ? "HTTP/1.1 103 Early Hints\r\n\r\n" : $"4000\r\n{new string('x', 0x4000)}\r\n";
        while (true)
        {
            await wire.SendAsync(piece);
        }
    }

    private async Task StartAsync(string v2, string policy, int workers = 1, string response = "60s")
    {
        string config = _folder.Write("edge.yaml", $$$"""
            listeners: [{address: "127.0.0.1:0"}]
            workers: {{{workers}}}
            versions:
              v1: {endpoints: ["{{{_v1.Url}}}"]}
              v2: {endpoints: ["{{{v2}}}"], timeouts: {response: {{{response}}} } }
            """);
        _edge = await EdgeProcess.StartAsync(["--config", config, "--policy", _folder.Write("policy.yaml", policy), "--admin", "127.0.0.1:0"], listeners: 1);
    }

    private Task ReloadAsync(string policy) => Edge.ReloadAsync(() => _folder.Write("policy.yaml", policy));

    /// <summary>Asks one after the other on one connection; every answer is what v1 says.</summary>
    private async Task AskAsync(int times, string request)
    {
        await using Wire client = await Wire.ConnectAsync(Edge.Port);
        for (int i = 0; i < times; i++)
        {
            Assert.Equal(200, (await client.AskAsync(request)).Status);
        }
    }

    private async Task<double> AllocatedAsync() => (await MetricsPage.ReadAsync(Edge.Admin!)).Sum("openclaw_gc_allocated_bytes_total");

    private async Task<double> CountedAsync(string result) =>
        (await MetricsPage.ReadAsync(Edge.Admin!)).Sum("openclaw_mirror_requests_total", "version=\"v2\"", $"result=\"{result}\"");
}
