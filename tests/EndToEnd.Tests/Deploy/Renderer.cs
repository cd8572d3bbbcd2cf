// Renders the chart with real Helm and the kustomizations with real kubectl, and has the result read and held against the schemas. Owns nothing.

using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenClaw.EndToEnd.Tests.Deploy;

internal static class Renderer
{
    /// <summary>Kinds of others, which a cluster may know or not.</summary>
    public const string Monitoring = "monitoring.coreos.com/v1", Argo = "argoproj.io/v1alpha1", Gateway = "gateway.networking.k8s.io/v1";

    public static string Chart { get; } = Path.Combine(EdgeProcess.Repository, "deploy", "helm", "openclaw-edge");

    /// <summary>Beside the working copy, or where OPENCLAW_SCHEMAS says; null: not here.</summary>
    public static string? Schemas { get; } =
        new[] { Environment.GetEnvironmentVariable("OPENCLAW_SCHEMAS"), Path.Combine(EdgeProcess.Repository, "..", "shared", "schemas"), SharedOfWorktree() }
            .FirstOrDefault(folder => folder is not null && File.Exists(Path.Combine(folder, "index.json")));

    /// <param name="values">YAML, over the chart's defaults.</param>
    public static async Task<(bool IsRendered, string Text)> HelmAsync(string helm, string release, string home, string values, params IEnumerable<string> kinds)
    {
        using TestFolder folder = new();
        string file = folder.Write("values.yaml", values);
        await using Child run = await Child.RunAsync(helm,
            ["template", release, Chart, "--namespace", home, "--values", file, .. kinds.SelectMany(kind => new[] { "--api-versions", kind })]);
        return (run.ExitCode == 0, run.Output);
    }

    public static async Task<string> KustomizeAsync(string kubectl, string directory)
    {
        await using Child run = await Child.RunAsync(kubectl, ["kustomize", Path.Combine(EdgeProcess.Repository, "deploy", "kustomize", directory)]);
        Assert.True(run.ExitCode == 0, run.Output);
        return run.Output;
    }

    /// <summary>Parses texts as an API server would. What is wrong with their form, or by their kind's schema, comes back beside the documents.</summary>
    public static async Task<Dictionary<string, (JsonNode[] Documents, string[] Faults)>> ReadAsync(string node, IReadOnlyDictionary<string, string> texts)
    {
        string question = JsonSerializer.Serialize(new Dictionary<string, object?> { ["packages"] = NpmPeer.Folder, ["schemas"] = Schemas, ["texts"] = texts });
        string script = Path.Combine(EdgeProcess.Repository, "tests", "EndToEnd.Tests", "Deploy", "check.mjs");
        await using Child run = await Child.RunAsync(node, [script], TimeSpan.FromMinutes(2), question);
        Assert.True(run.ExitCode == 0, run.Output);
        return JsonNode.Parse(run.Output)!.AsObject().ToDictionary(
            text => text.Key,
            text => (text.Value.Each("documents").ToArray(), text.Value.Words("faults").ToArray()));
    }

    /// <summary>A git worktree lies elsewhere than the working copy it belongs to, beside which the schemas are.</summary>
    private static string? SharedOfWorktree()
    {
        string link = Path.Combine(EdgeProcess.Repository, ".git");
        return File.Exists(link) ? Path.Combine(File.ReadAllText(link)["gitdir:".Length..].Trim(), "..", "..", "..", "..", "shared", "schemas") : null;
    }
}
