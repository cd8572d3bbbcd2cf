// Testers who ask for a version.

namespace OpenClaw.EndToEnd.Tests;

public sealed class OverrideTests
{
    private const string Policy = """
        canary: {version: v2, weight: 0}
        overrides:
          header: {name: X-Canary, trustedCidrs: [10.0.0.0/8]}
          cookie: {name: canary}
        """;

    private static double Count(MetricsPage metrics, string result) => metrics.Sum("openclaw_overrides_total", $"result=\"{result}\"");

    [Fact]
    public async Task HeaderAndCookie_PickTheVersionAtWeightZero()
    {
        await using Rollout rollout = await Rollout.StartAsync(Policy, "forwarded: {trustedCidrs: [127.0.0.0/8]}");
        const string tester = "X-Forwarded-For: 10.1.2.3";
        Assert.Equal("v1", await rollout.VersionAsync(tester));
        Assert.Equal("v2", await rollout.VersionAsync(tester, "x-canary: always"));
        Assert.Equal("v2", await rollout.VersionAsync(tester, "X-Canary: v2"));
        Assert.Equal("v1", await rollout.VersionAsync(tester, "X-Canary: never", "Cookie: canary=always"));
        Assert.Equal("v2", await rollout.VersionAsync("Cookie: a=b;canary=\"v2\""));
        Assert.Equal("v1", await rollout.VersionAsync("Cookie: canary=v1"));
        Assert.Equal("v1", await rollout.VersionAsync("Cookie: canary=v3"));
        MetricsPage metrics = await rollout.MetricsAsync();
        Assert.Equal((5, 0, 1), (Count(metrics, "applied"), Count(metrics, "untrusted"), Count(metrics, "unknown")));
        Assert.Equal(3, metrics.Sum("openclaw_requests_total", "version=\"v2\"", "reason=\"override\""));
        Assert.Equal(2, metrics.Sum("openclaw_canary_eligible_total")); // of those that nobody asked for
    }

    [Fact]
    public async Task Strangers_AreIgnored()
    {
        await using Rollout behind = await Rollout.StartAsync(Policy, "forwarded: {trustedCidrs: [127.0.0.0/8]}"), open = await Rollout.StartAsync(Policy);
        Assert.Equal("v1", await behind.VersionAsync("X-Canary: always"));
        Assert.Equal("v1", await behind.VersionAsync("X-Canary: always", "X-Forwarded-For: 10.1.2.3, 203.0.113.4"));
        Assert.Equal("v1", await open.VersionAsync("X-Canary: always", "X-Forwarded-For: 10.1.2.3")); // the peer may not say who the client is
        Assert.Equal("v1", await behind.VersionAsync("X-Canary: always", "X-Forwarded-For: 203.0.113.4", "X_Forwarded_For: 10.1.2.3")); // no proxy wrote the second
        Assert.Equal((3, 1), (Count(await behind.MetricsAsync(), "untrusted"), Count(await open.MetricsAsync(), "untrusted")));
        Assert.Empty(behind.V2.Requests.Concat(open.V2.Requests));
    }

    [Fact]
    public async Task OverrideWithoutAToken_GoesToStable()
    {
        await using Rollout rollout = await Rollout.StartAsync(Policy + "\nbucket: {capacity: 2, refillRate: 0}", "fields: {reason: true}");
        string[] reasons = new string[3];
        for (int i = 0; i < reasons.Length; i++)
        {
            reasons[i] = (await rollout.AskAsync("Cookie: canary=always"))["X-OpenClaw-Reason"]!;
        }

        Assert.Equal(["override", "override", "spilled"], reasons);
        Assert.Equal(2, rollout.V2.Requests.Count);
        await Deadline.UntilAsync(async () => (await rollout.MetricsAsync()).Sum("openclaw_sticky_broken_total") == 1, "the broken wish to be counted"); // behind its answer
        await Deadline.UntilAsync(async () => (await rollout.MetricsAsync()).Sum("openclaw_canary_spilled_total") == 1, "the turn to be counted");
    }
}
