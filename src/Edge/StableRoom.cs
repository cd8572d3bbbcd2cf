// How much of a canary's flow stable could take at once: by connections, since those are what bounds it. Control thread; reads
// what workers count.

using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Guard;
using Version = OpenClaw.Edge.Forward.Version;

namespace OpenClaw.Edge;

internal static class StableRoom
{
    /// <summary>The share of a canary's exchanges that stable's reachable endpoints have no connections left for.</summary>
    public static double Excess(Plan plan, IReadOnlyList<Worker> workers, string canary)
    {
        Version stable = plan.Stable.Upstream;
        return plan.Versions.FirstOrDefault(version => version.Name == canary) is not { } flow ? 0
            : Ramp.Excess(stable.Endpoints.Count(endpoint => endpoint is { Address: not null, IsReachable: true }) * (long)stable.Settings.Pool.MaxConnections, InUse(plan.Stable, workers), InUse(flow, workers));
    }

    /// <summary>Connections on which an exchange is under way, or that are being opened for one; copies for mirrors have their own.</summary>
    private static long InUse(LiveVersion version, IReadOnlyList<Worker> workers)
    {
        long active = 0;
        foreach (Worker worker in workers)
        {
            IReadOnlyList<WorkerVersion?> versions = worker.Versions;
            foreach (EndpointPool pool in (version.Slot < versions.Count ? versions[version.Slot] : null)?.Upstreams.Pools ?? [])
            {
                active += Math.Max(0, pool.Active); // two counts of a thread that moves on
            }
        }

        return active;
    }
}
