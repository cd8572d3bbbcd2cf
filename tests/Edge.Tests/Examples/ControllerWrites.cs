// The sample application's objects as they stand in Git, and as they stand in the cluster while a canary runs: what Argo Rollouts 1.9.1 with its
// Gateway API plugin 0.15.0 writes into them, what the API server fills in, and what people and autoscalers do to a Rollout.

using System.Text.Json.Nodes;

namespace OpenClaw.Edge.Tests.Examples;

internal static class ControllerWrites
{
    public const string Folder = "deploy/kustomize/sample";

    /// <summary>Kind/name to object.</summary>
    public static Dictionary<string, JsonObject> InGit() => YamlFile.ReadFolder(Folder).ToDictionary(NameOf);

    public static Dictionary<string, JsonObject> InTheCluster()
    {
        Dictionary<string, JsonObject> objects = InGit();
        Route(objects["HTTPRoute/rating-api"]);
        foreach (string service in (string[])["stable", "canary"])
        {
            objects[$"Service/rating-api-{service}"]["spec"]!["selector"]!["rollouts-pod-template-hash"] = $"7d9f{service}";
        }

        JsonNode rollout = objects["Rollout/rating-api"]["spec"]!;
        rollout["paused"] = true;
        rollout["restartAt"] = "2026-01-01T00:00:00Z";
        rollout["replicas"] = 9;
        return objects;
    }

    public static string NameOf(JsonObject document) => $"{document["kind"]}/{document["metadata"]!["name"]}";

    private static void Route(JsonObject route)
    {
        route["metadata"]!["labels"]!["rollouts.argoproj.io/gatewayapi-canary"] = "in-progress";
        JsonArray rules = route["spec"]!["rules"]!.AsArray();
        foreach (JsonNode? backend in rules.SelectMany(rule => rule!["backendRefs"]!.AsArray()))
        {
            (backend!["group"], backend["kind"]) = ("", "Service");
            backend["weight"] = backend["name"]!.ToString() == "rating-api-canary" ? 5 : 95;
        }

        JsonNode header = rules[0]!.DeepClone();
        header["name"] = "canary-header";
        header["matches"]![0]!["headers"] = new JsonArray(new JsonObject { ["name"] = "x-canary", ["value"] = "always", ["type"] = "Exact" });
        header["backendRefs"] = new JsonArray(new JsonObject { ["group"] = "", ["kind"] = "Service", ["name"] = "rating-api-canary", ["port"] = 80, ["weight"] = 1 });
        rules.Add(header);
    }
}
