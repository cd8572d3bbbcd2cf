// Which Services have begun to lead to other pods, by what somebody outside says: connections made before lead to pods that are
// about to go, or that nobody is to reach any more. Control thread; touches no connection itself.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge;

internal static class Repointing
{
    /// <summary>
    /// The versions whose pools are to be renewed, and takes down their releases. Those are the versions that are another release now; and, since a route
    /// tells nothing of releases, a canary whose share has fallen to nothing, and stable with it: an abort has pointed the one's Service, or a promotion the
    /// other's, at other pods. A share that only moves renews nothing.
    /// </summary>
    public static List<LiveVersion> Find(Plan plan, ExternalWeights now)
    {
        ExternalWeights? before = plan.Snapshot.External;
        List<LiveVersion> found = [];
        foreach (LiveVersion version in plan.Versions)
        {
            if (version.Follow(now.Releases.GetValueOrDefault(version.Name)))
            {
                found.Add(version);
            }
        }

        foreach (LiveVersion canary in plan.Canaries)
        {
            if (ShareOf(canary, before) > 0 && ShareOf(canary, now) == 0)
            {
                found.Add(canary);
                found.Add(plan.Stable);
            }
        }

        return [.. found.Distinct()];
    }

    private static double ShareOf(LiveVersion canary, ExternalWeights? weights) => weights?.Shares.GetValueOrDefault(canary.Name) ?? 0;
}
