// One state of one object, and one change. Immutable: the JSON of a state is never written to again.

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenClaw.TestKit.Kubernetes;

/// <param name="Namespace">Empty: of the cluster.</param>
/// <param name="Version">The server's count of changes when this state was written.</param>
/// <param name="Json">As it is sent, metadata.resourceVersion included.</param>
public sealed record StoredObject(ResourceKind Kind, string Namespace, string Name, long Version, JsonObject Json)
{
    /// <summary>Characters beyond ASCII go out as UTF-8, as a real server sends them.</summary>
    public static readonly JsonSerializerOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Lists are sorted by it.</summary>
    public string Key => $"{Namespace}/{Name}";

    public JsonObject Copy() => (JsonObject)Json.DeepClone();
}

/// <param name="Type">ADDED, MODIFIED or DELETED.</param>
/// <param name="Object">With DELETED the last state, under the version of the deletion.</param>
public sealed record StoredChange(string Type, StoredObject Object);
