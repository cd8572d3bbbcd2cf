// The objects of one rendering, as JSON, and the few ways to look into them. Pure.

using System.Text.Json.Nodes;

namespace OpenClaw.EndToEnd.Tests.Deploy;

internal sealed class Manifests
{
    private static readonly string[] OfTheCluster = ["Namespace", "ClusterRole", "ClusterRoleBinding"];

    /// <param name="home">Where an object lands that names no namespace.</param>
    public Manifests(IEnumerable<JsonNode> documents, string home)
    {
        All = [.. documents.Select(document => document.DeepClone())];
        foreach (JsonNode document in All.Where(document => !OfTheCluster.Contains(document.Text("kind"))))
        {
            document["metadata"]!["namespace"] ??= home;
        }
    }

    public IReadOnlyList<JsonNode> All { get; }

    /// <summary>What has a pod template.</summary>
    public IEnumerable<JsonNode> Workloads => All.Where(document => document.At("spec/template/spec") is not null);

    public IEnumerable<JsonNode> Of(string kind) => All.Where(document => document.Text("kind") == kind);

    public JsonNode? Find(string kind, string? name, string? inNamespace) =>
        Of(kind).FirstOrDefault(document => document.Text("metadata/name") == name && document.Text("metadata/namespace") == inNamespace);

    /// <summary>The workload in this namespace whose pods carry all of these labels.</summary>
    public JsonNode? Selected(IReadOnlyDictionary<string, string> labels, string? inNamespace) =>
        Workloads.FirstOrDefault(workload => workload.Text("metadata/namespace") == inNamespace && Carries(workload.Map("spec/template/metadata/labels"), labels));

    public static bool Carries(IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, string> wanted) =>
        wanted.Count > 0 && wanted.All(label => labels.GetValueOrDefault(label.Key) == label.Value);

    /// <summary>Kind and name, for messages.</summary>
    public static string Title(JsonNode document) => $"{document.Text("kind")} {document.Text("metadata/name")}";
}

internal static class JsonReading
{
    /// <summary>What is below these keys, separated by slashes; null: nothing.</summary>
    public static JsonNode? At(this JsonNode? node, string path) =>
        path.Split('/').Aggregate(node, (at, key) => at is JsonObject map ? map[key] : null);

    public static string? Text(this JsonNode? node, string path) => node.At(path)?.ToString();

    public static int? Number(this JsonNode? node, string path) => node.At(path) is JsonValue value && value.TryGetValue(out double number) ? (int)number : null;

    public static IEnumerable<JsonNode> Each(this JsonNode? node, string path) => node.At(path) is JsonArray list ? list.OfType<JsonNode>() : [];

    public static IEnumerable<string> Words(this JsonNode? node, string path) => node.Each(path).Select(word => word.ToString());

    public static IReadOnlyDictionary<string, string> Map(this JsonNode? node, string path) =>
        node.At(path) is JsonObject map ? map.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "") : new Dictionary<string, string>();

    /// <summary>The node and everything below it.</summary>
    public static IEnumerable<JsonNode> Everything(this JsonNode node) => node switch
    {
        JsonObject map => map.Select(pair => pair.Value).OfType<JsonNode>().SelectMany(Everything).Prepend(node),
        JsonArray list => list.OfType<JsonNode>().SelectMany(Everything).Prepend(node),
        _ => [node],
    };
}
