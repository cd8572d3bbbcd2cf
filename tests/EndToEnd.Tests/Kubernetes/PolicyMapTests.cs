// The policy's ConfigMap, watched: what it says is in force within a second, a broken one changes nothing, and the mounted file is the copy to start with.

using System.Diagnostics;
using OpenClaw.TestKit.Kubernetes;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

[Collection(nameof(Alone))]
public sealed class PolicyMapTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Patch_IsInForceWithinASecond()
    {
        await using ClusterScene scene = await StartAsync(full: 100);
        scene.Load(500);
        foreach (int ceiling in (int[])[5, 50, 0, 100])
        {
            long begun = Stopwatch.GetTimestamp();
            Put(scene, ceiling);
            await scene.WeightAsync(Math.Min(80, ceiling));
            Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, Soon);
        }

        Assert.InRange(await scene.MetricAsync("openclaw_kubernetes_watch_events_total", "resource=\"configmap\"", "type=\"modified\""), 4, 4);
        await scene.EndAsync();
    }

    [Fact]
    public async Task BrokenPolicy_ChangesNothingAndIsTold()
    {
        await using ClusterScene scene = await StartAsync(full: 100);
        scene.Load(500);
        Put(scene, 30);
        await scene.WeightAsync(30);
        foreach (string broken in (string[])["canary: {version: v9}", "canary: {version: v2, weight: 7}", "{{{", ""])
        {
            int lines = scene.Edge.Process.Lines.Count;
            scene.Api.Store.Put(ResourceKind.ConfigMap, "openclaw", Objects.ConfigMap("token-bucket-policy", "policy.yaml", broken));
            await Deadline.UntilAsync(() => scene.Edge.Process.Lines.Skip(lines).Any(line => line.Contains("ConfigMap openclaw/token-bucket-policy, policy.yaml:")), $"word about \"{broken}\"", log: () => scene.Edge.Process.Output);
            await scene.WeightAsync(30, TimeSpan.Zero);
            Assert.Equal(0, await scene.MetricAsync("openclaw_policy_last_reload_successful"));
        }

        Put(scene, 40);
        await scene.WeightAsync(40);
        Assert.Equal(1, await scene.MetricAsync("openclaw_policy_last_reload_successful"));
        await scene.EndAsync();
    }

    [Fact]
    public async Task DeletedMap_KeepsThePolicy()
    {
        await using ClusterScene scene = await StartAsync(full: 100);
        scene.Load(500);
        Put(scene, 30);
        await scene.WeightAsync(30);
        scene.Api.Store.Delete(ResourceKind.ConfigMap, "openclaw", "token-bucket-policy");
        await scene.Edge.Process.WaitForLineAsync("does not exist");
        await scene.WeightAsync(30, TimeSpan.Zero);
        Put(scene, 60);
        await scene.WeightAsync(60);
        await scene.EndAsync();
    }

    [Fact]
    public async Task LostServer_LeavesThePolicyAndTheMountedFileCounts()
    {
        await using ClusterScene scene = await StartAsync(full: 100);
        scene.Load(500);
        Put(scene, 30);
        await scene.WeightAsync(30);
        await scene.Api.StopAsync();
        await scene.ReachesAsync(1, "openclaw_kubernetes_watch_failures_total", "resource=\"configmap\"", "cause=\"unreachable\"");
        await Task.Delay(TimeSpan.FromMilliseconds(200)); // a kubelet takes longer
        await scene.WeightAsync(30);
        await scene.Edge.ReloadAsync(() => scene.Folder.Replace("policy.yaml", Text(scene, 10))); // the mounted copy, renewed
        await scene.WeightAsync(10);
        Put(scene, 45);
        await scene.Api.StartAsync();
        await scene.WeightAsync(45);
        await scene.EndAsync();
    }

    [Fact]
    public async Task MapThatIsNotThereYet_LeavesTheFileInForce()
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(80, new ClusterSetup { Kubernetes = "policyConfigMap: token-bucket-policy" });
        Assert.Contains(scene.Edge.Process.Lines, line => line.Contains("token-bucket-policy") && line.Contains("does not exist"));
        Put(scene, 30);
        await scene.WeightAsync(30);
        await scene.EndAsync();
    }

    /// <summary>An edge under a release at 80 % whose policy's ConfigMap is there from the start.</summary>
    private static Task<ClusterScene> StartAsync(int full) => ClusterScene.AtAsync(80, new ClusterSetup
    {
        Kubernetes = "policyConfigMap: token-bucket-policy",
        Before = async scene =>
        {
            Put(scene, full);
            await scene.Controller.InstallAsync("one");
        },
    });

    private static void Put(ClusterScene scene, int ceiling) =>
        scene.Api.Store.Put(ResourceKind.ConfigMap, "openclaw", Objects.ConfigMap("token-bucket-policy", "policy.yaml", Text(scene, ceiling)));

    private static string Text(ClusterScene scene, int ceiling) => scene.PolicyOf("").Replace("canary: {version: v2}", FormattableString.Invariant($"canary: {{version: v2, weight: {ceiling / 100.0}}}"));
}
