// Objects that cannot be followed, and servers that do not send what they should: what was good before stays in force, the log and a metric say why, the
// edge stays ready, and the next good word counts.

using System.Text.Json.Nodes;
using OpenClaw.TestKit.Kubernetes;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

public sealed class BadObjectTests
{
    private const string Refused = "openclaw_kubernetes_objects_refused_total";

    /// <summary>By case: the spec, and what the log says of it.</summary>
    private static readonly Dictionary<string, (string Spec, string Log)> BadRoutes = new()
    {
        ["negative weight"] = ("""{"rules": [{"backendRefs": [{"name": "rating-api-stable", "weight": 101}, {"name": "rating-api-canary", "weight": -1}]}]}""", "weight"),
        ["weight that is text"] = ("""{"rules": [{"backendRefs": [{"name": "rating-api-stable", "weight": 1}, {"name": "rating-api-canary", "weight": "half"}]}]}""", "weight"),
        ["no rules"] = ("""{"rules": []}""", "spec.rules"),
        ["rules that are none"] = ("""{"rules": 5}""", "rules"),
        ["none of our Services"] = ("""{"rules": [{"backendRefs": [{"name": "stranger", "weight": 1}]}]}""", "rating-api-stable"),
        ["a path"] = ("""{"rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "/api"}}], "backendRefs": [{"name": "rating-api-canary"}]}]}""", "path"),
        ["a host"] = ("""{"hostnames": ["example.com"], "rules": [{"backendRefs": [{"name": "rating-api-canary"}]}]}""", "example.com"),
    };

    public static TheoryData<string> BadSpecs => [.. BadRoutes.Keys];

    [Theory, MemberData(nameof(BadSpecs))]
    public async Task RouteThatCannotBeFollowed_ChangesNothing(string what)
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20);
        scene.Load(500);
        int lines = scene.Edge.Process.Lines.Count;
        PutSpec(scene, BadRoutes[what].Spec);
        string line = await scene.Edge.Process.WaitForLineAsync("is not followed", lines);
        Assert.Contains(BadRoutes[what].Log, line);
        Assert.Contains("what it said before stays in force", line);
        Assert.Equal((1, 0), (await scene.MetricAsync(Refused, "resource=\"httproute\""), await scene.MetricAsync("openclaw_kubernetes_object_accepted", "resource=\"httproute\"")));
        await scene.WeightAsync(20, TimeSpan.Zero);
        await ThenFollowsAsync(scene, 50);
        Assert.Equal(1, await scene.MetricAsync("openclaw_kubernetes_object_accepted", "resource=\"httproute\""));
    }

    [Theory, InlineData("""{"canary": {"weights": {"canary": {"weight": -5}, "stable": {"weight": 105}}}}"""), InlineData("""{"canary": {"weights": 7}}"""), InlineData("""{"canary": {"weights": {"canary": {"weight": 30}}}}""")]
    public async Task StatusThatCannotBeFollowed_ChangesNothing(string status)
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20, new ClusterSetup { HasRoute = false });
        scene.Load(500);
        JsonObject rollout = scene.Api.Store.Get(ResourceKind.Rollout, "openclaw", "rating-api").Copy();
        rollout["status"] = Objects.Parse(status);
        scene.Api.Store.Put(ResourceKind.Rollout, "openclaw", rollout);
        await scene.ReachesAsync(1, Refused, "resource=\"rollout\"");
        await scene.WeightAsync(20, TimeSpan.Zero);
        await ThenFollowsAsync(scene, 50);
    }

    [Fact]
    public async Task UnknownFieldsAndMissingWeights_AreNothingBad()
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20);
        PutSpec(scene, """{"of-tomorrow": {"a": [1, {"b": null}]}, "rules": [{"tomorrow": true, "backendRefs": [{"name": "rating-api-stable", "x": "ü"}, {"name": "rating-api-canary"}]}]}""");
        await scene.WeightAsync(50); // one each, as the Gateway API has it
        await ThenFollowsAsync(scene, 30);
        Assert.Equal(0, await scene.MetricAsync(Refused));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task DeletedObject_TakesTheCanaryOutUntilItIsBack(bool hasRoute)
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20, new ClusterSetup { HasRoute = hasRoute });
        scene.Load(500);
        ResourceKind kind = hasRoute ? ResourceKind.HttpRoute : ResourceKind.Rollout;
        JsonObject whole = scene.Api.Store.Delete(kind, "openclaw", "rating-api").Copy();
        await scene.WeightAsync(0);
        await scene.Edge.Process.WaitForLineAsync("does not exist; the canaries get nothing");
        scene.Api.Store.Put(kind, "openclaw", whole);
        await scene.WeightAsync(20);
        await scene.EndAsync();
    }

    [Fact]
    public async Task HugeObject_IsFollowedAndAMonsterIsNot()
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20);
        scene.Load(500);
        scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", Objects.Route(40, note: new string('x', 1 << 20)));
        await scene.WeightAsync(40);
        long memory = scene.Edge.Process.ResidentBytes();
        scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", Objects.Route(60, note: new string('x', 32 << 20)));
        await scene.ReachesAsync(1, "openclaw_kubernetes_watch_failures_total", "resource=\"httproute\"", "cause=\"malformed\"");
        await scene.WeightAsync(40, TimeSpan.Zero);
        Assert.InRange(scene.Edge.Process.ResidentBytes() - memory, long.MinValue, 24L << 20);
        scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", Objects.Route(30));
        await scene.WeightAsync(30);
        await scene.EndAsync();
    }

    /// <summary>By case: the lie, and the cause under which it is counted.</summary>
    [Theory]
    [InlineData("another object"), InlineData("another namespace"), InlineData("no metadata"), InlineData("no JSON"), InlineData("half a line"), InlineData("an object that is none"), InlineData("an endless line")]
    public async Task ServerThatLies_ChangesNothing(string what)
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20);
        scene.Load(500);
        ApiFaults faults = scene.Api.Faults;
        JsonObject stranger = Objects.Route(99, "another");
        (stranger["metadata"]!["namespace"], stranger["metadata"]!["resourceVersion"]) = ("openclaw", "77");
        JsonObject elsewhere = Objects.Route(99);
        (elsewhere["metadata"]!["namespace"], elsewhere["metadata"]!["resourceVersion"]) = ("elsewhere", "77");
        switch (what)
        {
            case "half a line": faults.CutLines(1); break;
            case "no JSON": faults.Garble = _ => "no, not today"; break;
            case "an endless line": faults.Garble = _ => new string('{', 6 << 20); break;
            case "an object that is none": faults.Garble = _ => """{"type":"MODIFIED","object":[1,2,3]}"""; break;
            case "no metadata": faults.Lie = _ => Objects.Parse("""{"spec":{}}"""); break;
            default: faults.Lie = _ => what == "another object" ? stranger.DeepClone() : elsewhere.DeepClone(); break;
        }

        scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", Objects.Route(60));
        await scene.ReachesAsync(1, "openclaw_kubernetes_watch_failures_total", "resource=\"httproute\"", $"cause=\"{(what == "half a line" ? "unreachable" : "malformed")}\"");
        if (what != "half a line")
        {
            await scene.WeightAsync(20, TimeSpan.Zero);
        }

        Assert.True(await scene.IsReadyAsync());
        (faults.Lie, faults.Garble) = (null, null);
        await scene.WeightAsync(60);
        await scene.EndAsync();
    }

    [Fact]
    public async Task OddButHonestServer_IsUnderstood()
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20, new ClusterSetup { Server = new ApiServerOptions { ScrambledVersions = true } });
        scene.Load(500);
        ApiFaults faults = scene.Api.Faults;
        faults.SplitCharacters = true;
        scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", Objects.Route(30, note: "größer, 大きい, 🦞"));
        await scene.WeightAsync(30);
        faults.SplitCharacters = false;
        faults.Slow = new SlowBody(7, TimeSpan.FromMilliseconds(1));
        scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", Objects.Route(40));
        await scene.WeightAsync(40);
        faults.Slow = null;
        faults.RepeatAdded = true;
        scene.Api.ExpireWatches();
        await scene.ReachesAsync(1, "openclaw_kubernetes_watch_events_total", "resource=\"httproute\"", "type=\"added\"");
        faults.Garble = line => line.Replace("MODIFIED", "OF_TOMORROW");
        scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", Objects.Route(50));
        await Task.Delay(200);
        await scene.WeightAsync(40, TimeSpan.Zero); // an event of a kind that nobody knows is overlooked
        faults.Garble = null;
        scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", Objects.Route(60));
        await scene.WeightAsync(60);
        await scene.EndAsync();
    }

    private static void PutSpec(ClusterScene scene, string spec)
    {
        JsonObject route = scene.Api.Store.Get(ResourceKind.HttpRoute, "openclaw", "rating-api").Copy();
        route["spec"] = Objects.Parse(spec);
        scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", route);
    }

    private static async Task ThenFollowsAsync(ClusterScene scene, int weight)
    {
        if (scene.Source == "httproute")
        {
            scene.Api.Store.Put(ResourceKind.HttpRoute, "openclaw", Objects.Route(weight));
        }
        else
        {
            await scene.Controller.SetWeightAsync(weight);
        }

        await scene.WeightAsync(weight);
        await scene.EndAsync();
    }
}
