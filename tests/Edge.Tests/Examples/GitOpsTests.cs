// The Argo CD and Flux examples: what they ignore is what a running canary changes, no more and no less. No schema of their kinds is at hand here,
// so the fields they use are held against the lists below, of Argo CD 3, helm-controller 1.6 and kustomize-controller 1.9.

using System.Text.Json.Nodes;
using OpenClaw.TestKit;

namespace OpenClaw.Edge.Tests.Examples;

public sealed class GitOpsTests
{
    private const string ArgoCd = "deploy/examples/argo-cd/";
    private const string Flux = "deploy/examples/flux/";

    /// <summary>Every field of the examples, lists and what the chart reads passed over.</summary>
    private static readonly Dictionary<string, string[]> Fields = new()
    {
        ["argoproj.io/v1alpha1/Application"] =
        [
            "spec.project", "spec.source.repoURL", "spec.source.targetRevision", "spec.source.path", "spec.source.helm.releaseName", "spec.source.helm.valuesObject",
            "spec.destination.server", "spec.destination.namespace", "spec.ignoreDifferences.group", "spec.ignoreDifferences.kind", "spec.ignoreDifferences.name",
            "spec.ignoreDifferences.jsonPointers", "spec.ignoreDifferences.jqPathExpressions", "spec.syncPolicy.automated.prune", "spec.syncPolicy.automated.selfHeal", "spec.syncPolicy.syncOptions",
        ],
        ["helm.toolkit.fluxcd.io/v2/HelmRelease"] =
        [
            "spec.interval", "spec.releaseName", "spec.targetNamespace", "spec.chart.spec.chart", "spec.chart.spec.reconcileStrategy", "spec.chart.spec.sourceRef.kind", "spec.chart.spec.sourceRef.name",
            "spec.install.createNamespace", "spec.upgrade.remediation.retries", "spec.upgrade.remediation.remediateLastFailure", "spec.driftDetection.mode", "spec.driftDetection.ignore.paths",
            "spec.driftDetection.ignore.target.kind", "spec.driftDetection.ignore.target.name", "spec.values",
        ],
        ["kustomize.toolkit.fluxcd.io/v1/Kustomization"] =
        [
            "spec.interval", "spec.path", "spec.prune", "spec.targetNamespace", "spec.sourceRef.kind", "spec.sourceRef.name", "spec.ignore.paths",
            "spec.ignore.target.group", "spec.ignore.target.kind", "spec.ignore.target.name",
        ],
        ["source.toolkit.fluxcd.io/v1/GitRepository"] = ["spec.interval", "spec.url", "spec.ref.branch"],
    };

    private static JsonArray Ignored => YamlFile.Read(ArgoCd + "rating-api.yaml")[0]["spec"]!["ignoreDifferences"]!.AsArray();

    public static TheoryData<string> Examples => [.. Directory.GetFiles(YamlFile.Path("deploy/examples"), "*.yaml", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(HouseTests.Root, file)).Where(file => file.StartsWith(ArgoCd, StringComparison.Ordinal) || file.StartsWith(Flux, StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Fields_AreThoseOfTheKind(string file) => Assert.All(YamlFile.Read(file), document =>
        Assert.Empty(Leaves(document["spec"]!, "spec").Except(Fields[$"{document["apiVersion"]}/{document["kind"]}"])));

    [Theory]
    [MemberData(nameof(Examples))]
    public void Paths_LeadToFiles(string file)
    {
        JsonNode spec = YamlFile.Read(file)[0]["spec"]!;
        string? path = (spec["source"]?["path"] ?? spec["path"] ?? spec["chart"]?["spec"]?["chart"])?.ToString();
        if (path is not null)
        {
            Assert.True(File.Exists(Path.Combine(YamlFile.Path(path), path.Contains("helm", StringComparison.Ordinal) ? "Chart.yaml" : "kustomization.yaml")), path);
        }

        JsonObject chart = YamlFile.Read("deploy/helm/openclaw-edge/values.yaml")[0];
        foreach (string key in ((spec["values"] ?? spec["source"]?["helm"]?["valuesObject"]) as JsonObject ?? []).SelectMany(value => Leaves(value.Value!, value.Key)))
        {
            Assert.NotNull(key.Split('.').Aggregate((JsonNode?)chart, (node, name) => node?[name]));
        }
    }

    /// <summary>As Argo CD does: the ignored fields are taken out of both sides, and what then differs is drift.</summary>
    [Fact]
    public async Task ArgoCd_SeesNoDriftInARunningCanary()
    {
        string[] differing = await DifferingAsync(Ignored);
        Assert.Empty(differing);
    }

    [Theory]
    [InlineData("HTTPRoute", "HTTPRoute/rating-api")]
    [InlineData("Service", "Service/rating-api-canary Service/rating-api-stable")]
    [InlineData("Rollout", "Rollout/rating-api")]
    public async Task ArgoCd_WithoutARule_WouldSeeDrift(string kind, string objects)
    {
        JsonArray rules = [.. Ignored.Where(rule => rule!["kind"]!.ToString() != kind).Select(rule => rule!.DeepClone())];
        Assert.Equal(objects.Split(' '), await DifferingAsync(rules));
    }

    /// <summary>The often printed rule that goes by the label, which only the cluster's side has: one side loses its rules.</summary>
    [Fact]
    public async Task ArgoCd_RuleByLabel_MakesTheDrift()
    {
        JsonArray rules = [.. Ignored.Select(rule => rule!.DeepClone())];
        rules.Single(rule => rule!["kind"]!.ToString() == "HTTPRoute")!["jqPathExpressions"] =
            new JsonArray("select(.metadata.labels[\"rollouts.argoproj.io/gatewayapi-canary\"] == \"in-progress\") | .spec.rules");
        Assert.Equal(["HTTPRoute/rating-api"], await DifferingAsync(rules));
    }

    /// <summary>A rule that hides too much would hide a person's mistake as well.</summary>
    [Fact]
    public async Task ArgoCd_SeesAnotherPath()
    {
        string[] differing = await DifferingAsync(Ignored, cluster => cluster["HTTPRoute/rating-api"]["spec"]!["rules"]![0]!["matches"]![0]!["path"]!["value"] = "/other");
        Assert.Equal(["HTTPRoute/rating-api"], differing);
    }

    [Fact]
    public void Flux_SeesNoDriftInARunningCanary()
    {
        JsonArray rules = YamlFile.Read(Flux + "rating-api.yaml")[0]["spec"]!["ignore"]!.AsArray();
        Dictionary<string, JsonObject> git = ControllerWrites.InGit(), cluster = ControllerWrites.InTheCluster();
        foreach ((string name, JsonObject document) in git)
        {
            foreach (JsonNode? rule in rules.Where(rule => rule!["target"]!["kind"]!.ToString() == document["kind"]!.ToString()
                && System.Text.RegularExpressions.Regex.IsMatch(document["metadata"]!["name"]!.ToString(), $"^({rule["target"]!["name"]})$")))
            {
                foreach (string path in rule!["paths"]!.AsArray().Select(path => path!.ToString()))
                {
                    Remove(document, path);
                    Assert.True(Remove(cluster[name], path), $"{name} has no {path}, also in mid-canary");
                }
            }

            Assert.True(JsonNode.DeepEquals(document["spec"], cluster[name]["spec"]), name);
        }
    }

    [Fact]
    public void EdgesOfBoth_LeaveReplicasToTheAutoscaler()
    {
        JsonNode argo = YamlFile.Read(ArgoCd + "edge.yaml")[0]["spec"]!, flux = YamlFile.Read(Flux + "edge.yaml")[0]["spec"]!;
        Assert.Equal("/spec/replicas", argo["ignoreDifferences"]![0]!["jsonPointers"]![0]!.ToString());
        Assert.Equal("/spec/replicas", flux["driftDetection"]!["ignore"]![0]!["paths"]![0]!.ToString());
        Assert.All([argo["source"]!["helm"]!["valuesObject"]!, flux["values"]!], values => Assert.True((bool)values["autoscaling"]!["enabled"]!));
        Assert.All([argo, YamlFile.Read(ArgoCd + "rating-api.yaml")[0]["spec"]!], spec => Assert.Contains("RespectIgnoreDifferences=true", spec["syncPolicy"]!["syncOptions"]!.AsArray().Select(option => option!.ToString())));
    }

    /// <summary>The objects whose spec differs between Git and a cluster in mid-canary, once both have lost what the rules name; jq does the work, as in Argo CD.</summary>
    private static async Task<string[]> DifferingAsync(JsonArray rules, Action<Dictionary<string, JsonObject>>? change = null)
    {
        Dictionary<string, JsonObject> git = ControllerWrites.InGit(), cluster = ControllerWrites.InTheCluster();
        change?.Invoke(cluster);
        List<string> differing = [];
        foreach ((string name, JsonObject document) in git.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            JsonNode[] own = [.. rules.Where(rule => $"{rule!["kind"]}/{rule["name"]}" == name).Select(rule => rule!)];
            if (!JsonNode.DeepEquals((await NormalizeAsync(document, own))["spec"], (await NormalizeAsync(cluster[name], own))["spec"]))
            {
                differing.Add(name);
            }
        }

        return [.. differing];
    }

    private static async Task<JsonObject> NormalizeAsync(JsonObject document, JsonNode[] rules)
    {
        string[] expressions = [.. rules.SelectMany(rule => rule["jqPathExpressions"]?.AsArray() ?? []).Select(expression => $"del({expression})")];
        if (expressions.Length > 0)
        {
            string? jq = Peer.Find("jq");
            Assert.SkipWhen(jq is null, Peer.WhyMissing("jq"));
            await using Child run = await Child.RunAsync(jq!, ["--compact-output", string.Join(" | ", expressions)], input: document.ToJsonString());
            Assert.Equal(0, run.ExitCode);
            document = JsonNode.Parse(run.Output)!.AsObject();
        }

        foreach (string pointer in rules.SelectMany(rule => rule["jsonPointers"]?.AsArray() ?? []).Select(pointer => pointer!.ToString()))
        {
            Remove(document, pointer);
        }

        return document;
    }

    /// <returns>False: there is nothing at the end of this JSON pointer (RFC 6901).</returns>
    private static bool Remove(JsonObject document, string pointer)
    {
        string[] steps = [.. pointer[1..].Split('/').Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
        return steps[..^1].Aggregate((JsonNode?)document, (node, step) => node?[step]) is JsonObject parent && parent.Remove(steps[^1]);
    }

    private static IEnumerable<string> Leaves(JsonNode node, string path) => node switch
    {
        JsonObject when path is "spec.values" or "spec.source.helm.valuesObject" => [path],
        JsonObject mapping => mapping.SelectMany(pair => Leaves(pair.Value!, $"{path}.{pair.Key}")),
        JsonArray list when list.All(item => item is JsonObject) => list.SelectMany(item => Leaves(item!, path)),
        _ => [path],
    };
}
