// A connection to the API server that is dead without a word. Takes half a minute, and therefore runs beside others.

using OpenClaw.TestKit.Kubernetes;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

public sealed class DeadLinkTests
{
    /// <summary>Over HTTP/2 a connection on which nothing moves, pings neither, is found within 25 s (15 s between pings, 10 s for an answer).</summary>
    [Fact]
    public async Task DeadLink_IsFoundByPings()
    {
        using TestAuthority authority = new();
        await using ClusterScene scene = await ClusterScene.AtAsync(20, new ClusterSetup { HasRelay = true, Authority = authority });
        Assert.All(scene.Api.Calls.Where(call => call.UserAgent.StartsWith("openclaw-edge/", StringComparison.Ordinal)), call => Assert.Equal("HTTP/2", call.Protocol));
        scene.Relay!.Stall();
        await scene.Controller.SetWeightAsync(50);
        await scene.WeightAsync(20, TimeSpan.Zero);
        await Deadline.UntilAsync(async () => await scene.MetricAsync("openclaw_kubernetes_watch_failures_total", "resource=\"httproute\"") >= 1, "the dead link to be found", TimeSpan.FromSeconds(30));
        scene.Relay.Cut();
        scene.Relay.Resume();
        await scene.WeightAsync(50, TimeSpan.FromSeconds(40));
        await scene.EndAsync();
    }
}
