// A thousand updates of the route while traffic flows: the last one wins, nothing piles up, nobody notices.

using System.Globalization;
using OpenClaw.TestKit.Kubernetes;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

[Collection(nameof(Alone))]
public sealed class UpdateStormTests
{
    private const int Updates = 1000;

    /// <summary>Ten times as dense as a thousand a minute, and so in a tenth of the time.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(6);

    [Fact]
    public async Task ThousandUpdates_EndWithTheLastAndNoMoreMemory()
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20);
        scene.Load(1000);
        await StormAsync(scene, Updates / 2);
        long memory = scene.Edge.Process.ResidentBytes();
        await StormAsync(scene, Updates / 2);
        Assert.InRange(scene.Edge.Process.ResidentBytes() - memory, long.MinValue, 4L << 20);
        double applied = await scene.MetricAsync("openclaw_kubernetes_watch_events_total", "resource=\"httproute\"", "type=\"modified\"");
        Assert.InRange(applied, Updates, Updates + 20);
        Assert.Equal(0, await scene.MetricAsync("openclaw_kubernetes_watch_failures_total"));
        await scene.EndAsync();
    }

    private static async Task StormAsync(ClusterScene scene, int updates)
    {
        int last = 0;
        for (int i = 0; i < updates; i++)
        {
            last = 1 + ((last + 36) % 99); // every one is another, and none is next to the one before
            scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", Objects.Route(last, note: i.ToString(CultureInfo.InvariantCulture)));
            await Task.Delay(Beat);
        }

        await scene.WeightAsync(last);
    }
}
