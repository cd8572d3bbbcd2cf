// Voices in every framing and cut: after each the connection is in step with its client, or closed.

namespace OpenClaw.EndToEnd.Tests;

public sealed class FeedbackWireTests
{
    private const string Head = "POST " + FeedbackStage.Path + " HTTP/1.1\r\nHost: h\r\n";

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public async Task AnyCut_IsHeardAndTheNextRequestServed(int bytes)
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(FeedbackStage.NoLimit);
        await using Wire client = await stage.ConnectAsync();
        for (int form = 0; form < 3; form++)
        {
            string body = FeedbackStage.Body(await stage.TokenAsync());
            string request = form switch
            {
                0 => FeedbackStage.Post(body),
                1 => $"{Head}Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n",
                _ => $"{Head}Transfer-Encoding: chunked\r\n\r\n{string.Concat(body.Select(letter => $"1;a=\"b\"\r\n{letter}\r\n"))}0\r\nX: y\r\n\r\n",
            } + Scene.Get;
            for (int at = 0; at < request.Length; at += bytes)
            {
                await client.SendAsync(request.Substring(at, Math.Min(bytes, request.Length - at)));
            }

            Assert.Equal(202, (await client.ReadResponseAsync()).Status);
            Assert.Equal("ok", (await client.ReadResponseAsync()).Text);
        }
    }

    [Fact]
    public async Task Pipeline_IsAnsweredInOrder()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(FeedbackStage.NoLimit);
        string token = await stage.TokenAsync();
        await using Wire client = await stage.ConnectAsync();
        await client.SendAsync(Scene.Get + FeedbackStage.Post(FeedbackStage.Body(token)) + Scene.Get + FeedbackStage.Post("x") + FeedbackStage.Post(FeedbackStage.Body(token)) + Scene.Get);
        List<int> statuses = [];
        for (int i = 0; i < 6; i++)
        {
            statuses.Add((await client.ReadResponseAsync()).Status);
        }

        Assert.Equal([200, 202, 200, 400, 409, 200], statuses);
    }

    [Fact]
    public async Task ExpectedContinue_IsSaidOnce()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(FeedbackStage.NoLimit);
        string body = FeedbackStage.Body(await stage.TokenAsync());
        await using Wire client = await stage.ConnectAsync();
        await client.SendAsync($"{Head}Expect: 100-continue\r\nContent-Length: {body.Length}\r\n\r\n");
        Assert.Equal("HTTP/1.1 100 Continue", (await client.ReadResponseHeadAsync()).StartLine);
        await client.SendAsync(body + Scene.Get);
        Assert.Equal(202, (await client.ReadResponseAsync()).Status);
        Assert.Equal("ok", (await client.ReadResponseAsync()).Text);

        await client.SendAsync($"{Head}Expect: 100-continue\r\nContent-Length: 5000\r\n\r\n");
        RawMessage refused = await client.ReadResponseHeadAsync();
        Assert.Equal((413, "close"), (refused.Status, refused["Connection"]));
    }

    [Theory]
    [InlineData(4_096, 400)]
    [InlineData(4_097, 413)]
    public async Task BodyOf4Kilobytes_IsTheLargestRead(int bytes, int status)
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(FeedbackStage.NoLimit);
        string body = new('x', bytes);
        Assert.Equal(status, (await stage.PostAsync(body)).Status);
        Assert.Equal(status, (await stage.AskAsync($"{Head}Transfer-Encoding: chunked\r\n\r\n{bytes:x}\r\n{body}\r\n0\r\n\r\n")).Status);
        Assert.Equal(2, await stage.CountAsync(status == 413 ? "too_large" : "malformed", "none"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Megabyte_IsRefusedUnreadAndNeverTakenForRequests(bool chunked)
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(FeedbackStage.NoLimit);
        long before = stage.Edge.Process.ResidentBytes();
        string smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
        string body = string.Concat(Enumerable.Repeat(smuggled, 1024 * 1024 / smuggled.Length));
        for (int i = 0; i < 20; i++)
        {
            await using Wire client = await stage.ConnectAsync();
            string framing = chunked ? $"Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n" : $"Content-Length: {body.Length}\r\n\r\n";
            try
            {
                await client.SendAsync($"{Head}{framing}{body}");
            }
            catch (IOException)
            {
                // It was answered and closed before all of it was sent.
            }

            RawMessage refused = await client.ReadResponseAsync();
            Assert.Equal((413, "close"), (refused.Status, refused["Connection"]));
            Assert.Null(await client.ReadHeadAsync());
        }

        Assert.DoesNotContain(stage.V1.Requests, request => request.Target == "/smuggled");
        Assert.Equal(20, await stage.CountAsync("too_large"));
        Assert.InRange(stage.Edge.Process.ResidentBytes() - before, long.MinValue, 8 * 1024 * 1024);
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\nhalf", 400)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", 400)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4\r\nhalfGET / HTTP/1.1\r\n", 400)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400)]
    public async Task BrokenBody_EndsTheConnection(string rest, int status)
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(FeedbackStage.NoLimit);
        await using Wire client = await stage.ConnectAsync();
        await client.SendAsync(Head + rest);
        client.EndSending();
        RawMessage answer = await client.ReadResponseAsync();
        Assert.Equal((status, "close"), (answer.Status, answer["Connection"]));
        Assert.Null(await client.ReadHeadAsync());
        Assert.Equal(1, await stage.CountAsync("malformed", "none"));
    }

    [Fact]
    public async Task StalledBody_IsEndedByItsDeadlineHoweverItDrips()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(FeedbackStage.NoLimit, more: "timeouts: {bodyStall: 1s}");
        await using Wire client = await stage.ConnectAsync();
        await client.SendAsync($"{Head}Content-Length: 4000\r\n\r\n");
        Task drip = Task.Run(async () =>
        {
            try
            {
                while (!client.HasEnded)
                {
                    await client.SendAsync("x");
                    await Task.Delay(100);
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
            }
        });
        RawMessage answer = await client.ReadResponseAsync();
        Assert.Equal((408, "close"), (answer.Status, answer["Connection"]));
        await client.DisposeAsync();
        await drip;
    }

    [Fact]
    public async Task RefusalBeforeTheBodyCame_ClosesAndRefusalBehindItDoesNot()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync("limit: {average: 1, period: 1h}");
        await using Wire client = await stage.ConnectAsync();
        Assert.Equal(400, (await client.AskAsync(FeedbackStage.Post("x"))).Status);
        Assert.Equal(429, (await client.AskAsync(FeedbackStage.Post("x"))).Status);
        Assert.Equal("ok", (await client.AskAsync(Scene.Get)).Text);
        RawMessage refused = await client.AskAsync($"{Head}Content-Length: 10\r\n\r\n");
        Assert.Equal((429, "close"), (refused.Status, refused["Connection"]));
    }

    [Fact]
    public async Task VoicesOverTls_AreHeardToo()
    {
        await using Rollout rollout = await Rollout.StartAsync($"rating: {{issueFraction: 1, feedback: {{{FeedbackStage.NoLimit}}}}}");
        string body = FeedbackStage.Body((await rollout.AskAsync())["X-OpenClaw-Feedback"]!);
        await using Wire client = await Wire.ConnectTlsAsync(EdgeProcess.PortOf(rollout.Edge.Addresses[1]), singleBytes: true);
        await client.SendAsync(FeedbackStage.Post(body) + Scene.Get);
        Assert.Equal(202, (await client.ReadResponseAsync()).Status);
        Assert.Equal("ok", (await client.ReadResponseAsync()).Text);
    }
}
