// The few objects that the tests of the API server's clients write. Pure.

using System.Text.Json.Nodes;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

internal static class Objects
{
    public const string Namespace = "openclaw";

    public static JsonObject Route(int canary, string name = "rating-api", string note = "") => Parse($$$"""
        {"metadata": {"name": "{{{name}}}", "annotations": {"note": "{{{note}}}"}}, "spec": {"rules": [{"backendRefs": [
          {"name": "{{{name}}}-stable", "port": 80, "weight": {{{100 - canary}}}}, {"name": "{{{name}}}-canary", "port": 80, "weight": {{{canary}}}}]}]}}
        """);

    public static JsonObject ConfigMap(string name, string key, string value) =>
        new() { ["metadata"] = new JsonObject { ["name"] = name }, ["data"] = new JsonObject { [key] = value } };

    public static JsonObject Parse(string json) => (JsonObject)JsonNode.Parse(json)!;
}
