// The edge and an API server: weights of a route and the policy of a ConfigMap reach the traffic, and outlast the server's absence.

using System.Text.Json;

namespace OpenClaw.EndToEnd.Tests;

public sealed class KubernetesWatchTests : IAsyncDisposable
{
    private const string Following = "weightFrom: {httpRoute: rating-api, services: {v1: rating-api-stable, v2: rating-api-canary}}\ncanary: {version: v2}\n";

    private readonly TestFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = Deadline.Patience };
    private readonly RawUpstream _stable = RawUpstream.Answering(Scene.Ok), _canary = RawUpstream.Answering(Scene.Ok);
    private readonly ScriptedApiServer _api = new();

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _stable.DisposeAsync();
        await _canary.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    private Task<EdgeProcess> StartAsync(string policy, string more = "") => EdgeProcess.StartAsync(["--config", _folder.Write("edge.yaml", $$"""
        listeners: [{address: "127.0.0.1:0"}]
        admin: {address: "127.0.0.1:0"}
        workers: 2
        versions:
          v1: {endpoints: ["{{_stable.Url}}"]}
          v2: {endpoints: ["{{_canary.Url}}"]}
        policy: {{_folder.Write("policy.yaml", policy)}}
        kubernetes: {api: "{{_api.Url}}", namespace: openclaw{{more}}}
        """)], listeners: 1);

    private async Task<JsonElement> StatusAsync(EdgeProcess edge) => JsonDocument.Parse(await _http.GetStringAsync(edge.Admin + "/status")).RootElement;

    private async Task<double> WeightAsync(EdgeProcess edge) => (await StatusAsync(edge)).GetProperty("weight").GetProperty("effective").GetDouble();

    private Task WeighsAsync(EdgeProcess edge, double weight) => Deadline.UntilAsync(async () => await WeightAsync(edge) == weight, $"a weight of {weight}");

    [Fact]
    public async Task WeightsOfARoute_CountFromTheFirstRequestOn()
    {
        await _api.SetAsync("httproutes", "rating-api", ScriptedApiServer.Route(75, 25));
        await using EdgeProcess edge = await StartAsync(Following);
        Assert.Equal(0.25, await WeightAsync(edge));
        await LoadGenerator.RunAsync(edge.Port, 2, 400);
        Assert.Equal(100, _canary.Requests.Count);

        await _api.SetAsync("httproutes", "rating-api", ScriptedApiServer.Route(0, 100));
        await WeighsAsync(edge, 1);
        await _api.SetAsync("httproutes", "rating-api", ScriptedApiServer.Route(100, 0));
        await WeighsAsync(edge, 0);
        MetricsPage page = await MetricsPage.ReadAsync(edge.Admin!);
        Assert.Equal(2, page.Sum("openclaw_kubernetes_watch_events_total", "resource=\"httproute\"", "type=\"modified\""));
        Assert.Equal(1, page.Sum("openclaw_kubernetes_watch_connected", "resource=\"httproute\""));
        Assert.Equal(1, page.Sum("openclaw_kubernetes_object_accepted", "resource=\"httproute\""));
    }

    [Fact]
    public async Task LostWatch_KeepsTheLastWeightAndComesBackWithTheNews()
    {
        await _api.SetAsync("httproutes", "rating-api", ScriptedApiServer.Route(75, 25));
        await using EdgeProcess edge = await StartAsync(Following);
        await WeighsAsync(edge, 0.25);
        await _api.DropWatchesAsync();
        await edge.Process.WaitForLineAsync("HTTPRoute openclaw/rating-api cannot be watched");
        Assert.Equal(0.25, await WeightAsync(edge));
        await _api.SetAsync("httproutes", "rating-api", ScriptedApiServer.Route(50, 50));
        await WeighsAsync(edge, 0.5);
    }

    [Fact]
    public async Task DeletedRoute_TakesTheCanaryOut()
    {
        await _api.SetAsync("httproutes", "rating-api", ScriptedApiServer.Route(75, 25));
        await using EdgeProcess edge = await StartAsync(Following);
        await WeighsAsync(edge, 0.25);
        await _api.DeleteAsync("httproutes", "rating-api");
        await WeighsAsync(edge, 0);
        JsonElement watch = (await StatusAsync(edge)).GetProperty("kubernetes")[0];
        Assert.Equal((true, false, "does not exist; the canaries get nothing"), (watch.GetProperty("connected").GetBoolean(), watch.GetProperty("accepted").GetBoolean(), watch.GetProperty("problem").GetString()));
    }

    [Fact]
    public async Task PolicyOfAConfigMap_CountsInThePlaceOfTheFile()
    {
        await _api.SetAsync("configmaps", "token-bucket-policy", ScriptedApiServer.ConfigMap("canary: {version: v2, weight: 0.25}\n"));
        await using EdgeProcess edge = await StartAsync("canary: {version: v2, weight: 0.1}\n", ", policyConfigMap: token-bucket-policy");
        Assert.Equal(0.25, await WeightAsync(edge));

        await _api.SetAsync("configmaps", "token-bucket-policy", ScriptedApiServer.ConfigMap("canary: {version: v2, weight: 5}\n"));
        await edge.Process.WaitForLineAsync("ConfigMap openclaw/token-bucket-policy, policy.yaml:1:31: weight: 5 is above 1");
        Assert.Equal(0.25, await WeightAsync(edge));
        Assert.False((await StatusAsync(edge)).GetProperty("lastReloadSuccessful").GetBoolean());

        await _api.SetAsync("configmaps", "token-bucket-policy", ScriptedApiServer.ConfigMap("canary: {version: v2, weight: 0.5}\n"));
        await WeighsAsync(edge, 0.5);
        Assert.True((await StatusAsync(edge)).GetProperty("lastReloadSuccessful").GetBoolean());
    }
}
