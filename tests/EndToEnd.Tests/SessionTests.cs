// Sessions as a browser sees them: the cookie it is given, and the version it meets from then on.

namespace OpenClaw.EndToEnd.Tests;

public sealed class SessionTests
{
    private static string Policy(string weight, string stickiness = "{type: cookie}", string more = "") =>
        $"canary: {{version: v2, weight: {weight}}}\nstickiness: {stickiness}\n{more}";

    [Fact]
    public async Task FirstAnswer_BringsACookieThatNoCacheKeeps()
    {
        await using Rollout rollout = await Rollout.StartAsync(Policy("0.5", "{name: place, maxAge: 2h}"), "forwarded: {trustedCidrs: [127.0.0.0/8]}");
        RawMessage plain = await rollout.AskAsync(), behind = await rollout.AskAsync("X-Forwarded-Proto: https");
        await using Wire tls = await Wire.ConnectTlsAsync(EdgeProcess.PortOf(rollout.Edge.Addresses[1]));
        RawMessage secure = await tls.AskAsync(Scene.Get);

        Assert.Matches(@"^place=[\w-]{44}; Path=/; Max-Age=7200; HttpOnly; SameSite=Lax$", plain["Set-Cookie"]!);
        Assert.Matches(@"^place=[\w-]{44}; Path=/; Max-Age=7200; HttpOnly; SameSite=Lax; Secure$", secure["Set-Cookie"]!);
        Assert.EndsWith("; Secure", behind["Set-Cookie"]!);
        Assert.All(new[] { plain, behind, secure }, answer => Assert.Equal("private", answer["Cache-Control"]));
    }

    [Fact]
    public async Task TwoHundredRequests_MeetTheVersionOfTheFirst()
    {
        const int sessions = 12, requests = 20;
        await using Rollout rollout = await Rollout.StartAsync(Policy("0.25"));
        IReadOnlyList<(string Cookie, string Version)> begun = await rollout.BeginAsync(sessions);
        for (int i = 0; i < requests; i++)
        {
            foreach ((string cookie, string version) in begun)
            {
                RawMessage answer = await rollout.AskAsync("Cookie: a=b", cookie);
                Assert.Equal(version, answer["X-OpenClaw-Version"]);
                Assert.Null(answer["Set-Cookie"]);
                Assert.Null(answer["Cache-Control"]);
            }
        }

        Assert.Equal(3, begun.Count(session => session.Version == "v2")); // the share is exact for sessions that begin
        Assert.Contains(begun[0].Cookie["Cookie: ".Length..], rollout.V1.Requests.Concat(rollout.V2.Requests).SelectMany(request => request.All("Cookie")));
        MetricsPage metrics = await rollout.MetricsAsync();
        Assert.Equal(sessions, metrics.Sum("openclaw_sessions_total", "result=\"issued\""));
        Assert.Equal(sessions * requests, metrics.Sum("openclaw_sessions_total", "result=\"kept\""));
        Assert.Equal(sessions * requests, metrics.Sum("openclaw_requests_total", "reason=\"sticky\""));
        Assert.Equal(sessions, metrics.Sum("openclaw_canary_eligible_total"));
        Assert.Equal(sessions * requests, System.Text.Json.JsonDocument.Parse(await rollout.PageAsync("/status")).RootElement.GetProperty("reasons").GetProperty("sticky").GetInt32());
    }

    [Fact]
    public async Task RaisedWeight_KeepsEveryCanaryUser()
    {
        await using Rollout rollout = await Rollout.StartAsync(Policy("0.25"));
        IReadOnlyList<(string Cookie, string Version)> begun = await rollout.BeginAsync(40);
        Assert.Equal(10, begun.Count(session => session.Version == "v2"));
        int before = 10;
        foreach (string weight in new[] { "0.5", "100%" })
        {
            await rollout.ReloadAsync(Policy(weight));
            int after = 0;
            foreach ((string cookie, string version) in begun)
            {
                string? now = await rollout.VersionAsync(cookie);
                Assert.True(now == "v2" || version == "v1");
                after += now == "v2" ? 1 : 0;
            }

            Assert.InRange(after, before, begun.Count);
            before = after;
        }

        Assert.Equal(begun.Count, before);
    }

    [Theory]
    [InlineData("break", "v1")]
    [InlineData("drain", "v2")]
    public async Task WeightZero_BreaksOrDrainsSessions(string how, string expected)
    {
        string stickiness = $"{{onWeightZero: {how}}}";
        await using Rollout rollout = await Rollout.StartAsync(Policy("0.5", stickiness));
        string cookie = (await rollout.BeginAsync(4)).First(session => session.Version == "v2").Cookie;
        await rollout.ReloadAsync(Policy("0", stickiness));

        Assert.Equal(expected, await rollout.VersionAsync(cookie));
        foreach ((string fresh, string version) in await rollout.BeginAsync(20))
        {
            Assert.Equal("v1", version);
            Assert.Equal("v1", await rollout.VersionAsync(fresh));
        }
    }

    [Fact]
    public async Task Abort_BreaksSessionsUntilItIsTakenBack()
    {
        string policy = Policy("0.5", "{onWeightZero: drain}");
        await using Rollout rollout = await Rollout.StartAsync(policy, "fields: {reason: true}");
        string cookie = (await rollout.BeginAsync(4)).First(session => session.Version == "v2").Cookie;
        await rollout.ReloadAsync(policy + "abort: true");
        RawMessage aborted = await rollout.AskAsync(cookie);
        Assert.Equal(("v1", "abort", null), (aborted["X-OpenClaw-Version"], aborted["X-OpenClaw-Reason"], aborted["Set-Cookie"]));
        await rollout.ReloadAsync(policy);
        Assert.Equal("v2", await rollout.VersionAsync(cookie));
    }

    [Fact]
    public async Task SharedKeyFile_LetsAnotherEdgeKnowTheSession()
    {
        using TestFolder folder = new();
        string key = folder.Write("session.key", "the first key of the replicas\n");
        string policy = Policy("0.5", $"{{keyFile: {key}}}");
        await using Rollout a = await Rollout.StartAsync(policy), b = await Rollout.StartAsync(policy), other = await Rollout.StartAsync(Policy("0.5"));
        Assert.DoesNotContain(a.Edge.Process.Lines, line => line.Contains("keyFile"));
        Assert.Contains(other.Edge.Process.Lines, line => line.Contains("keyFile: none"));
        IReadOnlyList<(string Cookie, string Version)> begun = await a.BeginAsync(10);
        foreach ((string cookie, string version) in begun)
        {
            Assert.Equal(version, await b.VersionAsync(cookie));
            Assert.NotNull((await other.AskAsync(cookie))["Set-Cookie"]);
        }

        // A new key before the old one: both edges follow the file, the old cookies hold.
        await b.Edge.ReloadAsync(() => folder.Replace("session.key", "the second key of the replicas\nthe first key of the replicas\n"));
        Assert.Equal(begun[0].Version, await b.VersionAsync(begun[0].Cookie));
        await b.Edge.ReloadAsync(() => folder.Replace("session.key", "the second key of the replicas\n"));
        Assert.NotNull((await b.AskAsync(begun[0].Cookie))["Set-Cookie"]);
        Assert.DoesNotContain("key of the replicas", await b.PageAsync("/policy"));
    }

    [Fact]
    public async Task BadCookies_NeverReachTheCanary()
    {
        await using Rollout rollout = await Rollout.StartAsync(Policy("0.0001"));
        string good = Rollout.CookieOf(await rollout.AskAsync())["Cookie: openclaw-session=".Length..];
        for (int i = 0; i < good.Length; i++)
        {
            char[] changed = good.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            RawMessage answer = await rollout.AskAsync("Cookie: openclaw-session=" + new string(changed));
            Assert.Equal("v1", answer["X-OpenClaw-Version"]);
            Assert.NotNull(answer["Set-Cookie"]);
        }

        Assert.Equal("v1", await rollout.VersionAsync("Cookie: openclaw-session=" + new string('A', 10_000)));
        Assert.Equal("v1", await rollout.VersionAsync("Cookie: " + string.Join("; ", Enumerable.Repeat("openclaw-session=" + new string('A', 44), 100))));
        MetricsPage metrics = await rollout.MetricsAsync();
        Assert.Equal(good.Length + 2, metrics.Sum("openclaw_sessions_total", "result=\"forged\"") + metrics.Sum("openclaw_sessions_total", "result=\"malformed\""));
        Assert.Empty(rollout.V2.Requests);
    }

    [Fact]
    public async Task SessionWithoutAToken_GoesToStableAndKeepsItsCookie()
    {
        await using Rollout rollout = await Rollout.StartAsync(Policy("0.5", more: "bucket: {capacity: 1, refillRate: 0}"), "fields: {reason: true}");
        string cookie = (await rollout.BeginAsync(4)).First(session => session.Version == "v2").Cookie;
        RawMessage spilled = await rollout.AskAsync(cookie);
        Assert.Equal(("v1", "spilled", null), (spilled["X-OpenClaw-Version"], spilled["X-OpenClaw-Reason"], spilled["Set-Cookie"]));
        Assert.Equal(1, (await rollout.MetricsAsync()).Sum("openclaw_sticky_broken_total"));
        await rollout.ReloadAsync(Policy("0.5"));
        Assert.Equal("v2", await rollout.VersionAsync(cookie));
    }

    [Fact]
    public async Task CanaryThatFails_PinsNobody()
    {
        await using Rollout rollout = await Rollout.StartAsync(Policy("100%"), "fields: {reason: true}", RawUpstream.Start(wire => wire.ReadHeadAsync()));
        RawMessage answer = await rollout.AskAsync();
        Assert.Equal(("v1", "unhealthy", null), (answer["X-OpenClaw-Version"], answer["X-OpenClaw-Reason"], answer["Set-Cookie"]));
        Assert.Equal(0, (await rollout.MetricsAsync()).Sum("openclaw_sessions_total", "result=\"issued\""));
    }

    [Fact]
    public async Task InterimAndOwnAnswers_CarryNoCookie()
    {
        await using Rollout rollout = await Rollout.StartAsync(Policy("100%"), canary: RawUpstream.Answering("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + Scene.Ok));
        RawMessage answer = await rollout.AskAsync();
        Assert.Null(Assert.Single(answer.Interim)["Set-Cookie"]);
        Assert.NotNull(answer["Set-Cookie"]);
        await using Wire client = await Wire.ConnectAsync(rollout.Edge.Port);
        Assert.Null((await client.AskAsync("OPTIONS / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n\r\n"))["Set-Cookie"]);
    }

    [Fact]
    public async Task HashedHeader_FixesThePlaceWithoutACookie()
    {
        await using Rollout rollout = await Rollout.StartAsync(Policy("0.5", "{type: hash, key: \"header:X-User\", salt: s}"));
        HashSet<string?> met = [];
        for (int user = 0; user < 20; user++)
        {
            RawMessage first = await rollout.AskAsync($"X-User: {user}");
            Assert.Null(first["Set-Cookie"]);
            Assert.Equal(first["X-OpenClaw-Version"], await rollout.VersionAsync($"X-User: {user}"));
            byte[] hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes($"s\0{user}"));
            Assert.Equal(hash[0] < 0x80 ? "v2" : "v1", first["X-OpenClaw-Version"]); // the first bit says whether it is below one half
            met.Add(first["X-OpenClaw-Version"]);
        }

        Assert.Equal(2, met.Count);
    }
}
