// What the fake API server says of itself, in the plain form that clients fall back to. Pure.

using System.Text.Json.Nodes;

namespace OpenClaw.TestKit.Kubernetes;

internal static class Discovery
{
    private static readonly string[] CoreVersions = ["v1"];

    /// <summary>Null: there is no such page.</summary>
    public static JsonObject? Page(string path) => path.TrimEnd('/').Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["version"] => new JsonObject
        {
            ["major"] = "1", ["minor"] = "34", ["gitVersion"] = "v1.34.0-fake", ["gitCommit"] = "0", ["gitTreeState"] = "clean",
            ["buildDate"] = "2026-01-01T00:00:00Z", ["goVersion"] = "none", ["compiler"] = "none", ["platform"] = "linux/amd64",
        },
        ["api"] => new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray([.. CoreVersions]), ["serverAddressByClientCIDRs"] = new JsonArray() },
        ["apis"] => new JsonObject { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. Groups().Select(Group)]) },
        ["api", "v1", "namespaces", var name] => new JsonObject // there is every one; kubectl looks when an object is not found
        {
            ["kind"] = "Namespace", ["apiVersion"] = "v1", ["metadata"] = new JsonObject { ["name"] = name }, ["status"] = new JsonObject { ["phase"] = "Active" },
        },
        ["openapi", "v3"] => new JsonObject { ["paths"] = new JsonObject(GroupVersions().Select(version => KeyValuePair.Create<string, JsonNode?>(
            PathOf(version), new JsonObject { ["serverRelativeURL"] = "/openapi/v3/" + PathOf(version) }))) },
        ["openapi", "v3", ..] => Schema(path["/openapi/v3/".Length..]),
        ["apis", var group] when Groups().Contains(group) => Group(group),
        ["api", var version] => Resources(version),
        ["apis", var group, var version] => Resources($"{group}/{version}"),
        _ => null,
    };

    private static IEnumerable<string> Groups() => ResourceKind.All.Select(kind => kind.Group).Where(group => group != "").Distinct();

    private static JsonObject Group(string group)
    {
        JsonArray versions = [.. ResourceKind.All.Where(kind => kind.Group == group).Select(kind => kind.Version).Distinct()
            .Select(version => new JsonObject { ["groupVersion"] = $"{group}/{version}", ["version"] = version })];
        return new JsonObject { ["kind"] = "APIGroup", ["apiVersion"] = "v1", ["name"] = group, ["versions"] = versions, ["preferredVersion"] = versions[0]!.DeepClone() };
    }

    private static JsonObject? Resources(string groupVersion)
    {
        ResourceKind[] kinds = [.. ResourceKind.All.Where(kind => kind.GroupVersion == groupVersion)];
        return kinds.Length == 0 ? null : new JsonObject
        {
            ["kind"] = "APIResourceList", ["apiVersion"] = "v1", ["groupVersion"] = groupVersion, ["resources"] = new JsonArray([.. kinds.SelectMany(Entries)]),
        };
    }

    private static IEnumerable<string> GroupVersions() => ResourceKind.All.Select(kind => kind.GroupVersion).Distinct();

    private static string PathOf(string groupVersion) => (groupVersion.Contains('/') ? "apis/" : "api/") + groupVersion;

    /// <summary>Only so much that kubectl apply finds what it looks for: that fields are judged by the server, so that it need not know any schema.</summary>
    private static JsonObject? Schema(string path)
    {
        ResourceKind[] kinds = [.. ResourceKind.All.Where(kind => PathOf(kind.GroupVersion) == path)];
        return kinds.Length == 0 ? null : new JsonObject
        {
            ["openapi"] = "3.0.0", ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "fake" }, ["components"] = new JsonObject { ["schemas"] = new JsonObject() },
            ["paths"] = new JsonObject(kinds.Select(kind => KeyValuePair.Create<string, JsonNode?>($"/{path}/namespaces/{{namespace}}/{kind.Plural}/{{name}}", new JsonObject
            {
                ["patch"] = new JsonObject
                {
                    ["parameters"] = new JsonArray(new JsonObject { ["name"] = "fieldValidation", ["in"] = "query", ["schema"] = new JsonObject { ["type"] = "string" } }),
                    ["responses"] = new JsonObject(),
                    ["x-kubernetes-group-version-kind"] = new JsonObject { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind },
                },
            }))),
        };
    }

    private static IEnumerable<JsonObject> Entries(ResourceKind kind)
    {
        JsonObject entry = new()
        {
            ["name"] = kind.Plural, ["singularName"] = kind.Kind.ToLowerInvariant(), ["namespaced"] = true, ["kind"] = kind.Kind, ["verbs"] = Texts(kind.Verbs),
        };
        if (kind.ShortName != "")
        {
            entry["shortNames"] = Texts([kind.ShortName]);
        }

        yield return entry;
        if (kind.HasStatus)
        {
            yield return new JsonObject
            {
                ["name"] = kind.Plural + "/status", ["singularName"] = "", ["namespaced"] = true, ["kind"] = kind.Kind, ["verbs"] = Texts(kind.Verbs.Intersect(["get", "patch", "update"])),
            };
        }
    }

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => JsonValue.Create(text))];
}
