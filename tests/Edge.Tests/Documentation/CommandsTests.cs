// Every kubectl and helm command of the docs speaks of objects, folders and values that this repository has; what can be run without a
// cluster is run.

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OpenClaw.Edge.Tests.Examples;
using OpenClaw.TestKit;

namespace OpenClaw.Edge.Tests.Documentation;

public sealed class CommandsTests
{
    /// <summary>What kubectl calls the kinds.</summary>
    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["deployment"] = "Deployment", ["deployments"] = "Deployment", ["configmap"] = "ConfigMap", ["role"] = "Role", ["rolebinding"] = "RoleBinding",
        ["rollout"] = "Rollout", ["rollouts.argoproj.io"] = "Rollout", ["httproutes.gateway.networking.k8s.io"] = "HTTPRoute",
    };

    /// <summary>Objects of others, and one that its reader makes.</summary>
    private static readonly HashSet<string> Foreign = ["Deployment/argo-rollouts"];

    private static readonly HashSet<string> Objects = [.. Directory.GetDirectories(YamlFile.Path("deploy/kustomize"))
        .SelectMany(folder => YamlFile.ReadFolder(Path.GetRelativePath(HouseTests.Root, folder))).Select(document => $"{document["kind"]}/{document["metadata"]!["name"]}"),
        "ConfigMap/token-bucket-policy", "ConfigMap/openclaw-edge"]; // which the kustomization generates

    public static TheoryData<string> Commands => [.. ((string[])["docs/kubernetes.md", "docs/operations.md", "deploy/examples/github-actions/README.md"]).SelectMany(CommandsOf).Distinct()];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Command_SpeaksOfWhatIsThere(string command)
    {
        string[] words = [.. Regex.Replace(command, "'[^']*'|\"[^\"]*\"", "QUOTED").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        Assert.All(ObjectsOf(words), name => Assert.True(Objects.Contains(name) || Foreign.Contains(name), $"{name} is in no manifest"));
        Assert.All(words.Where(word => word.StartsWith("deploy/", StringComparison.Ordinal)), path => Assert.True(Path.Exists(YamlFile.Path(path)), path));
        Assert.All(Following(words, "-n", "--namespace"), name => Assert.Contains(name, (string[])["openclaw", "argo-rollouts"]));
        Assert.All(Following(words, "--as"), name => Assert.Contains(name["system:serviceaccount:openclaw:".Length..], Objects.Where(o => o.StartsWith("ServiceAccount/", StringComparison.Ordinal)).Select(o => o.Split('/')[1])));
        if (words[0] == "helm")
        {
            JsonObject values = YamlFile.Read("deploy/helm/openclaw-edge/values.yaml")[0];
            string policy = File.ReadAllText(YamlFile.Path("docs/policy.md"));
            Assert.All(Following(words, "--set", "--set-string").Select(value => value.Split('=')[0]), key => Assert.True(
                key.Split('.').Aggregate((JsonNode?)values, (node, name) => node?[name]) is not null
                || (key.StartsWith("policy.", StringComparison.Ordinal) && policy.Contains($"| `{key["policy.".Length..]}` |", StringComparison.Ordinal)), $"{key} is no value of the chart"));
        }
    }

    [Fact]
    public void Commands_AreFound()
    {
        string[] commands = [.. Commands.Select(row => row.Data)];
        Assert.Contains(commands, command => command.StartsWith("kubectl argo rollouts -n openclaw abort", StringComparison.Ordinal));
        Assert.Contains("Rollout/rating-api", commands.SelectMany(command => ObjectsOf(command.Split(' '))));
        Assert.True(commands.Length > 30, $"{commands.Length}");
    }

    /// <summary>The two one-line changes of the policy, done to the policy of the manifests.</summary>
    [Theory]
    [InlineData("weight:", "weight", "0")]
    [InlineData("abort:", "abort", "true")]
    public async Task PolicyRollback_ChangesOneKeyAndNoOther(string mark, string key, string value)
    {
        string? jq = Peer.Find("jq");
        Assert.SkipWhen(jq is null, Peer.WhyMissing("jq"));
        string program = Regex.Matches(File.ReadAllText(YamlFile.Path("docs/kubernetes.md")), "jq '(\\.data[^']*)'").Select(match => match.Groups[1].Value).Single(text => text.Contains(mark, StringComparison.Ordinal));
        string policy = File.ReadAllText(YamlFile.Path("deploy/kustomize/edge/policy.yaml"));
        await using Child run = await Child.RunAsync(jq!, [program], input: new JsonObject { ["data"] = new JsonObject { ["policy.yaml"] = policy } }.ToJsonString());
        Assert.Equal(0, run.ExitCode);

        using TestFolder folder = new();
        JsonObject before = YamlFile.Read("deploy/kustomize/edge/policy.yaml")[0];
        JsonObject after = Assert.Single(YamlFile.Read(folder.Write("policy.yaml", JsonNode.Parse(run.Output)!["data"]!["policy.yaml"]!.ToString())));
        (key == "weight" ? before["canary"]! : before)[key] = JsonNode.Parse(value);
        Assert.True(JsonNode.DeepEquals(before, after), after.ToJsonString());
    }

    /// <summary>The folders that the pages apply with kubectl are whole.</summary>
    [Theory]
    [InlineData("kubectl-1.32")]
    [InlineData("kubectl-1.35")]
    public async Task AppliedFolders_CanBeBuilt(string program)
    {
        string? kubectl = NpmPeer.Find(program);
        Assert.SkipWhen(kubectl is null, NpmPeer.WhyMissing(program));
        string[] folders = [.. Commands.SelectMany(row => Following(row.Data.Split(' '), "-k")).Distinct()];
        Assert.True(folders.Length >= 5, string.Join(' ', folders));
        foreach (string folder in folders)
        {
            await using Child run = await Child.RunAsync(kubectl!, ["kustomize", YamlFile.Path(folder)]);
            Assert.True(run.ExitCode == 0, $"{folder}: {run.Output}");
        }
    }

    private static IEnumerable<string> CommandsOf(string page) =>
        from Match block in Regex.Matches(File.ReadAllText(YamlFile.Path(page)), "^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)
        from line in Regex.Replace(block.Groups[1].Value, @" *\\\n *", " ").Split('\n')
        from Match command in Regex.Matches(Regex.Replace(line, " +# .*$", ""), @"(?:^|[|(] *|^ +)((?:kubectl|helm) [^|)&>]*)")
        select command.Groups[1].Value.Trim();

    /// <summary>As KIND NAME, KIND/NAME, KIND,KIND NAME, and the name that Argo's plugin takes alone.</summary>
    private static IEnumerable<string> ObjectsOf(string[] words)
    {
        for (int i = 1; i < words.Length; i++)
        {
            string[] parts = words[i].Split('/');
            string next = i + 1 < words.Length ? words[i + 1] : "-";
            if (words is ["kubectl", "argo", "rollouts", ..])
            {
                if (i > 2 && words[i] != "rollout" && words[i - 1] is "rollout" or "abort" or "promote" or "undo" or "pause" or "image")
                {
                    yield return $"Rollout/{words[i]}";
                }
            }
            else if (parts.Length == 2 && Kinds.TryGetValue(parts[0], out string? kind))
            {
                yield return $"{kind}/{parts[1]}";
            }
            else if (parts.Length == 1 && next[0] is not ('-' or 'Q') && next is not ("status" or "restart" or "undo") && words[i].Split(',') is var kinds && kinds.All(Kinds.ContainsKey))
            {
                foreach (string each in kinds)
                {
                    yield return $"{Kinds[each]}/{next}";
                }
            }
        }
    }

    private static IEnumerable<string> Following(string[] words, params string[] flags) =>
        words.Index().Where(word => flags.Contains(word.Item) && word.Index + 1 < words.Length).Select(word => words[word.Index + 1]);
}
