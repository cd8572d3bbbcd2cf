// What the objects of Kubernetes say, in force: weights, ages, refusals, and which watches stand under which configuration.

using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Policy;
using static OpenClaw.Edge.Tests.Kubernetes.KubernetesScene;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class KubernetesControlTests
{
    private const string Rollout = """{"strategy":{"canary":{"canaryService":"canary","stableService":"stable"}}},"status":{"stableRS":"aaa","currentPodHash":"bbb","canary":{"weights":{"canary":{"weight":20,"serviceName":"canary","podTemplateHash":"bbb"},"stable":{"weight":80,"serviceName":"stable","podTemplateHash":"aaa"}}}}""";

    [Fact]
    public async Task WeightsOfTheRoute_ComeIntoForceAsNoticedWhenTheyCame()
    {
        using KubernetesScene scene = new();
        Assert.Equal(0, scene.Weight);
        ScriptedCall watch = await scene.BeginAsync("httproutes", Route("5", 90, 10));
        Assert.Equal(0.1, scene.Weight);
        scene.Time.Advance(TimeSpan.FromSeconds(9));
        watch.Send("MODIFIED", Route("8", 60, 40));
        await scene.UntilWeightAsync(0.4);
        Assert.Equal(scene.Time.GetTimestamp(), scene.Snapshot.NoticedAt);
        Assert.Contains("Information: HTTPRoute openclaw/rating-api: v2 40 %", scene.Log.All);
        Assert.Contains("Information: HTTPRoute openclaw/rating-api is watched, at http://127.0.0.1:8001", scene.Log.All);
    }

    [Fact]
    public async Task WordThatIsNoNews_ChangesNothing()
    {
        using KubernetesScene scene = new();
        ScriptedCall watch = await scene.BeginAsync("httproutes", Route("5", 90, 10));
        Plan plan = scene.Control.Plan;
        watch.Send("MODIFIED", Route("8", 9, 1));
        await UntilAsync(() => scene.Kubernetes.Watches[0].Version == "8");
        Assert.Same(plan, scene.Control.Plan);
        Assert.Single(scene.Log.With("v2 10 %"));
    }

    [Fact]
    public async Task RefusedRoute_KeepsWhatWasSaidAndIsToldOnce()
    {
        using KubernetesScene scene = new();
        ScriptedCall watch = await scene.BeginAsync("httproutes", Route("5", 90, 10));
        foreach (string version in new[] { "8", "9" })
        {
            watch.Send("MODIFIED", Object("rating-api", version, """{"rules":"none"}"""));
            await UntilAsync(() => scene.Kubernetes.Watches[0].Version == version);
        }

        WatchStatus status = scene.Kubernetes.Watches[0];
        Assert.Equal((0.1, false, 2), (scene.Weight, status.IsAccepted, status.Counts.Refused));
        string line = Assert.Single(scene.Log.With("is not followed"));
        Assert.StartsWith("Error: HTTPRoute openclaw/rating-api is not followed: ", line);
        Assert.EndsWith("; what it said before stays in force", line);

        watch.Send("MODIFIED", Route("10", 90, 10));
        await UntilAsync(() => scene.Kubernetes.Watches[0].IsAccepted);
        Assert.Contains("Information: HTTPRoute openclaw/rating-api is followed again", scene.Log.All);
    }

    /// <summary>Nothing in the edge is known to throw there; a log that does stands for what is not known.</summary>
    [Fact]
    public async Task ObjectThatMakesTheEdgeThrow_DoesNotEndItsWatch()
    {
        using KubernetesScene scene = new();
        ScriptedCall watch = await scene.BeginAsync("httproutes", Route("5", 90, 10));
        await UntilAsync(() => scene.Kubernetes.Watches[0].IsConnected);
        scene.Log.Failing = "v2 40 %";
        watch.Send("MODIFIED", Route("8", 60, 40));
        await UntilAsync(() => scene.Log.With("a fault of the edge itself and begins anew").Count == 1 && !scene.Kubernetes.Watches[0].IsConnected);
        await scene.Time.PassAsync(TimeSpan.FromSeconds(30));
        await scene.BeginAsync("httproutes", Route("9", 100, 0)); // asks what there is now, not for the same event again
        await scene.UntilWeightAsync(0);
        await UntilAsync(() => scene.Kubernetes.Watches[0].IsConnected);
    }

    [Fact]
    public async Task NotesWithoutEnd_AreCutShort()
    {
        using KubernetesScene scene = new();
        string others = string.Concat(Enumerable.Range(0, 300).Select(i => $$"""{"name":"other-{{i}}","weight":1},"""));
        await scene.BeginAsync("httproutes", Route("5", 1, 99).Replace("""{"name":"stable",""", others + """{"name":"stable",""", StringComparison.Ordinal));
        await scene.UntilWeightAsync(99.0 / 400);
        await UntilAsync(() => scene.Log.With("by header").Count + scene.Log.With("v2 24.75 %").Count == 1);
        Assert.Equal(16, scene.Log.With("is no version of this edge").Count);
        Assert.Single(scene.Log.With("284 more of this sort"));
    }

    [Fact]
    public async Task AbsentRoute_LeavesNothingToTheCanaries()
    {
        using KubernetesScene scene = new();
        ScriptedCall watch = await scene.BeginAsync("httproutes", Route("5", 90, 10));
        watch.Send("DELETED", Route("8", 90, 10));
        await scene.UntilWeightAsync(0);
        await UntilAsync(() => scene.Log.With("does not exist").Count == 1);
        Assert.Equal("Error: HTTPRoute openclaw/rating-api does not exist; the canaries get nothing", scene.Log.With("does not exist")[0]);
    }

    [Fact]
    public async Task LostWatch_KeepsTheWeightAndIsToldOncePerCause()
    {
        using KubernetesScene scene = new();
        ScriptedCall watch = await scene.BeginAsync("httproutes", Route("5", 90, 10));
        await UntilAsync(() => scene.Kubernetes.Watches[0].IsConnected);
        watch.Break();
        for (int attempt = 0; attempt < 3; attempt++)
        {
            await UntilAsync(() => { scene.Time.Advance(TimeSpan.FromMilliseconds(100)); return scene.Api.HasCall; });
            (await scene.Api.NextAsync()).Fail(new HttpRequestException("refused"));
            await UntilAsync(() => scene.Kubernetes.Watches[0].Counts.Failures((int)WatchFailure.Unreachable) == attempt + 2);
        }

        Assert.Equal((0.1, false), (scene.Weight, scene.Kubernetes.Watches[0].IsConnected));
        Assert.Equal(["Warning: HTTPRoute openclaw/rating-api cannot be watched (unreachable): the connection was reset; what it said last counts, and the edge goes on trying"], scene.Log.With("cannot be watched"));
        await UntilAsync(() => { scene.Time.Advance(TimeSpan.FromMilliseconds(100)); return scene.Api.HasCall; });
        await scene.BeginAsync("httproutes", Route("9", 70, 30));
        await scene.UntilWeightAsync(0.3);
        await UntilAsync(() => scene.Log.With("is watched again, after ").Count == 1);
    }

    [Fact]
    public async Task VersionThatTheServerForgets_IsToldOnlyIfThatGoesOn()
    {
        const string Gone = """{"kind":"Status","code":410,"reason":"Expired","message":"too old"}""";
        using KubernetesScene scene = new();
        (await scene.BeginAsync("httproutes", Route("5", 90, 10))).Send("ERROR", Gone);
        ScriptedCall watch = await scene.BeginAsync("httproutes", Route("5", 90, 10));
        await UntilAsync(() => scene.Kubernetes.Watches[0].IsConnected);
        Assert.Single(scene.Log.With("is watched"));
        watch.Send("ERROR", Gone);
        await UntilAsync(() => { scene.Time.Advance(TimeSpan.FromMilliseconds(100)); return scene.Api.HasCall; });
        (await scene.Api.NextAsync()).Answer(System.Net.HttpStatusCode.Gone, Gone);
        await UntilAsync(() => scene.Log.With("cannot be watched (expired): the API server says 410: too old").Count == 1);
    }

    [Fact]
    public async Task OldNews_CountForNothingUntilTheServerSpeaks()
    {
        using KubernetesScene scene = new(Following.Replace("v2: canary}", "v2: canary}, staleAfter: 200s"));
        ScriptedCall watch = await scene.BeginAsync("httproutes", Route("5", 90, 10));
        await UntilAsync(() => scene.Kubernetes.Watches[0].IsConnected);
        scene.Time.Advance(TimeSpan.FromSeconds(149));
        watch.Send("BOOKMARK", WatchScene.Bookmark("8"));
        await UntilAsync(() => scene.Kubernetes.Watches[0].Version == "8");
        scene.Time.Advance(TimeSpan.FromSeconds(199));
        scene.Kubernetes.Tick();
        Assert.Equal(0.1, scene.Weight);
        scene.Time.Advance(TimeSpan.FromSeconds(1));
        scene.Kubernetes.Tick();
        Assert.Equal((0, scene.Time.GetTimestamp()), (scene.Weight, scene.Snapshot.NoticedAt));
        Assert.Single(scene.Log.With("no word of the API server for 200 s"));

        await UntilAsync(() => { scene.Time.Advance(TimeSpan.FromMilliseconds(100)); return scene.Api.HasCall; });
        await scene.BeginAsync("httproutes", Route("5", 90, 10)); // the same as before, and yet news
        await scene.UntilWeightAsync(0.1);
        Assert.Single(scene.Log.With("the API server speaks again"));
    }

    [Fact]
    public async Task RolloutBesideARoute_TellsOnlyTheReleases()
    {
        using KubernetesScene scene = new(Following.Replace("httpRoute: rating-api", "httpRoute: rating-api, rollout: rating"));
        await scene.BeginAsync("rollouts", Object("rating", "5", Rollout));
        Assert.Null(scene.Snapshot.External); // the route has the weights
        await scene.BeginAsync("httproutes", Route("5", 90, 10));
        Assert.Equal(0.1, scene.Weight);
        Assert.Equal("bbb", scene.Snapshot.External!.Releases["v2"]);
    }

    [Fact]
    public async Task RolloutThatComesAfterTheRoute_IsNoNewsOfTheWeights()
    {
        using KubernetesScene scene = new(Following.Replace("httpRoute: rating-api", "httpRoute: rating-api, rollout: rating"));
        await scene.BeginAsync("httproutes", Route("5", 90, 10));
        await scene.BeginAsync("rollouts", Object("rating", "5", Rollout));
        Assert.Equal("bbb", scene.Snapshot.External!.Releases["v2"]);
        Assert.Single(scene.Log.With("v2 10 %"));
    }

    [Fact]
    public async Task RolloutAlone_HasTheWeights()
    {
        using KubernetesScene scene = new(Following.Replace("httpRoute: rating-api", "rollout: rating"));
        await scene.BeginAsync("rollouts", Object("rating", "5", Rollout));
        Assert.Equal((0.2, "bbb"), (scene.Weight, scene.Snapshot.External!.Releases["v2"]));
    }

    [Fact]
    public async Task OtherWeightsInTheFile_LeaveTheWatchAlone()
    {
        using KubernetesScene scene = new();
        await scene.BeginAsync("httproutes", Route("5", 60, 40));
        WatchStatus watch = Assert.Single(scene.Kubernetes.Watches);
        await scene.ReloadAsync("policy.yaml", Following.Replace("version: v2", "version: v2, weight: 0.3"));
        Assert.Equal(0.3, scene.Weight);
        Assert.Same(watch, Assert.Single(scene.Kubernetes.Watches));
    }

    [Fact]
    public async Task OtherQuestion_IsAskedAnew()
    {
        using KubernetesScene scene = new();
        ScriptedCall watch = await scene.BeginAsync("httproutes", Route("5", 60, 40));
        await scene.ReloadAsync("policy.yaml", Following.Replace("v2: canary", "v2: other"));
        Assert.Equal(0, scene.Weight);
        await scene.BeginAsync("httproutes", Object("rating-api", "5", """{"rules":[{"backendRefs":[{"name":"stable","weight":1},{"name":"other","weight":3}]}]}"""));
        Assert.Equal(0.75, scene.Weight);
        watch.Send("MODIFIED", Route("6", 0, 100)); // nobody hears it
        Assert.Equal(0.75, scene.Weight);

        await scene.ReloadAsync("policy.yaml", "canary: {version: v2, weight: 0.2}");
        Assert.Empty(scene.Kubernetes.Watches);
        Assert.Equal(0.2, scene.Weight);
    }

    [Fact]
    public async Task OtherApiServer_IsAskedAnew()
    {
        using KubernetesScene scene = new();
        await scene.BeginAsync("httproutes", Route("5", 60, 40));
        await scene.ReloadAsync("edge.yaml", ServerAt8001.Replace("8001", "8002"));
        await UntilAsync(() => scene.Api.HasCall);
        Assert.Equal(0.4, scene.Weight); // what is asked is the same, so what was said counts until there is another word
        await scene.BeginAsync("httproutes", Route("5", 70, 30));
        Assert.Equal(0.3, scene.Weight);
    }

    [Fact]
    public async Task FirstWords_AreWaitedForTwoSecondsAtMost()
    {
        using KubernetesScene scene = new();
        Task heard = scene.Kubernetes.HearFirstWordsAsync(TimeSpan.FromSeconds(2));
        ScriptedCall list = await scene.Api.NextAsync();
        Assert.False(heard.IsCompleted);
        list.List("7", Object("rating-api", "5", "{}")); // refused: a word all the same
        await heard.WaitAsync(TestKit.Deadline.Patience);
        Assert.Empty(scene.Log.With("does not wait"));

        using KubernetesScene silent = new();
        heard = silent.Kubernetes.HearFirstWordsAsync(TimeSpan.FromSeconds(2));
        await silent.Time.PassAsync(TimeSpan.FromSeconds(2));
        await heard.WaitAsync(TestKit.Deadline.Patience);
        Assert.Single(silent.Log.With("the start does not wait for it any longer"));
    }

    [Fact]
    public void NothingToFollow_IsNotWaitedFor()
    {
        using KubernetesScene scene = new("canary: {version: v2, weight: 0.2}");
        Assert.True(scene.Kubernetes.HearFirstWordsAsync(TimeSpan.FromSeconds(2)).IsCompleted);
        Assert.False(scene.Api.HasCall);
    }

    [Fact]
    public async Task FaultOfOurOwn_DoesNotEndTheWatch()
    {
        LogLines log = new();
        ManualTime time = new();
        ScriptedApi api = new();
        FollowedObject followed = new(new WatchedObject(WatchedKind.ConfigMap, "openclaw", "policy"), new WatchCounts(), api.Connect(time), time, log);
        followed.Start((_, _) => throw new InvalidOperationException("a bug"));
        (await api.NextAsync()).List("7", WatchScene.Item("5", "a"));
        await time.PassAsync(TimeSpan.FromSeconds(30));
        await api.NextAsync();
        Assert.Contains("ConfigMap openclaw/policy", Assert.Single(log.With("please report it")));
        followed.Stop();
    }
}
