// What operators do with the guard, and what outlasts a restart: abort, reset, --state-dir, webhook, a ramp. Edges are
// killed, not drained, before they start again.

using System.Net;
using System.Text.Json;

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class GuardOperationTests : IDisposable
{
    private const string Half = "canary: {version: v2, weight: 50%}\n";
    private const string Broken = "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n";

    private readonly TestFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = Deadline.Patience };

    public GuardOperationTests()
    {
        _folder.Write("token", "sesame");
        _http.DefaultRequestHeaders.Add("Authorization", "Bearer sesame");
    }

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    private string State => _folder.Path("state");

    /// <param name="stable">Further keys of v1.</param>
    private Task<EdgeProcess> StartAsync(RawUpstream v1, RawUpstream v2, string policy, bool keepsState = true, string stable = "")
    {
        string config = _folder.Write("edge.yaml", $$"""
            listeners:
            - address: "127.0.0.1:0"
            admin: {address: "127.0.0.1:0", tokenFile: {{_folder.Path("token")}}}
            workers: 2
            versions:
              v1: {endpoints: ["{{v1.Url}}"]{{stable}}}
              v2: {endpoints: ["{{v2.Url}}"]}
            policy: {{_folder.Write("policy.yaml", policy)}}
            """);
        return EdgeProcess.StartAsync(["--config", config, .. keepsState ? new[] { "--state-dir", State } : []], listeners: 1);
    }

    private async Task<string> PostAsync(EdgeProcess edge, string target)
    {
        using HttpResponseMessage answer = await _http.PostAsync(edge.Admin + target, null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task<JsonElement> StatusAsync(EdgeProcess edge) => JsonDocument.Parse(await _http.GetStringAsync(edge.Admin + "/status")).RootElement;

    private async Task<JsonElement> CanaryAsync(EdgeProcess edge) => (await StatusAsync(edge)).GetProperty("guard").GetProperty("canaries")[0];

    /// <summary>How many of a hundred requests the canary gets.</summary>
    private static async Task<int> CanaryShareAsync(EdgeProcess edge)
    {
        await using Wire client = await Wire.ConnectAsync(edge.Port);
        int canary = 0;
        for (int i = 0; i < 100; i++)
        {
            canary += (await client.AskAsync(Scene.Get))["X-OpenClaw-Version"] == "v2" ? 1 : 0;
        }

        return canary;
    }

    private Task SavedAsync(string words) =>
        Deadline.UntilAsync(() => File.ReadAllText(Path.Combine(State, "guard.json")).Contains(words, StringComparison.Ordinal), "the state to be saved");

    [Fact]
    public async Task Abort_TakesTheCanaryOutUntilTheReset()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Scene.Ok);
        await using EdgeProcess edge = await StartAsync(v1, v2, Half, keepsState: false);
        Assert.Equal(50, await CanaryShareAsync(edge));

        Assert.StartsWith("out: v2;", await PostAsync(edge, "/abort?version=v2"));
        Assert.Equal(0, await CanaryShareAsync(edge));
        JsonElement guard = (await StatusAsync(edge)).GetProperty("guard");
        Assert.Equal(("tripped", "operator"), (guard.GetProperty("state").GetString(), guard.GetProperty("cause").GetString()));
        Assert.Contains("the guard has taken v2 out: an operator took it out; until", await edge.Process.WaitForLineAsync("without --state-dir a restart forgets it, too"));
        MetricsPage page = await MetricsPage.ReadAsync(edge.Admin!);
        Assert.Equal((1, 1, 0), (page.Sum("openclaw_guard_trips_total"), page.Sum("openclaw_guard_state", "state=\"tripped\""), page.Sum("openclaw_canary_weight", "source=\"effective\"")));
        Assert.Equal(100, page.Sum("openclaw_requests_total", "reason=\"guard\""));

        Assert.StartsWith("reset: v2;", await PostAsync(edge, "/guard/reset"));
        Assert.Equal(50, await CanaryShareAsync(edge));
    }

    [Fact]
    public async Task WhatIsOut_StaysOutOverRestartsUntilTheReset()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Broken);
        await using (EdgeProcess first = await StartAsync(v1, v2, Half))
        {
            await LoadGenerator.RunAsync(first.Port, 4, 1_000);
            await SavedAsync("\"v2\"");
            Assert.Equal("errors", (await CanaryAsync(first)).GetProperty("cause").GetString());
        }

        int before = v2.Requests.Count;
        await using (EdgeProcess second = await StartAsync(v1, v2, Half))
        {
            Assert.Equal(0, await CanaryShareAsync(second));
            Assert.Equal(before, v2.Requests.Count);
            Assert.Contains(" canary requests (100 %), 0 of as many baseline requests; evidence ", await second.Process.WaitForLineAsync("v2 stays out; it has been since "));
            JsonElement canary = await CanaryAsync(second);
            Assert.Equal(("tripped", "errors", "fail"), (canary.GetProperty("state").GetString(), canary.GetProperty("cause").GetString(), canary.GetProperty("verdict").GetString()));
            await PostAsync(second, "/guard/reset");
            await SavedAsync("\"latched\": []");
        }

        await using EdgeProcess third = await StartAsync(v1, v2, Half);
        await using Wire client = await Wire.ConnectAsync(third.Port);
        Assert.Equal(700, (await client.AskAsync(Scene.Get)).Status + (await client.AskAsync(Scene.Get)).Status); // one of two is the canary's
    }

    [Fact]
    public async Task AnotherVersion_IsNotHeldByTheOldOnesFile()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Scene.Ok);
        Directory.CreateDirectory(State);
        File.WriteAllText(Path.Combine(State, "guard.json"), """
            {"schemaVersion":1,"distrusted":false,"latched":[{"version":"v1.9","cause":"latency","since":"2026-01-01T00:00:00Z","reason":"slow","score":{"value":0.5,"lower":0.4,"upper":0.6,"samples":90}}]}
            """);
        await using EdgeProcess edge = await StartAsync(v1, v2, Half);
        Assert.Equal(50, await CanaryShareAsync(edge));
        await SavedAsync("\"latched\": []");
    }

    [Fact]
    public async Task DamagedFile_OpensNoLatch()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Scene.Ok);
        Directory.CreateDirectory(State);
        File.WriteAllText(Path.Combine(State, "guard.json"), "{\"schemaVersion\":1,\"latch");
        await using (EdgeProcess edge = await StartAsync(v1, v2, Half))
        {
            Assert.Equal(0, await CanaryShareAsync(edge));
            Assert.Equal("state", (await CanaryAsync(edge)).GetProperty("cause").GetString());
            await edge.Process.WaitForLineAsync("guard.json is damaged, so nobody knows which canaries were out; it is kept as ");
            Assert.Equal("{\"schemaVersion\":1,\"latch", File.ReadAllText(Path.Combine(State, "guard.json.damaged")));
            await SavedAsync("\"state\"");
        }

        await using EdgeProcess again = await StartAsync(v1, v2, Half);
        Assert.Equal(0, await CanaryShareAsync(again));
        await PostAsync(again, "/guard/reset?version=v2");
        Assert.Equal(50, await CanaryShareAsync(again));
    }

    [Fact]
    public async Task UnusableStateDirectory_IsExitCode2AndOneLine()
    {
        string file = _folder.Write("file", "");
        await using Child run = await Child.RunAsync(EdgeProcess.Binary, ["run", "--listen", "http://127.0.0.1:0", "--admin", "none", "--upstream", "v1=http://127.0.0.1:9", "--state-dir", file]);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"openclaw-edge: --state-dir {file} cannot be used: ", Assert.Single(run.Lines, line => line.Length > 0 && !line.Contains("warning:")));
    }

    /// <summary>Each would write over what the other knows.</summary>
    [Fact]
    public async Task StateDirectoryOfARunningEdge_IsNotShared()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Scene.Ok);
        await using (EdgeProcess edge = await StartAsync(v1, v2, Half))
        {
            await using Child other = await Child.RunAsync(EdgeProcess.Binary, ["run", "--listen", "http://127.0.0.1:0", "--admin", "none", "--upstream", "v1=http://127.0.0.1:9", "--state-dir", State]);
            Assert.Equal(2, other.ExitCode);
            Assert.Contains($"openclaw-edge: --state-dir {State} is in use by another edge; give each its own", other.Lines);
        }

        await using EdgeProcess again = await StartAsync(v1, v2, Half);
        Assert.Equal(50, await CanaryShareAsync(again));
    }

    [Fact]
    public async Task Webhook_HearsOfTripAndReset()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Broken), hook = RawUpstream.Answering("HTTP/1.1 204 No Content\r\n\r\n");
        await using EdgeProcess edge = await StartAsync(v1, v2, $"{Half}guard: {{webhook: {{url: \"{hook.Url}/rollout\"}}}}\n");
        await LoadGenerator.RunAsync(edge.Port, 4, 1_000);
        await Deadline.UntilAsync(() => hook.Requests.Count == 1, "the trip to be told");
        await PostAsync(edge, "/guard/reset");
        await Deadline.UntilAsync(() => hook.Requests.Count == 2, "the reset to be told");

        Assert.All(hook.Requests, request => Assert.Equal("POST /rollout HTTP/1.1", request.StartLine));
        JsonElement trip = JsonDocument.Parse(hook.Requests[0].Text).RootElement, canary = trip.GetProperty("canary");
        Assert.Equal(("tripped", Environment.MachineName, "enforce"), (trip.GetProperty("event").GetString(), trip.GetProperty("host").GetString(), trip.GetProperty("mode").GetString()));
        Assert.Equal((await StatusAsync(edge)).GetProperty("revision").GetString(), trip.GetProperty("revision").GetString());
        Assert.Equal(("v2", "errors", 1.0), (canary.GetProperty("version").GetString(), canary.GetProperty("cause").GetString(), canary.GetProperty("evidence").GetProperty("errors").GetProperty("canaryRate").GetDouble()));
        Assert.StartsWith("errors: ", canary.GetProperty("reason").GetString());
        Assert.Equal(("v1", 1.0), (trip.GetProperty("stable").GetProperty("version").GetString(), trip.GetProperty("stable").GetProperty("score").GetProperty("value").GetDouble()));
        Assert.Equal("reset", JsonDocument.Parse(hook.Requests[1].Text).RootElement.GetProperty("event").GetString());
        await Deadline.UntilAsync(async () => (await MetricsPage.ReadAsync(edge.Admin!)).Sum("openclaw_guard_webhook_total", "result=\"sent\"") == 2, "both to be counted");
    }

    [Fact]
    public async Task Webhook_GoesThroughTheProxyOfTheEnvironment()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Broken), proxy = RawUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        string policy = _folder.Write("policy.yaml", Half + "guard: {webhook: {url: \"http://hooks.example/rollout\"}}\n");
        await using Child edge = Child.Start("/usr/bin/env", [$"http_proxy={proxy.Url}", EdgeProcess.Binary, "run", "--listen", "http://127.0.0.1:0", "--admin", "127.0.0.1:0",
            "--upstream", $"v1={v1.Url}", "--upstream", $"v2={v2.Url}", "--policy", policy, "--state-dir", State]);
        await Deadline.UntilAsync(() => edge.Lines.Any(line => line.Contains("listening on")), "the edge to listen");
        await LoadGenerator.RunAsync(EdgeProcess.PortOf(edge.Lines.First(line => line.Contains("listening on")).Split(',')[0]), 4, 1_000);
        await Deadline.UntilAsync(() => proxy.Requests.Count == 1, "the trip to be told");
        Assert.Equal(("POST http://hooks.example/rollout HTTP/1.1", "hooks.example"), (proxy.Requests[0].StartLine, proxy.Requests[0]["Host"]));
        Assert.Equal("errors", JsonDocument.Parse(proxy.Requests[0].Text).RootElement.GetProperty("canary").GetProperty("cause").GetString());
    }

    [Fact]
    public async Task Observe_OnlySaysIt()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Broken);
        await using EdgeProcess edge = await StartAsync(v1, v2, Half + "guard: {mode: observe}\n");
        await LoadGenerator.RunAsync(edge.Port, 4, 1_000);
        Assert.Contains("it would have taken v2 out: errors: ", await edge.Process.WaitForLineAsync("the guard only observes"));
        Assert.Equal(50, await CanaryShareAsync(edge));
        JsonElement canary = await CanaryAsync(edge);
        Assert.Equal(("holding", "errors"), (canary.GetProperty("state").GetString(), canary.GetProperty("wouldTrip").GetProperty("cause").GetString()));
        Assert.Equal((0, 1), ((await MetricsPage.ReadAsync(edge.Admin!)).Sum("openclaw_guard_trips_total"), (await MetricsPage.ReadAsync(edge.Admin!)).Sum("openclaw_guard_would_trip_total")));
    }

    /// <summary>Stable may have four connections, and the canary, which is slow, has more exchanges under way than that.</summary>
    [Fact]
    public async Task StableWithoutRoom_GetsTheFlowInTime()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok);
        await using RawUpstream v2 = RawUpstream.Start(async wire =>
        {
            while (await wire.ReadRequestAsync() is { IsComplete: true })
            {
                await Task.Delay(20);
                await wire.SendAsync(Broken);
            }
        });
        await using EdgeProcess edge = await StartAsync(v1, v2, Half + "guard: {rampOver: 3s}\n", stable: ", pool: {maxConnections: 4}");
        Task<LoadGenerator> load = LoadGenerator.RunAsync(edge.Port, 16, 20_000);
        double ramp = 0, weight = 0;
        await Deadline.UntilAsync(async () =>
        {
            JsonElement status = await StatusAsync(edge);
            ramp = status.GetProperty("guard").GetProperty("canaries")[0].GetProperty("ramp").GetDouble();
            weight = status.GetProperty("weight").GetProperty("effective").GetDouble();
            return ramp is > 0 and < 1;
        }, "a ramp");
        Assert.Equal(ramp / 2, weight, 3);
        await Deadline.UntilAsync(async () => (await StatusAsync(edge)).GetProperty("weight").GetProperty("effective").GetDouble() == 0, "its end");
        int after = v2.Requests.Count;
        await load;
        Assert.InRange(v2.Requests.Count - after, 0, 16);
    }
}
