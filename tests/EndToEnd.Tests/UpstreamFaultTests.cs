// What a client sees of upstreams that refuse, hang, lie or break off.

namespace OpenClaw.EndToEnd.Tests;

public sealed class UpstreamFaultTests
{
    private const string Post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";

    [Fact]
    public async Task RefusingUpstream_Is503AndLeaksNothing()
    {
        RawUpstream gone = RawUpstream.Answering(Scene.Ok);
        await gone.DisposeAsync();
        await using Scene scene = await Scene.StartAsync(gone);
        Wire client = await scene.ConnectAsync();
        Assert.Equal(503, (await client.AskAsync(Scene.Get)).Status);
        int before = Descriptors(scene);
        for (int i = 0; i < 100; i++)
        {
            RawMessage answer = await client.AskAsync(i % 2 == 0 ? Scene.Get : Post);
            Assert.Equal(503, answer.Status);
            Assert.Null(answer["Connection"]);
        }

        Assert.InRange(Descriptors(scene), 0, before + 5); // the runtime opens some of its own
    }

    [Fact]
    public async Task SilentUpstream_Is504AfterItsTimeAndLeaksNothing()
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(wire => wire.SkipAsync(long.MaxValue)), "upstream: {timeouts: {response: 100ms}}");
        Wire client = await scene.ConnectAsync();
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(504, (await client.AskAsync(i == 1 ? Post : Scene.Get)).Status);
        }

        await Deadline.UntilAsync(() => scene.Upstream.Open == 0, "the edge to give the silent connections up");
    }

    [Fact]
    public async Task UpstreamWithAllConnectionsBusy_Is503()
    {
        TaskCompletionSource free = new();
        await using Scene scene = await Scene.StartAsync(
            RawUpstream.Start(async wire =>
            {
                while (await wire.ReadRequestAsync() is not null)
                {
                    await free.Task;
                    await wire.SendAsync(Scene.Ok);
                }
            }),
            "upstream: {pool: {maxConnections: 1}, timeouts: {connect: 100ms}}");
        Wire first = await scene.ConnectAsync();
        await first.SendAsync(Scene.Get);
        await Deadline.UntilAsync(() => scene.Upstream.Requests.Count == 1, "the first request to arrive");
        Assert.Equal(503, (await scene.AskAsync()).Status);
        free.SetResult();
        Assert.Equal(200, (await first.ReadResponseAsync()).Status);
        Assert.Equal(200, (await scene.AskAsync()).Status);
        Assert.Equal(1, scene.Upstream.Connections);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTP/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 High\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX: \0\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\rY: b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    public async Task AnswerThatIsNoHttp_Is502AndEndsItsConnection(string answer)
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(answer);
            wire.EndSending();
            await wire.SkipAsync(long.MaxValue);
        }));
        Wire client = await scene.ConnectAsync();
        Assert.Equal(502, (await client.AskAsync(Scene.Get)).Status);
        Assert.Equal(502, (await client.AskAsync(Post)).Status);
        await Deadline.UntilAsync(() => scene.Upstream.Open == 0, "the edge to close both");
        Assert.Equal(2, scene.Upstream.Requests.Count); // neither was sent twice
    }

    [Fact]
    public async Task EndlessInterimAnswers_Are502()
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            while (true)
            {
                await wire.SendAsync("HTTP/1.1 102 Processing\r\n\r\n");
            }
        }));
        RawMessage answer = await scene.AskAsync();
        Assert.Equal(502, answer.Status);
        Assert.InRange(answer.Interim.Count, 1, 50);
    }

    [Theory]
    [InlineData("GET", 200)]
    [InlineData("DELETE", 200)]
    [InlineData("POST", 502)]
    [InlineData("PATCH", 502)]
    public async Task ConnectionThatDiesAsItIsReused_IsRepeatedOnlyForWhatMayBeDoneTwice(string method, int status)
    {
        int connections = 0;
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            bool first = Interlocked.Increment(ref connections) == 1;
            for (int i = 0; await wire.ReadRequestAsync() is not null && !(first && i == 1); i++)
            {
                await wire.SendAsync(Scene.Ok);
            }
        }));
        Wire client = await scene.ConnectAsync();
        Assert.Equal(200, (await client.AskAsync(Scene.Get)).Status);
        Assert.Equal(status, (await client.AskAsync($"{method} / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")).Status);
        Assert.Equal(status == 200 ? 2 : 1, scene.Upstream.Connections);
        Assert.Equal(200, (await client.AskAsync(Scene.Get)).Status);
    }

    [Fact]
    public async Task FreshConnectionThatDies_IsNotRepeated()
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(wire => wire.ReadRequestAsync()));
        Assert.Equal(502, (await scene.AskAsync()).Status);
        Assert.Single(scene.Upstream.Requests);
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\nfifty")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhel")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX\r\n0\r\n\r\n")]
    public async Task CutAnswer_ReachesTheClientAsIncomplete(string rest)
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 200 OK\r\n" + rest);
        }));
        RawMessage answer = await scene.AskAsync();
        Assert.Equal(200, answer.Status);
        Assert.False(answer.IsComplete);
    }

    [Fact]
    public async Task CutAnswerToAnOldClient_IsAReset()
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        }));
        Wire client = await scene.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.0\r\n\r\n");
        await client.ReadToEndAsync();
        Assert.True(client.WasReset);
    }

    [Fact]
    public async Task StalledAnswer_IsGivenUpAfterItsTime()
    {
        await using Scene scene = await Scene.StartAsync(
            RawUpstream.Start(async wire =>
            {
                await wire.ReadRequestAsync();
                await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfifty");
                await wire.SkipAsync(long.MaxValue);
            }),
            "upstream: {timeouts: {idle: 100ms}}");
        RawMessage answer = await scene.AskAsync();
        Assert.False(answer.IsComplete);
        Assert.Equal("fifty", answer.Text);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "evil")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", "evil")]
    public async Task BytesBehindAnAnswer_NeverReachTheNextClient(string answer, string garbage)
    {
        await using Scene scene = await Scene.StartAsync(answer + garbage);
        Wire client = await scene.ConnectAsync();
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("", Evil(await client.AskAsync(Scene.Get)));
        }

        Assert.Equal(20, scene.Upstream.Connections);
    }

    [Fact]
    public async Task BytesOnAnIdleConnection_EndIt()
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(Scene.Ok);
            await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"); // unasked
            await wire.SkipAsync(long.MaxValue);
        }));
        Wire client = await scene.ConnectAsync();
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("", Evil(await client.AskAsync(Scene.Get)));
            // What comes while a request is under way cannot be told from its answer; so the next waits until the edge has seen it.
            await Deadline.UntilAsync(() => scene.Upstream.Open == 0, "the edge to close it");
        }
    }

    private static string Evil(RawMessage answer) => answer.Text.Contains("evil", StringComparison.Ordinal) ? answer.ToString() : "";

    [Fact]
    public async Task BodyBehindTheAnswerToHead_NeverReachesTheNextClient()
    {
        await using Scene scene = await Scene.StartAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        Wire client = await scene.ConnectAsync();
        for (int i = 0; i < 5; i++)
        {
            RawMessage got = await client.AskAsync("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
            Assert.Equal(200, got.Status);
        }

        Assert.Equal(5, scene.Upstream.Connections);
    }

    [Fact]
    public async Task SeveralEndpoints_ShareTheWorkAndOneThatIsDownIsPassedOver()
    {
        await using RawUpstream a = RawUpstream.Answering(Scene.Ok), b = RawUpstream.Answering(Scene.Ok);
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={a.Url},{b.Url}"]);
        await using (Wire client = await Wire.ConnectAsync(edge.Port))
        {
            for (int i = 0; i < 20; i++)
            {
                Assert.Equal(200, (await client.AskAsync(Scene.Get)).Status);
            }
        }

        Assert.InRange(a.Requests.Count, 5, 15);
        await a.DisposeAsync();
        await using Wire again = await Wire.ConnectAsync(edge.Port);
        for (int i = 0; i < 20; i++)
        {
            // The first ones may meet the dead endpoint's last connection before its end is noticed: only a GET is repeated then.
            Assert.Equal(200, (await again.AskAsync(i < 12 || i % 2 == 0 ? Scene.Get : Post)).Status);
        }
    }

    private static int Descriptors(Scene scene) => Directory.GetFiles($"/proc/{scene.Edge.Process.Id}/fd").Length;

    /// <summary>The body that HEAD must not have comes in a segment of its own, when the exchange is over already.</summary>
    [Fact]
    public async Task BodyBehindAnAnswerToHead_IsNobodysAnswer()
    {
        const string Stray = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen";
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            while (await wire.ReadHeadAsync() is { } head)
            {
                await wire.SendAsync(head.StartsWith("HEAD ", StringComparison.Ordinal) ? $"HTTP/1.1 200 OK\r\nContent-Length: {Stray.Length}\r\n\r\n" : Scene.Ok);
                if (head.StartsWith("HEAD ", StringComparison.Ordinal))
                {
                    await wire.SendAsync(Stray);
                }
            }
        }));
        for (int i = 0; i < 50; i++)
        {
            Wire client = await scene.ConnectAsync();
            await client.SendAsync("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            Assert.DoesNotContain("stolen", System.Text.Encoding.ASCII.GetString(await client.ReadToEndAsync()));
        }
    }
}
