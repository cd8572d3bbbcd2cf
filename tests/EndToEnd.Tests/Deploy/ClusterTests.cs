// The rendered objects at work: an edge with the two rendered files and the rights of the rendered Role, against an API server that has the rendered
// route, Rollout and ConfigMap; and Helm, asking that server what is there already.

using System.Text.Json.Nodes;
using OpenClaw.TestKit.Kubernetes;

namespace OpenClaw.EndToEnd.Tests.Deploy;

public sealed class ClusterTests
{
    private const string Home = "openclaw", Token = "of-the-pod";

    [Theory]
    [InlineData("edge + monitoring + sample")]
    [InlineData("helm-4: sample")]
    public async Task EdgeOfTheManifests_FollowsRouteAndPolicy_WithItsRoleAlone(string name)
    {
        Manifests manifests = (await Rendering.GetAsync(name)).Manifests;
        await using FakeApiServer api = await FakeApiServer.StartAsync();
        JsonNode policy = Plain(manifests.Find("ConfigMap", "token-bucket-policy", Home)!);
        api.Store.Put(ResourceKind.ConfigMap, Home, policy.AsObject());
        api.Store.Put(ResourceKind.HttpRoute, Home, Plain(manifests.Find("HTTPRoute", "rating-api", Home)!).AsObject());
        api.Store.Put(ResourceKind.Rollout, Home, Plain(manifests.Find("Rollout", "rating-api", Home)!).AsObject());
        api.Access.Grant(Token, "system:serviceaccount:openclaw:openclaw-edge", [.. RightsOf(manifests)]);

        using TestFolder folder = new();
        await using EdgeProcess edge = await StartAsync(manifests, api, folder);
        await EffectiveAsync(edge, 0); // as the route says; without a word from it as well, hence the next
        Weigh(api, 20);
        await EffectiveAsync(edge, 0.2);
        JsonNode status = await StatusAsync(edge);
        Assert.Equal(["configmap", "httproute", "rollout"], status.Each("kubernetes").Where(watch => watch.Text("connected") == "true").Select(watch => watch.Text("resource")!).Order());

        policy["data"]!["policy.yaml"] = policy.Text("data/policy.yaml")!.Replace("weight: 100%", "weight: 0%"); // the rollback by hand
        api.Store.Put(ResourceKind.ConfigMap, Home, policy.DeepClone().AsObject());
        await EffectiveAsync(edge, 0);
    }

    /// <summary>Argo's weights and selectors outlast an upgrade, since what is there already is not rendered; what is not there is made.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upgrade_LeavesRouteAndServicesAloneOnceTheyAreThere(bool installOnce)
    {
        string program = Needs.NpmProgram("helm-3"); // 4 would ask this server for kinds that it does not know; the templates are the same
        await using FakeApiServer api = await FakeApiServer.StartAsync();
        string before = await TemplateAsync(program, api, installOnce);
        Assert.Equal((3, installOnce ? 3 : 0), (Traffic(before), before.Split("helm.sh/hook: pre-install,pre-upgrade").Length - 1));

        foreach ((ResourceKind kind, string name) in new[] { (ResourceKind.HttpRoute, "rating-api"), (ResourceKind.Service, "rating-api-stable"), (ResourceKind.Service, "rating-api-canary") })
        {
            api.Store.Put(kind, Home, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = new JsonObject() });
        }

        Assert.Equal(installOnce ? 0 : 3, Traffic(await TemplateAsync(program, api, installOnce)));
    }

    private static async Task<string> TemplateAsync(string helm, FakeApiServer api, bool installOnce)
    {
        using TestFolder folder = new();
        await using Child run = await Child.RunAsync(helm, ["template", "openclaw-edge", Renderer.Chart, "--namespace", Home, "--dry-run=server", "--is-upgrade",
            "--kubeconfig", "/dev/null", "--kube-apiserver", api.Url, "--disable-openapi-validation", "--api-versions", Renderer.Argo, "--api-versions", Renderer.Gateway, "--set", $"sample.enabled=true,sample.installOnce={(installOnce ? "true" : "false")}"]);
        Assert.True(run.ExitCode == 0, run.Output);
        return run.Output;
    }

    private static int Traffic(string text) =>
        text.Split("\n---\n").Count(document => document.Contains("kind: HTTPRoute") || (document.Contains("kind: Service\n") && document.Contains("name: rating-api-")));

    private static IEnumerable<AccessRule> RightsOf(Manifests manifests) =>
        manifests.Find("Role", "openclaw-edge", Home).Each("rules").Select(rule =>
            new AccessRule(Home, ResourceKind.All.Single(kind => kind.Group == rule.Words("apiGroups").Single() && kind.Plural == rule.Words("resources").Single()),
                [.. rule.Words("verbs")], [.. rule.Words("resourceNames")]));

    private static async Task<EdgeProcess> StartAsync(Manifests manifests, FakeApiServer api, TestFolder folder)
    {
        (JsonNode? edge, JsonNode? policy, _) = EdgeRules.Files(manifests, manifests.Find("Deployment", "openclaw-edge", Home)!);
        edge = edge!.DeepClone();
        (edge["kubernetes"]!["tokenFile"], edge["kubernetes"]!["namespace"]) = (folder.Write("token", Token), Home); // which a kubelet mounts
        return await EdgeProcess.StartAsync(
        [
            "--config", folder.Write("edge.yaml", edge.ToJsonString()), "--policy", folder.Write("policy.yaml", policy!.ToJsonString()),
            "--listen", "http://127.0.0.1:0", "--admin", "127.0.0.1:0", "--workers", "1", "--kube-api", api.Url,
        ], listeners: 1);
    }

    private static void Weigh(FakeApiServer api, int canary) => api.Store.Update(ResourceKind.HttpRoute, Home, "rating-api", route =>
    {
        foreach (JsonNode backend in route.Each("spec/rules").SelectMany(rule => rule.Each("backendRefs")))
        {
            backend["weight"] = backend.Text("name") == "rating-api-canary" ? canary : 100 - canary;
        }

        return route;
    });

    private static Task EffectiveAsync(EdgeProcess edge, double weight) =>
        Deadline.UntilAsync(async () => (double?)(await StatusAsync(edge)).At("weight/effective") == weight, $"a weight of {weight}", log: () => edge.Process.Output);

    private static async Task<JsonNode> StatusAsync(EdgeProcess edge)
    {
        using HttpClient http = new() { Timeout = Deadline.Patience };
        return JsonNode.Parse(await http.GetStringAsync($"{edge.Admin}/status"))!;
    }

    private static JsonNode Plain(JsonNode document)
    {
        JsonNode plain = document.DeepClone();
        plain.AsObject().Remove("$data");
        return plain;
    }
}
