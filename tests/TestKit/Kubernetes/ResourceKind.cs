// The kinds of objects that the fake API server knows. Immutable.

namespace OpenClaw.TestKit.Kubernetes;

/// <param name="Group">Empty: the core group.</param>
/// <param name="Plural">As it stands in paths and in rules of a Role.</param>
/// <param name="HasStatus">Whether status is written through a path of its own, and by nothing else.</param>
/// <param name="IsBuiltIn">Whether a strategic merge patch is understood; a real server refuses it for custom resources.</param>
public sealed record ResourceKind(string Group, string Version, string Plural, string Kind, string ShortName, bool HasStatus, bool IsBuiltIn)
{
    public static readonly ResourceKind ConfigMap = new("", "v1", "configmaps", "ConfigMap", "cm", HasStatus: false, IsBuiltIn: true);
    public static readonly ResourceKind Service = new("", "v1", "services", "Service", "svc", HasStatus: true, IsBuiltIn: true);
    public static readonly ResourceKind Pod = new("", "v1", "pods", "Pod", "po", HasStatus: true, IsBuiltIn: true) { Verbs = ["get", "list", "watch"] };
    public static readonly ResourceKind HttpRoute = new("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute", "", HasStatus: true, IsBuiltIn: false);
    public static readonly ResourceKind Rollout = new("argoproj.io", "v1alpha1", "rollouts", "Rollout", "ro", HasStatus: true, IsBuiltIn: false);

    public static readonly IReadOnlyList<ResourceKind> All = [ConfigMap, Service, Pod, HttpRoute, Rollout];

    /// <summary>What may be done to it over HTTP.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = ["create", "delete", "get", "list", "patch", "update", "watch"];

    public string GroupVersion => Group == "" ? Version : $"{Group}/{Version}";

    /// <summary>With the group behind a dot, as messages name it.</summary>
    public string QualifiedName => Group == "" ? Plural : $"{Plural}.{Group}";

    public static ResourceKind? Find(string groupVersion, string plural) => All.FirstOrDefault(kind => kind.GroupVersion == groupVersion && kind.Plural == plural);
}
