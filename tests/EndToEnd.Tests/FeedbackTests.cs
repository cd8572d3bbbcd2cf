// Feedback as clients and back-office systems see it: tokens that go out, voices that come back, and connections that stay in step.

using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;

namespace OpenClaw.EndToEnd.Tests;

public sealed class FeedbackTests
{
    [Fact]
    public async Task Token_ComesBackOnceAndIsCountedForItsVersion()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(rest: "canary: {version: v2, weight: 1.0}\nbucket: {capacity: 100, refillRate: 0}");
        RawMessage answer = await stage.AskAsync();
        Assert.Equal("v2", answer["X-OpenClaw-Version"]);
        string token = answer["X-OpenClaw-Feedback"]!;
        Assert.Matches("^[A-Za-z0-9_-]{52}$", token);

        RawMessage thanks = await stage.PostAsync(FeedbackStage.Body(token));
        Assert.Equal((202, "thank you\n", "text/plain"), (thanks.Status, thanks.Text, thanks["Content-Type"]));
        RawMessage again = await stage.PostAsync(FeedbackStage.Body(token, "1"));
        Assert.Equal((409, "this token was used before\n"), (again.Status, again.Text));
        Assert.Equal(202, (await stage.PostAsync($"token={(await stage.TokenAsync())}&score=1")).Status);

        Assert.Equal((2, 1), (await stage.CountAsync("accepted", "v2"), await stage.CountAsync("replayed", "v2")));
        MetricsPage page = await MetricsPage.ReadAsync(stage.Edge.Admin!);
        Assert.Equal(2, page.Sum("openclaw_feedback_tokens_issued_total", "version=\"v2\""));
        Assert.Equal(2, page.Sum("openclaw_canary_eligible_total")); // a voice costs no turn
        Assert.Equal(98, page.Sum("openclaw_bucket_tokens"));
        Assert.Equal(2, page.Sum("openclaw_requests_total", "version=\"none\"", "code_class=\"2xx\"", "reason=\"rejected\""));
        Assert.Equal(2, stage.V2.Requests.Count);
        Assert.Equal(2, (await stage.StatusAsync()).GetProperty("issued").GetInt64());
        Assert.Equal(2, (await stage.StatusAsync()).GetProperty("replayWindow").GetProperty("held").GetInt32());
    }

    [Theory]
    [InlineData("0.05", 1)]
    [InlineData("0.3", 2)]
    [InlineData("1", 2)]
    [InlineData("0", 1)]
    public async Task Fraction_IsExact(string fraction, int workers)
    {
        const int requests = 1_000;
        await using FeedbackStage stage = await FeedbackStage.StartAsync(fraction: fraction, workers: workers, rest: "canary: {version: v2, weight: 0.5}\nmirror: {version: v2, fraction: 1}");
        await LoadGenerator.RunAsync(stage.Edge.Port, 4, requests);
        MetricsPage page = await MetricsPage.ReadAsync(stage.Edge.Admin!);
        double expected = requests * double.Parse(fraction);
        Assert.InRange(page.Sum("openclaw_feedback_tokens_issued_total"), expected - 0.999, expected + 0.999);
    }

    [Fact]
    public async Task Tokens_GoOutOnlyWithAnswersOfVersionsToOneClient()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(answer: request => request.Target switch
        {
            "/public" => "HTTP/1.1 200 OK\r\nCache-Control: public, max-age=60\r\nContent-Length: 2\r\n\r\nok",
            "/shared" => "HTTP/1.1 200 OK\r\nCache-Control: s-maxage=60\r\nContent-Length: 2\r\n\r\nok",
            "/private" => "HTTP/1.1 200 OK\r\nCache-Control: private\r\nX-OpenClaw-Feedback: mine\r\nContent-Length: 2\r\n\r\nok",
            "/hints" => "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + Scene.Ok,
            _ => "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n",
        });
        await using Wire client = await stage.ConnectAsync();
        async Task<RawMessage> Ask(string path, string fields = "") => await client.AskAsync($"GET {path} HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
        Assert.Null((await Ask("/public"))["X-OpenClaw-Feedback"]);
        Assert.Null((await Ask("/shared"))["X-OpenClaw-Feedback"]);
        Assert.Equal(52, (await Ask("/private"))["X-OpenClaw-Feedback"]!.Length);
        RawMessage hinted = await Ask("/hints");
        Assert.Equal(52, hinted["X-OpenClaw-Feedback"]!.Length);
        Assert.Null(Assert.Single(hinted.Interim)["X-OpenClaw-Feedback"]);
        Assert.Equal(52, (await Ask("/broken", "X-OpenClaw-Feedback: x\r\n"))["X-OpenClaw-Feedback"]!.Length);
        Assert.Null(stage.V1.Requests[^1]["X-OpenClaw-Feedback"]);
        Assert.Null((await client.AskAsync("TRACE / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n\r\n"))["X-OpenClaw-Feedback"]);
    }

    [Fact]
    public async Task AnswersWithTokensInSteadyState_AllocateNothing()
    {
        const int requests = 60_000;
        await using FeedbackStage stage = await FeedbackStage.StartAsync();
        await LoadGenerator.RunAsync(stage.Edge.Port, 4, 2_000);
        double before = (await MetricsPage.ReadAsync(stage.Edge.Admin!)).Sum("openclaw_gc_allocated_bytes_total");
        await LoadGenerator.RunAsync(stage.Edge.Port, 4, requests);
        MetricsPage after = await MetricsPage.ReadAsync(stage.Edge.Admin!);
        Assert.InRange((after.Sum("openclaw_gc_allocated_bytes_total") - before) / requests, 0, 23); // the smallest object has 24 bytes; scrapes and ticks leave some by time
        Assert.Equal(requests + 2_000, after.Sum("openclaw_feedback_tokens_issued_total"));
    }

    [Fact]
    public async Task FallbackAnswer_CarriesATokenOfTheVersionThatGaveIt()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(
            more: "fields: {reason: true}", rest: "canary: {version: v2, weight: 1.0}\nstickiness: {type: cookie, name: s}");
        await stage.V2.DisposeAsync();
        RawMessage answer = await stage.AskAsync();
        Assert.Equal(("v1", "unhealthy"), (answer["X-OpenClaw-Version"], answer["X-OpenClaw-Reason"]));
        Assert.Equal(202, await stage.VoiceAsync(answer["X-OpenClaw-Feedback"]!));
        Assert.Equal(1, await stage.CountAsync("accepted", "v1"));
        RawMessage next = await stage.AskAsync();
        Assert.Equal("unhealthy", next["X-OpenClaw-Reason"]); // the lines of all such answers are one array, and still what they were
    }

    [Fact]
    public async Task BadVoices_AreToldWhatIsWrong()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(FeedbackStage.NoLimit), other = await FeedbackStage.StartAsync();
        await other.ReloadKeysAsync(FeedbackStage.KeyB);
        string token = await stage.TokenAsync();
        string changed = token[..30] + (token[30] == 'A' ? 'B' : 'A') + token[31..];
        Assert.Equal((403, 403, 400), (await stage.VoiceAsync(changed), await stage.VoiceAsync(await other.TokenAsync()), await stage.VoiceAsync(token[..51])));
        foreach (string score in new[] { "NaN", "Infinity", "1e999", "-0.1", "1.1", "\"1\"", "[1]", "1,\"score\":1" })
        {
            RawMessage bad = await stage.PostAsync(FeedbackStage.Body(token, score));
            Assert.Equal((400, null), (bad.Status, bad["Connection"]));
        }

        Assert.Equal("score is a number from 0 (bad) to 1 (good)\n", (await stage.PostAsync(FeedbackStage.Body(token, "2"))).Text);
        Assert.Equal(400, (await stage.PostAsync("")).Status);
        Assert.Equal(202, await stage.VoiceAsync(token));
        RawMessage get = await stage.AskAsync($"GET {FeedbackStage.Path} HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal((405, "POST"), (get.Status, get["Allow"]));
        Assert.Equal(405, (await stage.AskAsync($"OPTIONS {FeedbackStage.Path} HTTP/1.1\r\nHost: h\r\n\r\n")).Status);
        Assert.Equal(405, (await stage.AskAsync($"HEAD {FeedbackStage.Path}?a=b HTTP/1.1\r\nHost: h\r\n\r\n")).Status);
        Assert.Equal((2, 11), (await stage.CountAsync("forged", "none"), await stage.CountAsync("malformed", "none")));
        Assert.Single(stage.V1.Requests);
    }

    [Fact]
    public async Task OldToken_IsGone()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync($"tokenMaxAge: 1s, {FeedbackStage.NoLimit}");
        string token = await stage.TokenAsync();
        long issued = BinaryPrimitives.ReadUInt32BigEndian(Base64Url.DecodeFromChars(token).AsSpan(1));
        await Deadline.UntilAsync(async () => DateTimeOffset.Parse((await stage.AskAsync())["Date"]!).ToUnixTimeSeconds() > issued + 1, "the token to be too old");
        RawMessage gone = await stage.PostAsync(FeedbackStage.Body(token));
        Assert.Equal((410, "this token is too old\n"), (gone.Status, gone.Text));
        Assert.Equal(1, await stage.CountAsync("expired", "v1"));
    }

    [Fact]
    public async Task VersionThatLeft_IsForeign()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(FeedbackStage.NoLimit), other = await FeedbackStage.StartAsync(versions: "v3,v4");
        Assert.Equal(404, await stage.VoiceAsync(await other.TokenAsync()));
        Assert.Equal(1, await stage.CountAsync("foreign", "none"));
    }

    [Fact]
    public async Task Limit_IsPerClientAddress()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync("limit: {average: 3, period: 1h}", more: "forwarded: {trustedCidrs: [127.0.0.0/8]}");
        string token = await stage.TokenAsync();
        Assert.Equal((400, 400, 400), (await stage.VoiceAsync("x"), await stage.VoiceAsync("x"), await stage.VoiceAsync("x")));
        RawMessage refused = await stage.PostAsync(FeedbackStage.Body(token));
        Assert.Equal((429, "too many voices from this address; come again later\n"), (refused.Status, refused.Text));
        Assert.InRange(int.Parse(refused["Retry-After"]!), 1_100, 1_200);
        Assert.Equal(202, (await stage.PostAsync(FeedbackStage.Body(token), "X-Forwarded-For: 192.0.2.1\r\n")).Status);
        Assert.Equal(1, await stage.CountAsync("limited", "none"));
        MetricsPage page = await MetricsPage.ReadAsync(stage.Edge.Admin!);
        Assert.Equal(1, page.Sum("openclaw_requests_total", "reason=\"limited\""));
    }

    [Fact]
    public async Task PolicyLimits_ComeFirst()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(rest: "rateLimit: [{key: clientIp, average: 1, period: 1h}]");
        string token = await stage.TokenAsync();
        Assert.Equal(429, await stage.VoiceAsync(token));
        Assert.Equal(0, await stage.CountAsync("limited"));
    }

    [Fact]
    public async Task Reload_AppliesPathFractionKeysAndOffAtOnce()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(FeedbackStage.NoLimit);
        string first = await stage.TokenAsync(), second = await stage.TokenAsync(), third = await stage.TokenAsync();
        Assert.Equal(202, await stage.VoiceAsync(first));

        await stage.ReloadKeysAsync(FeedbackStage.KeyB, FeedbackStage.KeyA);
        Assert.Equal((409, 202), (await stage.VoiceAsync(first), await stage.VoiceAsync(second)));
        string rotated = await stage.TokenAsync();
        await stage.ReloadKeysAsync(FeedbackStage.KeyB);
        Assert.Equal((403, 202), (await stage.VoiceAsync(third), await stage.VoiceAsync(rotated)));

        await stage.ReloadAsync(stage.Policy($"path: /rate, {FeedbackStage.NoLimit}", fraction: "0"));
        RawMessage plain = await stage.AskAsync(FeedbackStage.Post("{}"));
        Assert.Equal(("ok", null), (plain.Text, plain["X-OpenClaw-Feedback"]));
        Assert.Equal(409, (await stage.AskAsync(FeedbackStage.Post(FeedbackStage.Body(rotated), path: "/rate"))).Status);
        Assert.Equal("ok", (await stage.AskAsync(FeedbackStage.Post("{}", path: "/rate/"))).Text);

        await stage.ReloadAsync(stage.Policy($"path: \"\", {FeedbackStage.NoLimit}"));
        Assert.Equal("ok", (await stage.PostAsync("{}")).Text);
        await stage.ReloadAsync("abort: false");
        Assert.Null((await stage.AskAsync())["X-OpenClaw-Feedback"]);
        Assert.Equal("ok", (await stage.PostAsync("{}")).Text);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await stage.StatusAsync()).ValueKind);
        await stage.ReloadAsync(stage.Policy(FeedbackStage.NoLimit));
        Assert.Equal(409, await stage.VoiceAsync(rotated));
    }

    [Fact]
    public async Task WithoutFeedback_ThePathIsLikeAnyOther()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync(feedback: null, rest: "abort: false");
        RawMessage answer = await stage.PostAsync(FeedbackStage.Body("x"));
        Assert.Equal(("ok", null), (answer.Text, answer["X-OpenClaw-Feedback"]));
        Assert.Equal(FeedbackStage.Path, Assert.Single(stage.V1.Requests).Target);
        Assert.Equal(HttpStatusCode.Conflict, (await stage.BatchAsync("[]")).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restart_KnowsTokensWhereTheKeyIsAFileAndReplaysOncePerProcess(bool ownKey)
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync();
        await using FeedbackStage replica = await FeedbackStage.StartAsync();
        if (ownKey)
        {
            await stage.ReloadAsync("rating: {issueFraction: 1}");
        }

        string token = await stage.TokenAsync();
        Assert.Equal((202, 409), (await stage.VoiceAsync(token), await stage.VoiceAsync(token)));
        Assert.Equal(ownKey ? 403 : 202, await replica.VoiceAsync(token));
        Assert.Equal(ownKey ? 403 : 409, await replica.VoiceAsync(token));
    }

    [Theory]
    [InlineData("[{0},{1},{2}]", false)]
    [InlineData("{0}\n{1}\n{2}\n", false)]
    [InlineData("[{0},{1},{2}]", true)]
    public async Task Batch_IsHeardEntryByEntry(string form, bool chunked)
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync();
        string voice = FeedbackStage.Body(await stage.TokenAsync());
        (HttpStatusCode status, System.Text.Json.JsonElement report) = await stage.BatchAsync(string.Format(form, voice, voice, """{"version":"v2","score":0.5,"count":10}"""), chunked: chunked);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"accepted":2,"refused":1,"rejected":[{"index":1,"result":"replayed","message":"this token was used before"}]}""", report.GetRawText());
        Assert.Equal((1, 10), (await stage.CountAsync("accepted", "v1"), await stage.CountAsync("accepted", "v2")));
        await Deadline.UntilAsync(async () => await stage.HeardAsync("v1") > 0.9 && await stage.HeardAsync("v2") > 9, "the ratings to hear all voices");
    }

    [Fact]
    public async Task Batch_NeedsTheTokenAndABound()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await stage.BatchAsync("[]", bearer: null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stage.BatchAsync(new string('x', 100_000), bearer: "wrong")).Status);
        string large = string.Join('\n', Enumerable.Repeat("""{"version":"v1","score":1}""", 9_999));
        Assert.Equal(9_999, (await stage.BatchAsync(large.PadRight(1024 * 1024))).Report.GetProperty("accepted").GetInt32());
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await stage.BatchAsync(large.PadRight(1024 * 1024 + 1))).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await stage.BatchAsync(large.PadRight(1024 * 1024 + 1), chunked: true)).Status);
        await Deadline.UntilAsync(async () => (await stage.StatusAsync()).GetProperty("waiting").GetInt32() == 0, "all voices to be heard");
    }

    [Fact]
    public async Task SideConnection_StaysInStepAfterABatch()
    {
        await using FeedbackStage stage = await FeedbackStage.StartAsync();
        await using Wire client = await Wire.ConnectAsync(EdgeProcess.PortOf(stage.Edge.Admin!));
        const string head = "POST /feedback HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer secret\r\n";
        await client.SendAsync($"{head}Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n");
        await client.SendAsync("1\r\n]\r\n0\r\nX: y\r\n\r\nGET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
        Assert.Equal("live\n", (await client.ReadResponseAsync()).Text);
        await client.SendAsync($"{head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        Assert.Equal(100, (await client.ReadResponseHeadAsync()).Status);
        await client.SendAsync("[]GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
        Assert.Equal("live\n", (await client.ReadResponseAsync()).Text);
        await client.SendAsync($"{head}Transfer-Encoding: chunked\r\n\r\nx\r\nGET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
        RawMessage broken = await client.ReadResponseAsync();
        Assert.Equal((400, "close"), (broken.Status, broken["Connection"]));
        Assert.Null(await client.ReadHeadAsync());
    }
}
