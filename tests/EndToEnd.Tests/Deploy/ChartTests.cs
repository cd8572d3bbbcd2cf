// What the chart promises beyond single manifests: the same as kustomize's, the same from either Helm, and no restart for what is followed at run time.

using System.Text.Json.Nodes;

namespace OpenClaw.EndToEnd.Tests.Deploy;

public sealed class ChartTests
{
    /// <summary>What Helm adds for itself, and defaults that only one side writes out.</summary>
    private static readonly string[] Bookkeeping =
        ["app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart", "checksum/restart", "imagePullPolicy"];

    [Theory]
    [InlineData("helm-3: sample", "edge + monitoring + sample")]
    [InlineData("helm-3: sample without plugin", "edge-without-plugin + monitoring + sample-without-plugin")]
    [InlineData("helm-3: sample without Prometheus", "edge + sample-without-prometheus")]
    public async Task Objects_AreThoseOfKustomize(string chart, string kustomize)
    {
        Dictionary<string, JsonNode> ours = Bare(await Rendering.GetAsync(chart)), theirs = Bare(await Rendering.GetAsync(kustomize));
        Assert.Equal(theirs.Keys.Where(title => title != "Namespace openclaw").Order(), ours.Keys.Order());
        Assert.All(ours, one => Assert.True(JsonNode.DeepEquals(theirs[one.Key], one.Value), $"{one.Key}\n{theirs[one.Key].ToJsonString()}\n{one.Value.ToJsonString()}"));
    }

    [Fact]
    public async Task BothHelms_RenderTheSame()
    {
        foreach (Case one in Rendering.Cases)
        {
            Manifests three = (await Rendering.GetAsync($"helm-3: {one.Name}")).Manifests, four = (await Rendering.GetAsync($"helm-4: {one.Name}")).Manifests;
            Assert.Equal(three.All.Select(document => document.ToJsonString()).Order(), four.All.Select(document => document.ToJsonString()).Order());
        }
    }

    [Theory]
    [InlineData("{policy: {abort: true, bucket: {capacity: 5}}, edge: {upstream: {timeouts: {response: 9s}}}, versions: {canary: {port: 81}}}", false)]
    [InlineData("{workers: 3}", true)]
    [InlineData("{edge: {accessLog: {path: stdout}}}", true)]
    [InlineData("{admin: {tokenSecret: edge-token}}", true)]
    public async Task Change_RestartsPodsOnlyWhereTheEdgeWouldNotFollowIt(string values, bool restarts)
    {
        string helm = Needs.NpmProgram("helm-3");
        string before = await PodsAsync(helm, "{}"), after = await PodsAsync(helm, values);
        Assert.Equal(restarts, before != after);
    }

    [Fact]
    public async Task RulesAndDashboard_AreOneSource()
    {
        string kustomize = Path.Combine(EdgeProcess.Repository, "deploy", "kustomize", "monitoring"), files = Path.Combine(Renderer.Chart, "files");
        string rules = await File.ReadAllTextAsync(Path.Combine(kustomize, "rules.yaml")), source = await File.ReadAllTextAsync(Path.Combine(files, "openclaw.rules.yaml"));
        string indented = string.Join('\n', source.Split('\n').Select(line => line.Length > 0 ? "  " + line : line));
        Assert.Equal(indented, rules[(rules.IndexOf("\nspec:\n", StringComparison.Ordinal) + "\nspec:\n".Length)..]); // sed 's/^\(.\)/  \1/' makes it
        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(files, "openclaw-edge.dashboard.json")),
            await File.ReadAllTextAsync(Path.Combine(kustomize, "openclaw-edge.dashboard.json")));
    }

    [Fact]
    public async Task Rules_ReachThePrometheusRuleUnchanged()
    {
        Rendering rendering = await Rendering.GetAsync("helm-4: most");
        string promtool = Needs.Program("promtool");
        using TestFolder folder = new();
        string file = folder.Write("rules.yaml", rendering.Manifests.Of("PrometheusRule").Single().At("spec")!.ToJsonString());
        await using Child run = await Child.RunAsync(promtool, ["check", "rules", file]);
        Assert.True(run.ExitCode == 0, run.Output);
    }

    /// <summary>The command of NOTES.txt and of the documentation, on the object as kubectl prints it.</summary>
    [Theory]
    [InlineData("helm-3: defaults", "s/abort: false/abort: true/")]
    [InlineData("helm-3: defaults", "s/weight: 100%/weight: 0%/")]
    [InlineData("edge", "s/abort: false/abort: true/")]
    [InlineData("edge", "s/weight: 100%/weight: 0%/")]
    public async Task Rollback_IsOneLineOfTheConfigMap(string name, string command)
    {
        Rendering rendering = await Rendering.GetAsync(name);
        string kubectl = Needs.NpmProgram("kubectl-1.35");
        using TestFolder folder = new();
        JsonNode map = rendering.Manifests.Find("ConfigMap", "token-bucket-policy", "openclaw")!.DeepClone();
        map.AsObject().Remove("$data");
        Task<Child> LocallyAsync(string file, string output) => Child.RunAsync(kubectl, ["annotate", "--local", "--filename", file, "a=b", "--output", output]);
        await using Child print = await LocallyAsync(folder.Write("map.json", map.ToJsonString()), "yaml");
        await using Child change = await Child.RunAsync("sed", [command], input: print.Output);
        await using Child policy = await LocallyAsync(folder.Write("map.yaml", change.Output), @"jsonpath={.data.policy\.yaml}");
        Assert.Contains(command.Split('/')[2], policy.Output);

        await using Child run = await Child.RunAsync(EdgeProcess.Binary, ["validate", "--strict", "--listen", "http://127.0.0.1:0",
            "--upstream", "stable=http://h", "--upstream", "canary=http://h", "--kube-api", "http://127.0.0.1:1", "--policy", folder.Write("policy.yaml", policy.Output)]);
        Assert.True(run.ExitCode == 0, run.Output + policy.Output);
    }

    /// <summary>helm upgrade --set policy.canary.weight=0, the documented way back where the chart owns the policy: the number 0 is no missing weight.</summary>
    [Theory]
    [InlineData("policy: {canary: {weight: 0}}", "weight: 0")]
    [InlineData("policy: {canary: {weight: 0%}}", "weight: 0%")]
    [InlineData("policy: {canary: {weight: 30%}}", "weight: 30%")]
    [InlineData("{}", "weight: 100%")]
    public async Task Ceiling_IsThatOfTheValues(string values, string line)
    {
        foreach (string helm in new[] { "helm-3", "helm-4" })
        {
            (bool isRendered, string text) = await Renderer.HelmAsync(Needs.NpmProgram(helm), "openclaw-edge", "openclaw", values);
            Assert.True(isRendered, text);
            Assert.Contains($"      {line}\n", text);
        }
    }

    /// <summary>OpenShift gives users itself and refuses a pod that names one.</summary>
    [Fact]
    public async Task SecurityContext_CanDoWithoutAUser()
    {
        string pods = await PodsAsync(Needs.NpmProgram("helm-3"), "{podSecurityContext: {runAsUser: null, runAsGroup: null, fsGroup: null}, extraEnv: [{name: SSL_CERT_FILE, value: /ca.crt}]}");
        Assert.DoesNotContain("65532", pods);
        Assert.Contains("runAsNonRoot: true", pods);
        Assert.Contains("SSL_CERT_FILE", pods);
    }

    private static async Task<string> PodsAsync(string helm, string values)
    {
        (bool isRendered, string text) = await Renderer.HelmAsync(helm, "openclaw-edge", "openclaw", values);
        Assert.True(isRendered, text);
        return text.Split("\n---\n").Single(document => document.Contains("kind: Deployment"));
    }

    /// <summary>By kind and name, the objects without their metadata and without bookkeeping; files in ConfigMaps by their meaning.</summary>
    private static Dictionary<string, JsonNode> Bare(Rendering rendering)
    {
        Dictionary<string, JsonNode> bare = [];
        foreach (JsonNode document in rendering.Manifests.All.Select(document => document.DeepClone()))
        {
            string title = Manifests.Title(document);
            document.AsObject().Remove("metadata");
            document.AsObject().Remove("data");
            foreach (JsonObject map in document.Everything().OfType<JsonObject>().Reverse())
            {
                foreach (string key in Bookkeeping)
                {
                    map.Remove(key);
                }

                if (map.Text("type") == "ClusterIP")
                {
                    map.Remove("type");
                }

                if (map["annotations"] is JsonObject { Count: 0 })
                {
                    map.Remove("annotations");
                }
            }

            bare.Add(title, document);
        }

        return bare;
    }
}
