// Why a request went where it went: in the answer, the access log, the metrics and /status.

using System.Text.Json;

namespace OpenClaw.EndToEnd.Tests;

public sealed class ReasonTests
{
    private const string Policy = "canary: {version: v2, weight: 0}\noverrides: {cookie: {name: canary}}";

    [Fact]
    public async Task Reason_IsToldWhereItIsSwitchedOnAndLoggedAlways()
    {
        using TestFolder folder = new();
        string log = folder.Path("access.log");
        RawUpstream canary = RawUpstream.Answering("HTTP/1.1 200 OK\r\nX-OpenClaw-Reason: mine\r\nContent-Length: 0\r\n\r\n");
        await using Rollout told = await Rollout.StartAsync(Policy, $"fields: {{reason: true}}\naccessLog: {{path: {log}}}", canary), silent = await Rollout.StartAsync(Policy);
        Assert.Equal("override", (await told.AskAsync("Cookie: canary=v2"))["X-OpenClaw-Reason"]);
        Assert.Equal("override", (await told.AskAsync("Cookie: canary=v1"))["X-OpenClaw-Reason"]);
        Assert.Equal("stable", (await told.AskAsync())["X-OpenClaw-Reason"]);
        Assert.Null((await silent.AskAsync("Cookie: canary=v2"))["X-OpenClaw-Reason"]);

        await Deadline.UntilAsync(() => File.Exists(log) && File.ReadAllLines(log).Length == 3, "three lines of the access log");
        Assert.Equal(
            ["v2 canary override", "v1 stable override", "v1 stable stable"],
            File.ReadAllLines(log).Select(line => JsonDocument.Parse(line).RootElement).Select(line => $"{line.GetProperty("version")} {line.GetProperty("role")} {line.GetProperty("reason")}"));
    }

    [Fact]
    public async Task CounterpartsOfCanaryRequests_AreStablesUnderARoleOfTheirOwn()
    {
        const int requests = 40;
        using TestFolder folder = new();
        string log = folder.Path("access.log");
        await using Rollout rollout = await Rollout.StartAsync("canary: {version: v2, weight: 0.25}", $"fields: {{reason: true}}\naccessLog: {{path: {log}}}");
        for (int i = 0; i < requests; i++)
        {
            RawMessage answer = await rollout.AskAsync();
            Assert.Equal(answer["X-OpenClaw-Version"] == "v2" ? "weight" : "stable", answer["X-OpenClaw-Reason"]);
        }

        MetricsPage metrics = await rollout.MetricsAsync();
        double baseline = metrics.Sum("openclaw_requests_total", "version=\"v1\"", "role=\"baseline\"", "reason=\"stable\"");
        Assert.InRange(baseline, 9, 10); // the last of all may be a turn, whose counterpart is still to come
        Assert.Equal(30 - baseline, metrics.Sum("openclaw_requests_total", "version=\"v1\"", "role=\"stable\"", "reason=\"stable\""));
        Assert.Equal(baseline, metrics.Sum("openclaw_request_duration_seconds_count", "version=\"v1\"", "role=\"baseline\""));
        JsonElement status = JsonDocument.Parse(await rollout.PageAsync("/status")).RootElement;
        Assert.Equal((30, 10), (status.GetProperty("reasons").GetProperty("stable").GetInt32(), status.GetProperty("reasons").GetProperty("weight").GetInt32()));
        await Deadline.UntilAsync(() => File.Exists(log) && File.ReadAllLines(log).Length == requests, "the lines of the access log");
        Assert.Equal(baseline, File.ReadLines(log).Select(line => JsonDocument.Parse(line).RootElement).Count(line =>
            line.GetProperty("version").GetString() == "v1" && line.GetProperty("role").GetString() == "baseline"));
    }
}
