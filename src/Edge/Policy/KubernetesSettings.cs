// What the two files say of Kubernetes: where its API server is, and which objects there have a say. Immutable; built on the control thread.

namespace OpenClaw.Edge.Policy;

/// <summary>How this edge reaches the API server; of edge.yaml.</summary>
public sealed record KubernetesSettings
{
    /// <summary>Where a kubelet puts what a pod shows to the API server.</summary>
    private const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/";

    /// <summary>Scheme, host and port; null: none was named, and this is no pod.</summary>
    public Uri? Api { get; init; }

    /// <summary>The authorities that may vouch for an https API server.</summary>
    public string CaFile { get; init; } = ServiceAccount + "ca.crt";

    /// <summary>The bearer token; the kubelet replaces it from time to time. Without the file no token is shown.</summary>
    public string TokenFile { get; init; } = ServiceAccount + "token";

    /// <summary>Of every object that names none; null: the one of <see cref="NamespaceFile"/>.</summary>
    public string? Namespace { get; init; }

    public string NamespaceFile => ServiceAccount + "namespace";

    /// <summary>Name of the ConfigMap that the policy file is mounted from; null: only the file is looked at.</summary>
    public string? PolicyConfigMap { get; init; }

    /// <summary>The entry of that ConfigMap which holds the policy.</summary>
    public string PolicyKey { get; init; } = "policy.yaml";
}

/// <summary>Who decides on the canaries' weights, so that those of the policy are only ceilings; of policy.yaml. One of route and rollout is named at least.</summary>
public sealed record WeightFromSettings
{
    /// <summary>Name of the HTTPRoute (gateway.networking.k8s.io/v1) whose backends' weights are followed; null: the rollout's status is.</summary>
    public string? HttpRoute { get; init; }

    /// <summary>
    /// Name of the Rollout (argoproj.io/v1alpha1). Beside a route it tells only which pods a version consists of, so that a new release is judged anew.
    /// </summary>
    public string? Rollout { get; init; }

    /// <summary>Null: <see cref="KubernetesSettings.Namespace"/>.</summary>
    public string? Namespace { get; init; }

    /// <summary>By version, the name of the Service behind it.</summary>
    public required IReadOnlyDictionary<string, string> Services { get; init; }

    /// <summary>Hosts that the route may be restricted to; one that names others is refused, since this edge does not look at hosts.</summary>
    public IReadOnlyList<string> Hostnames { get; init; } = [];

    /// <summary>So long without word from the API server, and the canaries get nothing; null: they keep what they had.</summary>
    public TimeSpan? StaleAfter { get; init; }

    /// <summary>What was an answer to the one is an answer to the other.</summary>
    public bool AsksTheSame(WeightFromSettings? other) =>
        other is not null && (HttpRoute, Rollout, Namespace) == (other.HttpRoute, other.Rollout, other.Namespace)
        && Services.Count == other.Services.Count && Services.All(service => other.Services.GetValueOrDefault(service.Key) == service.Value)
        && Hostnames.SequenceEqual(other.Hostnames);
}
