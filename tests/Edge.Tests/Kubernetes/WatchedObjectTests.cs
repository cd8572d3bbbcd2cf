// Where the API server has what is followed.

using OpenClaw.Edge.Kubernetes;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class WatchedObjectTests
{
    [Theory]
    [InlineData(0, "httproute", "HTTPRoute ns/a.b", "/apis/gateway.networking.k8s.io/v1/namespaces/ns/httproutes?fieldSelector=metadata.name%3Da.b")]
    [InlineData(1, "rollout", "Rollout ns/a.b", "/apis/argoproj.io/v1alpha1/namespaces/ns/rollouts?fieldSelector=metadata.name%3Da.b")]
    [InlineData(2, "configmap", "ConfigMap ns/a.b", "/api/v1/namespaces/ns/configmaps?fieldSelector=metadata.name%3Da.b")]
    public void Kinds_AreWhereTheirGroupsAre(int kind, string label, string inWords, string target)
    {
        WatchedObject watched = new((WatchedKind)kind, "ns", "a.b");
        Assert.Equal((label, inWords), (watched.Label, watched.ToString()));
        Assert.Equal(target, watched.ListTarget(null));
        Assert.Equal(target + "&resourceVersion=0", watched.ListTarget("0"));
        Assert.Equal(target + "&watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=a%26b", watched.WatchTarget("a&b", 300));
    }
}
