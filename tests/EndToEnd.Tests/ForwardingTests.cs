// Messages of every framing and method through the edge, to raw servers and from raw clients.

using System.Text;

namespace OpenClaw.EndToEnd.Tests;

public sealed class ForwardingTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PATCH")]
    [InlineData("PROPFIND")]
    public async Task EveryMethod_CrossesWithAndWithoutABody(string method)
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Answering(r =>
            r.StartLine.StartsWith("HEAD", StringComparison.Ordinal) ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
        Wire client = await scene.ConnectAsync();
        foreach (string body in (string[])["", "payload"])
        {
            RawMessage answer = await client.AskAsync($"{method} /x HTTP/1.1\r\nHost: h\r\nContent-Length: {body.Length}\r\n\r\n{body}");
            Assert.Equal(200, answer.Status);
            Assert.Equal(method == "HEAD" ? "" : "hello", answer.Text);
            Assert.Equal("5", answer["Content-Length"]);
            Assert.Equal($"{method} /x HTTP/1.1", scene.Upstream.Requests[^1].StartLine);
            Assert.Equal(body, scene.Upstream.Requests[^1].Text);
        }

        Assert.Equal(method == "HEAD" ? 2 : 1, scene.Upstream.Connections); // its announced body might still come
    }

    [Fact]
    public async Task ChunkedBothWays_IsRecodedAndLosesItsExtensions()
    {
        await using Scene scene = await Scene.StartAsync(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n005;secret=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n");
        Wire client = await scene.ConnectAsync();
        for (int i = 0; i < 2; i++)
        {
            RawMessage answer = await client.AskAsync("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=\"x\"\r\nabc\r\n02\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n");
            Assert.Equal("hello world", answer.Text);
            Assert.DoesNotContain("secret", answer.Chunks);
            Assert.DoesNotContain("X-Trailer", answer.Chunks);
            Assert.Equal("abcde", scene.Upstream.Requests[i].Text);
            Assert.DoesNotContain("ext", scene.Upstream.Requests[i].Chunks);
            Assert.DoesNotContain("X-Trailer", scene.Upstream.Requests[i].Chunks);
        }

        Assert.Equal(1, scene.Upstream.Connections);
    }

    [Fact]
    public async Task PipelinedRequests_AreAnsweredInOrder()
    {
        const int count = 100;
        await using Scene scene = await Scene.StartAsync(RawUpstream.Answering(r => $"HTTP/1.1 200 OK\r\nContent-Length: {r.Target.Length}\r\n\r\n{r.Target}"));
        Wire client = await scene.ConnectAsync();
        StringBuilder all = new();
        for (int i = 0; i < count; i++)
        {
            string body = i % 3 == 0 ? "" : new string('b', i);
            all.Append($"PUT /{i} HTTP/1.1\r\nHost: h\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        }

        await client.SendAsync(all.ToString());
        for (int i = 0; i < count; i++)
        {
            Assert.Equal($"/{i}", (await client.ReadResponseAsync()).Text);
        }

        Assert.Equal(Enumerable.Range(0, count).Select(i => $"/{i}"), scene.Upstream.Requests.Select(r => r.Target));
    }

    [Fact]
    public async Task RequestInSingleBytes_IsForwardedWhole()
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok);
        Wire client = await scene.ConnectAsync();
        foreach (char c in "\r\nPOST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        {
            await client.SendAsync(c.ToString());
        }

        Assert.Equal("ok", (await client.ReadResponseAsync()).Text);
        Assert.Equal("hello", Assert.Single(scene.Upstream.Requests).Text);
    }

    [Fact]
    public async Task AnswerInSingleBytes_IsForwardedWhole()
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            while (await wire.ReadRequestAsync() is not null)
            {
                foreach (char c in "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
                {
                    await wire.SendAsync(c.ToString());
                }
            }
        }));
        Wire client = await scene.ConnectAsync();
        for (int i = 0; i < 3; i++)
        {
            RawMessage answer = await client.AskAsync(Scene.Get);
            Assert.True(answer.IsComplete);
            Assert.Equal("hello", answer.Text);
        }
    }

    [Theory]
    [InlineData("204 No Content", "")]
    [InlineData("304 Not Modified", "Content-Length: 100\r\nETag: \"x\"\r\n")]
    public async Task AnswerWithoutABody_EndsAtItsHead(string status, string fields)
    {
        await using Scene scene = await Scene.StartAsync($"HTTP/1.1 {status}\r\n{fields}\r\n");
        Wire client = await scene.ConnectAsync();
        for (int i = 0; i < 3; i++)
        {
            RawMessage answer = await client.AskAsync(Scene.Get);
            Assert.Equal(status, answer.StartLine["HTTP/1.1 ".Length..]);
            Assert.Null(answer["Transfer-Encoding"]);
        }

        Assert.Equal(fields == "" ? 1 : 3, scene.Upstream.Connections); // an announced body might still come
    }

    [Fact]
    public async Task AnswerUntilClose_IsChunkedForANewClient()
    {
        await using Scene scene = await Scene.StartAsync(UntilClose("HTTP/1.1 200 OK\r\n\r\n"));
        Wire client = await scene.ConnectAsync();
        for (int i = 0; i < 2; i++)
        {
            RawMessage answer = await client.AskAsync(Scene.Get);
            Assert.Equal("chunked", answer["Transfer-Encoding"]);
            Assert.Equal("until the end", answer.Text);
            Assert.True(answer.IsComplete);
        }
    }

    [Fact]
    public async Task OldServer_IsAnsweredForInTheEdgesOwnVersion()
    {
        await using Scene scene = await Scene.StartAsync(UntilClose("HTTP/1.0 200 Fine\r\nServer: old\r\n\r\n"));
        RawMessage answer = await scene.AskAsync();
        Assert.Equal("HTTP/1.1 200 Fine", answer.StartLine);
        Assert.Equal("until the end", answer.Text);
    }

    [Fact]
    public async Task OldClient_GetsNoChunksAndAClose()
    {
        await using Scene scene = await Scene.StartAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        Wire client = await scene.ConnectAsync();
        RawMessage answer = await client.AskAsync("GET / HTTP/1.0\r\n\r\n");
        Assert.Null(answer["Transfer-Encoding"]);
        Assert.Equal("close", answer["Connection"]);
        Assert.Equal("hello", answer.Text);
        Assert.True(client.HasEnded);
        Assert.False(client.WasReset);
        Assert.NotEmpty(Assert.Single(scene.Upstream.Requests)["Host"]!);
        Assert.EndsWith("HTTP/1.1", scene.Upstream.Requests[0].StartLine);
    }

    [Fact]
    public async Task OldClientThatAsksForKeepAlive_GetsItWhereTheLengthIsKnown()
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok);
        Wire client = await scene.ConnectAsync();
        for (int i = 0; i < 2; i++)
        {
            RawMessage answer = await client.AskAsync("GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
            Assert.Equal("keep-alive", answer["Connection"]);
            Assert.Equal("ok", answer.Text);
        }
    }

    [Fact]
    public async Task CloseOption_EndsTheConnectionAndIgnoresWhatFollows()
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok);
        Wire client = await scene.ConnectAsync();
        await client.SendAsync("GET /first HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /second HTTP/1.1\r\nHost: h\r\n\r\n");
        RawMessage answer = await client.ReadResponseAsync();
        Assert.Equal("close", answer["Connection"]);
        Assert.Empty(await client.ReadToEndAsync());
        Assert.False(client.WasReset);
        Assert.Equal("/first", Assert.Single(scene.Upstream.Requests).Target);
    }

    [Fact]
    public async Task ClosingUpstream_DoesNotCloseTheClientsConnection()
    {
        await using Scene scene = await Scene.StartAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        Wire client = await scene.ConnectAsync();
        for (int i = 0; i < 5; i++)
        {
            Assert.Null((await client.AskAsync(Scene.Get))["Connection"]);
        }

        Assert.Equal(5, scene.Upstream.Connections);
    }

    [Fact]
    public async Task HalfClosedClient_StillGetsItsAnswer()
    {
        TaskCompletionSource asked = new(), go = new();
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            asked.SetResult();
            await go.Task;
            await wire.SendAsync(Scene.Ok);
        }));
        Wire client = await scene.ConnectAsync();
        await client.SendAsync(Scene.Get);
        client.EndSending();
        await asked.Task.WaitAsync(Deadline.Patience);
        go.SetResult();
        Assert.Equal("ok", (await client.ReadResponseAsync()).Text);
    }

    [Fact]
    public async Task EarlyHints_AreRelayedBeforeTheAnswer()
    {
        await using Scene scene = await Scene.StartAsync("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        RawMessage answer = await scene.AskAsync();
        RawMessage hints = Assert.Single(answer.Interim);
        Assert.Equal(103, hints.Status);
        Assert.Equal("</a.css>; rel=preload", hints["Link"]);
        Assert.Equal("ok", answer.Text);
    }

    [Fact]
    public async Task EarlyHintsForAnOldClient_AreDropped()
    {
        await using Scene scene = await Scene.StartAsync("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        RawMessage answer = await scene.AskAsync("GET / HTTP/1.0\r\n\r\n");
        Assert.Empty(answer.Interim);
        Assert.Equal("ok", answer.Text);
    }

    [Fact]
    public async Task ExpectedContinue_ComesFromTheUpstreamAndOnce()
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            string head = (await wire.ReadHeadAsync())!;
            await wire.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await wire.ReadRequestBodyAsync(head);
            await wire.SendAsync(Scene.Ok);
        }));
        Wire client = await scene.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        Assert.Equal(100, (await client.ReadResponseHeadAsync()).Status);
        await client.SendAsync("hello");
        RawMessage answer = await client.ReadResponseAsync();
        Assert.Empty(answer.Interim);
        Assert.Equal("ok", answer.Text);
        Assert.Equal("hello", Assert.Single(scene.Upstream.Requests).Text);
    }

    [Fact]
    public async Task ExpectedContinueFromASilentUpstream_IsSaidByTheEdge()
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok);
        Wire client = await scene.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        Assert.Equal(100, (await client.ReadResponseHeadAsync()).Status);
        await client.SendAsync("hello");
        Assert.Equal("ok", (await client.ReadResponseAsync()).Text);
    }

    [Fact]
    public async Task RefusedExpectation_IsRelayedAndTheConnectionCloses()
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            while (await wire.ReadHeadAsync() is not null)
            {
                await wire.SendAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            }
        }));
        Wire client = await scene.ConnectAsync();
        RawMessage answer = await client.AskAsync("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 50\r\n\r\n");
        Assert.Equal(403, answer.Status);
        Assert.Equal("close", answer["Connection"]);
        Assert.Equal(403, (await scene.AskAsync()).Status);
        Assert.Equal(2, scene.Upstream.Connections); // the one that waits for a body was not used again
    }

    [Fact]
    public async Task FinalAnswerBeforeTheBody_IsRelayedAndTheConnectionCloses()
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.SendAsync("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
            await wire.SkipAsync(long.MaxValue);
        }));
        Wire client = await scene.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + new string('x', 1000));
        RawMessage answer = await client.ReadResponseAsync();
        Assert.Equal(401, answer.Status);
        Assert.Equal("close", answer["Connection"]);
        Assert.Equal("no", answer.Text);
        Assert.Empty(await client.ReadToEndAsync());
        Assert.False(client.WasReset);
    }

    private static RawUpstream UntilClose(string head) => RawUpstream.Start(async wire =>
    {
        await wire.ReadRequestAsync();
        await wire.SendAsync(head + "until ");
        await wire.SendAsync("the end");
    });
}
