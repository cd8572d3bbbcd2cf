// How soon what an API server says is in force, and what it costs to listen to it.

using OpenClaw.TestKit.Kubernetes;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

[Collection(nameof(Alone))]
public sealed class FollowingTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FirstWord_CountsFromTheFirstRequestOn(bool hasRoute)
    {
        await using ClusterScene scene = await ClusterScene.StartAsync(new ClusterSetup
        {
            HasRoute = hasRoute,
            Before = async scene =>
            {
                await scene.Controller.InstallAsync("one");
                await scene.Controller.ReleaseAsync("two");
                await scene.Controller.SetWeightAsync(25);
            },
        });
        Assert.Equal(100, await scene.AskAsync(400));
        await scene.EndAsync();
    }

    /// <summary>From the last byte of an event to the last worker using it: half within 20 ms, 99 of 100 within 100 ms.</summary>
    [Fact]
    public async Task News_AreInForceAtOnce()
    {
        const int Updates = 200;
        await using ClusterScene scene = await ClusterScene.AtAsync(20);
        scene.Load(1000);
        MetricsPage before = await scene.MetricsAsync();
        for (int i = 0; i < Updates; i++)
        {
            scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", Objects.Route(1 + i % 99));
            await Task.Delay(10);
        }

        await scene.WeightAsync(1 + (Updates - 1) % 99);
        MetricsPage after = await scene.MetricsAsync();
        double Within(string bound) => (Sum(after, bound) - Sum(before, bound)) / Updates;
        Assert.True(Within("0.01") >= 0.5 && Within("0.1") >= 0.99, $"{Within("0.001"):P1} within 1 ms, {Within("0.01"):P1} within 10 ms, {Within("0.1"):P1} within 100 ms");
        await scene.EndAsync();

        static double Sum(MetricsPage page, string bound) => page.Sum("openclaw_policy_propagation_seconds_bucket", $"le=\"{bound}\"");
    }
}
