// The policy of a ConfigMap in the place of the mounted file.

using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Observe;
using static OpenClaw.Edge.Tests.Kubernetes.KubernetesScene;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class PolicyConfigMapTests
{
    private static readonly string Edge = ServerAt8001.Replace("namespace:", "policyConfigMap: policy, namespace:");

    private static string Weighing(double weight) => FormattableString.Invariant($"canary: {{version: v2, weight: {weight}}}\n");

    private static KubernetesScene Start() => new(Weighing(0.1), Edge);

    [Fact]
    public async Task PolicyOfTheConfigMap_CountsAsNoticedWhenItCame()
    {
        using KubernetesScene scene = Start();
        Assert.Equal(0.1, scene.Weight);
        ScriptedCall watch = await scene.BeginAsync("configmaps", ConfigMap("5", Weighing(0.2)));
        await scene.UntilWeightAsync(0.2);
        scene.Time.Advance(TimeSpan.FromSeconds(5));
        watch.Send("MODIFIED", ConfigMap("8", Weighing(0.3)));
        await scene.UntilWeightAsync(0.3);
        Assert.Equal(scene.Time.GetTimestamp(), scene.Snapshot.NoticedAt);
        Assert.Equal("sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Weighing(0.3)))), scene.Snapshot.Revision);
    }

    [Fact]
    public async Task EqualPolicy_IsNotLoadedAgain()
    {
        using KubernetesScene scene = Start();
        Plan plan = scene.Control.Plan;
        Task heard = scene.Kubernetes.HearFirstWordsAsync(TimeSpan.FromSeconds(2));
        await scene.BeginAsync("configmaps", ConfigMap("5", Weighing(0.1)));
        await heard.WaitAsync(TestKit.Deadline.Patience);
        Assert.Same(plan, scene.Control.Plan);
    }

    [Fact]
    public async Task FileWhileTheWatchStands_IsNotLookedAt()
    {
        using KubernetesScene scene = Start();
        ScriptedCall watch = await scene.BeginAsync("configmaps", ConfigMap("5", Weighing(0.2)));
        await scene.UntilWeightAsync(0.2);
        scene.Write("policy.yaml", Weighing(0.4));
        await scene.ReloadAsync("edge.yaml", Edge + "\nworkers: 1"); // a load, and not of that file
        Assert.Equal(0.2, scene.Weight);
        watch.Send("MODIFIED", ConfigMap("8", Weighing(0.3)));
        await scene.UntilWeightAsync(0.3);
    }

    [Fact]
    public async Task LostWatch_LeavesTheCopyUntilTheFileChanges()
    {
        using KubernetesScene scene = Start();
        ScriptedCall watch = await scene.BeginAsync("configmaps", ConfigMap("5", Weighing(0.2)));
        await scene.UntilWeightAsync(0.2);
        await UntilAsync(() => scene.Kubernetes.Watches[0].IsConnected);
        watch.Break();
        await UntilAsync(() => scene.Log.With("cannot be watched").Count == 1);
        await scene.ReloadAsync("edge.yaml", Edge + "\nworkers: 1"); // in the course of which the file is found as it was
        Assert.Equal(0.2, scene.Weight);
        scene.Write("policy.yaml", Weighing(0.4));
        await scene.UntilWeightAsync(0.4);

        await UntilAsync(() => { scene.Time.Advance(TimeSpan.FromMilliseconds(100)); return scene.Api.HasCall; });
        await scene.BeginAsync("configmaps", ConfigMap("9", Weighing(0.5)));
        await scene.UntilWeightAsync(0.5);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"policy","namespace":"openclaw","resourceVersion":"8"},"data":{"other.yaml":"{}"}}""", "ConfigMap openclaw/policy: ", "policy.yaml")]
    [InlineData("""{"metadata":{"name":"policy","namespace":"openclaw","resourceVersion":"8"},"data":{"policy.yaml":"canary: {version: v9}"}}""", "ConfigMap openclaw/policy, policy.yaml:1:19: ", "v9 is no version")]
    [InlineData("""{"metadata":{"name":"policy","namespace":"openclaw","resourceVersion":"8"},"data":{"policy.yaml":"a: b: c"}}""", "ConfigMap openclaw/policy, policy.yaml:1:", "")]
    [InlineData(null, "ConfigMap openclaw/policy: does not exist", "")]
    public async Task ConfigMapWithoutAGoodPolicy_ChangesNothingAndIsTold(string? item, string place, string text)
    {
        using KubernetesScene scene = Start();
        ScriptedCall watch = await scene.BeginAsync("configmaps", ConfigMap("5", Weighing(0.2)));
        await scene.UntilWeightAsync(0.2);
        watch.Send(item is null ? "DELETED" : "MODIFIED", item ?? ConfigMap("8", Weighing(0.2)));
        await UntilAsync(() => scene.Log.With("stays in force").Count == 1); // the last line of it
        Assert.Equal((0.2, false), (scene.Weight, scene.Control.LastReloadSuccessful));
        Assert.Contains(scene.Log.All, line => line.StartsWith("Error: " + place) && line.Contains(text));
        Assert.Contains("openclaw_policy_last_reload_successful 0", scene.Metrics());

        watch.Send("MODIFIED", ConfigMap("9", Weighing(0.2)));
        await UntilAsync(() => scene.Control.LastReloadSuccessful);
    }

    [Fact]
    public async Task ConfigMapThatIsNoLongerNamed_GivesWayToTheFile()
    {
        using KubernetesScene scene = Start();
        await scene.BeginAsync("configmaps", ConfigMap("5", Weighing(0.2)));
        await scene.UntilWeightAsync(0.2);
        await scene.ReloadAsync("edge.yaml", ServerAt8001);
        await scene.UntilWeightAsync(0.1);
        Assert.Empty(scene.Kubernetes.Watches);
    }

    [Fact]
    public async Task PolicyThatFollowsARoute_IsFollowedAtOnce()
    {
        using KubernetesScene scene = Start();
        Task heard = scene.Kubernetes.HearFirstWordsAsync(TimeSpan.FromSeconds(2));
        await scene.BeginAsync("configmaps", ConfigMap("5", Following));
        await scene.BeginAsync("httproutes", Route("5", 60, 40));
        await heard.WaitAsync(TestKit.Deadline.Patience); // for both, as the start must not be without the second
        Assert.Equal(0.4, scene.Weight);
        Assert.Equal(["httproute", "configmap"], scene.Kubernetes.Watches.Select(watch => watch.Object.Label));
    }
}
