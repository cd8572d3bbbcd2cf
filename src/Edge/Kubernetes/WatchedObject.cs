// Which objects of Kubernetes can be followed, and where an API server has them. Immutable; any thread.

namespace OpenClaw.Edge.Kubernetes;

internal enum WatchedKind : byte { HttpRoute, Rollout, ConfigMap }

/// <summary>One object by name; what is asked for is a list of all that bear it, which is allowed to whoever may see this object alone.</summary>
internal sealed record WatchedObject(WatchedKind Kind, string Namespace, string Name)
{
    /// <summary>The <c>resource</c> label of the metrics.</summary>
    public string Label => Labels[(int)Kind];

    public static readonly IReadOnlyList<string> Labels = ["httproute", "rollout", "configmap"];

    /// <summary>Where a list of this object alone is.</summary>
    /// <param name="version">The oldest state that will do; null: the newest there is.</param>
    public string ListTarget(string? version) => version is null ? Collection : $"{Collection}&resourceVersion={version}";

    /// <summary>Where its changes since a version come, for so many seconds.</summary>
    public string WatchTarget(string version, int seconds) =>
        $"{Collection}&watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={Uri.EscapeDataString(version)}";

    public override string ToString() => $"{Kind switch { WatchedKind.HttpRoute => "HTTPRoute", _ => Kind.ToString() }} {Namespace}/{Name}";

    private string Collection
    {
        get
        {
            (string version, string plural) = Kind switch
            {
                WatchedKind.HttpRoute => ("apis/gateway.networking.k8s.io/v1", "httproutes"),
                WatchedKind.Rollout => ("apis/argoproj.io/v1alpha1", "rollouts"),
                _ => ("api/v1", "configmaps"),
            };
            return $"/{version}/namespaces/{Namespace}/{plural}?fieldSelector=metadata.name%3D{Name}";
        }
    }
}
