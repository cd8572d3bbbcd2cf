// Objects as the API server sends them while Argo Rollouts moves a release through its steps, managed fields and all.

using System.Buffers;
using System.Text;
using OpenClaw.Edge.Kubernetes;

namespace OpenClaw.Edge.Tests.Kubernetes;

internal static class Objects
{
    public const string Argo = "\"labels\":{\"rollouts.argoproj.io/gatewayapi-canary\":\"in-progress\"},";

    public static readonly TrafficQuestion Question = new(
        "openclaw", new Dictionary<string, string> { ["v1"] = "rating-api-stable", ["v2"] = "rating-api-canary" }, "v1", ["v2"], ["api.example.com"]);

    public static readonly TrafficQuestion TwoCanaries = Question with
    {
        Services = new Dictionary<string, string> { ["v1"] = "rating-api-stable", ["v2"] = "rating-api-canary", ["v3"] = "rating-api-next" },
        Canaries = ["v2", "v3"],
    };

    /// <summary>The rule that takes every request.</summary>
    public static string Rule(int canary, int stable) => Rule($"{Backend("stable", stable)},{Backend("canary", canary)}");

    public static string Rule(string backends) =>
        $$"""{"name":"main","matches":[{"path":{"type":"PathPrefix","value":"/"} }],"backendRefs":[{{backends}}]}""";

    /// <param name="weight">Null: none is written.</param>
    public static string Backend(string name, int? weight = null) =>
        $$"""{"group":"","kind":"Service","name":"rating-api-{{name}}","port":80{{(weight is null ? "" : ",\"weight\":" + weight)}} }""";

    /// <summary>What the plugin appends for a step setHeaderRoute.</summary>
    public static string Managed(string headers) =>
        $$"""{"name":"canary-header","matches":[{"path":{"type":"PathPrefix","value":"/"},"headers":[{{headers}}]}],"backendRefs":[{{Backend("canary")}}]}""";

    public static string Header(string name, string value, string type = "Exact") => $$"""{"type":"{{type}}","name":"{{name}}","value":"{{value}}"}""";

    public static string Route(params string[] rules) => RouteOf("", rules);

    public static string RouteOf(string more, params string[] rules) => $$"""
        {"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"gateway.networking.k8s.io/v1\",\"kind\":\"HTTPRoute\"}\n"},
        "creationTimestamp":"2026-11-23T05:59:40Z","generation":7,{{Argo}}"managedFields":[{"apiVersion":"gateway.networking.k8s.io/v1","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{".":{},
        "f:kubectl.kubernetes.io/last-applied-configuration":{} } },"f:spec":{".":{},"f:rules":{} } },"manager":"kubectl-client-side-apply","operation":"Update","time":"2026-11-23T05:59:40Z"}],
        "name":"rating-api","namespace":"openclaw","resourceVersion":"48213","uid":"5f0c3bb0-5a3c-4f0e-b8b5-0a4a6b5f6f11"},
        "spec":{"parentRefs":[{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"openclaw-edge"}],{{more}}"rules":[{{string.Join(',', rules)}}]},
        "status":{"parents":[{"conditions":[{"lastTransitionTime":"2026-11-23T05:59:40Z","message":"Route is accepted","observedGeneration":7,"reason":"Accepted","status":"True","type":"Accepted"}],
        "controllerName":"example.com/gateway","parentRef":{"name":"openclaw-edge"} }]} }
        """;

    /// <param name="canary">What stands in spec.strategy.canary behind its two Services, as ,"dynamicStableScale":true.</param>
    public static string Rollout(string status, string canary = "") => $$"""
        {"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","metadata":{"annotations":{"rollout.argoproj.io/revision":"4"},"generation":9,"managedFields":[{"apiVersion":"argoproj.io/v1alpha1","fieldsType":"FieldsV1",
        "fieldsV1":{"f:status":{".":{},"f:canary":{".":{},"f:weights":{".":{},"f:canary":{".":{},"f:podTemplateHash":{},"f:weight":{} } } } } },"manager":"rollouts-controller","operation":"Update","subresource":"status"}],
        "name":"rating-api","namespace":"openclaw","resourceVersion":"48220","uid":"0d2bdf4b-7c1c-4f5d-9f3b-7f7c3e0d5e11"},
        "spec":{"replicas":4,"selector":{"matchLabels":{"app.kubernetes.io/name":"rating-api"} },"strategy":{"canary":{"canaryService":"rating-api-canary","stableService":"rating-api-stable"{{canary}},
        "steps":[{"setCanaryScale":{"replicas":1} },{"setWeight":5},{"pause":{"duration":"2m"} }],"trafficRouting":{"nginx":{"stableIngress":"rating-api","annotationPrefix":"edge.openclaw.dev"} } } },
        "template":{"metadata":{"labels":{"app.kubernetes.io/name":"rating-api"} },"spec":{"containers":[{"name":"rating-api","image":"registry.example.com/rating-api:2"}]} } },
        "status":{"HPAReplicas":4,"availableReplicas":4,"blueGreen":{},"canary":{},"conditions":[{"type":"Progressing","status":"True"}],{{status}} } }
        """.Replace("\"canary\":{},\"conditions\"", status.Contains("\"canary\":") ? "\"conditions\"" : "\"canary\":{},\"conditions\"", StringComparison.Ordinal);

    public static string Weights(int canary, int stable, string hash = "7bf84f9696", string more = "") => $$"""
        "canary":{"weights":{"canary":{"podTemplateHash":"{{hash}}","serviceName":"rating-api-canary","weight":{{canary}} },"stable":{"podTemplateHash":"5d8c7f6b4","serviceName":"rating-api-stable","weight":{{stable}} }{{more}} } }
        """;

    public static TrafficReading ReadRoute(string json, TrafficQuestion? question = null) => HttpRouteReader.Read(Sequence(json), question ?? Question);

    public static TrafficReading ReadRollout(string json, TrafficQuestion? question = null) => RolloutReader.Read(Sequence(json), question ?? Question);

    /// <summary>In pieces, as it comes from a pipe.</summary>
    public static ReadOnlySequence<byte> Sequence(string json, int piece = 1000) => Sequence(Encoding.UTF8.GetBytes(json), piece);

    public static ReadOnlySequence<byte> Sequence(byte[] bytes, int piece = 1000)
    {
        Piece first = new(bytes.AsMemory(0, Math.Min(piece, bytes.Length)), 0), last = first;
        for (int at = piece; at < bytes.Length; at += piece)
        {
            last = last.Append(bytes.AsMemory(at, Math.Min(piece, bytes.Length - at)));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long from) => (Memory, RunningIndex) = (memory, from);

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            Piece next = new(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
