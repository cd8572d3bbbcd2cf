// Sends one request in twenty to v2, by chance: YARP has no weighted policy of its own. Runs on the request's thread.

using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace OpenClaw.Bench.YarpPeer;

internal sealed class FivePercent : ILoadBalancingPolicy
{
    public const string PolicyName = "FivePercent";

    public string Name => PolicyName;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> available)
    {
        string wanted = Random.Shared.Next(20) == 0 ? "v2" : "v1";
        foreach (DestinationState destination in available)
            if (destination.DestinationId == wanted) return destination;
        return available.Count > 0 ? available[0] : null;
    }
}
