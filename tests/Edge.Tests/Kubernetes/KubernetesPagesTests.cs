// What /metrics and /status say of the objects that are followed.

using System.Text.Json;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Observe;
using static OpenClaw.Edge.Tests.Kubernetes.KubernetesScene;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class KubernetesPagesTests
{
    private static JsonElement Status(KubernetesScene scene) =>
        JsonDocument.Parse(new StatusPage(scene.Control, () => Clock.Now).Render()).RootElement.GetProperty("kubernetes");

    [Fact]
    public async Task WatchThatStands_IsShown()
    {
        using KubernetesScene scene = new();
        ScriptedCall watch = await scene.BeginAsync("httproutes", Route("5", 90, 10));
        watch.Send("MODIFIED", Route("8", 80, 20));
        watch.Send("BOOKMARK", WatchScene.Bookmark("9"));
        watch.Send("MODIFIED", Object("rating-api", "10", "7"));
        await UntilAsync(() => scene.Kubernetes.Watches[0].Version == "10");
        scene.Time.Advance(TimeSpan.FromSeconds(12.5));

        string problem = scene.Kubernetes.Watches[0].Problem!;
        Assert.Equal($$"""[{"resource":"httproute","namespace":"openclaw","name":"rating-api","connected":true,"ageSeconds":12.5,"resourceVersion":"10","accepted":false,"problem":{{JsonSerializer.Serialize(problem)}}}]""", Status(scene).GetRawText());
        string[] metrics = scene.Metrics().Split('\n');
        Assert.Contains("openclaw_kubernetes_watch_connected{resource=\"httproute\"} 1", metrics);
        Assert.Contains("openclaw_kubernetes_watch_age_seconds{resource=\"httproute\"} 12.5", metrics);
        Assert.Contains("openclaw_kubernetes_object_accepted{resource=\"httproute\"} 0", metrics);
        Assert.Contains("openclaw_kubernetes_objects_refused_total{resource=\"httproute\"} 1", metrics);
        Assert.Equal(["added 0", "modified 2", "deleted 0", "bookmark 1", "error 0"], Labelled(metrics, "watch_events_total", "type"));
        Assert.Equal(["unreachable 0", "unauthorized 0", "forbidden 0", "expired 0", "throttled 0", "server 0", "malformed 0", "silent 0"], Labelled(metrics, "watch_failures_total", "cause"));
    }

    [Fact]
    public async Task WatchThatFails_SaysWhy()
    {
        using KubernetesScene scene = new();
        (await scene.Api.NextAsync()).Answer(System.Net.HttpStatusCode.Forbidden, """{"kind":"Status","code":403,"message":"User \"x\" cannot list httproutes"}""");
        await UntilAsync(() => scene.Kubernetes.Watches[0].Problem is not null);
        JsonElement watch = Assert.Single(Status(scene).EnumerateArray());
        Assert.Equal((false, JsonValueKind.Null, false, "the API server says 403: User \"x\" cannot list httproutes; compare name and namespace with those of its Role, which has to allow list and watch"),
            (watch.GetProperty("connected").GetBoolean(), watch.GetProperty("resourceVersion").ValueKind, watch.GetProperty("accepted").GetBoolean(), watch.GetProperty("problem").GetString()));
        Assert.Contains("openclaw_kubernetes_watch_failures_total{resource=\"httproute\",cause=\"forbidden\"} 1", scene.Metrics());
    }

    /// <summary>A counter that began anew with every reload would hide what happened before.</summary>
    [Fact]
    public async Task Counters_OutliveTheWatchOfOneQuestion()
    {
        using KubernetesScene scene = new();
        ScriptedCall watch = await scene.BeginAsync("httproutes", Route("5", 90, 10));
        watch.Send("MODIFIED", Route("8", 80, 20));
        await scene.UntilWeightAsync(0.2);
        await scene.ReloadAsync("policy.yaml", Following.Replace("v2: canary", "v2: other"));
        Assert.Contains("openclaw_kubernetes_watch_events_total{resource=\"httproute\",type=\"modified\"} 1", scene.Metrics());
    }

    [Fact]
    public void WithoutAnythingToFollow_ThereAreNoSeries()
    {
        using KubernetesScene scene = new("canary: {version: v2, weight: 0.1}");
        Assert.Equal("[]", Status(scene).GetRawText());
        Assert.DoesNotContain(scene.Metrics().Split('\n'), line => line.StartsWith("openclaw_kubernetes_", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Labelled(string[] metrics, string name, string label) => metrics
        .Where(line => line.StartsWith($"openclaw_kubernetes_{name}{{", StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(label + "=\"", StringComparison.Ordinal) + label.Length + 2)..].Replace("\"}", ""));
}
