// The guard's quickest rule, on the worker's own thread: what an exchange says of whom it could not reach. One object per plan; any
// worker. Never reads a clock.

using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge;

internal sealed class FastTrip(GuardSettings settings)
{
    private readonly FailureLimit _limit = new(settings);

    /// <summary>
    /// Learns of an exchange whose first attempt was not answered. One that another endpoint of the same version answered is an answer of
    /// that version. What stable did for a canary counts for stable, so that an outage of both is seen even where all traffic is the canary's.
    /// </summary>
    /// <param name="chosen">The version that was to have the request; it may be stable itself.</param>
    /// <param name="first">How the first attempt ended.</param>
    /// <param name="last">How the exchange ended.</param>
    /// <param name="fellBack">The last attempt was at stable.</param>
    /// <param name="now">Nanoseconds of the worker's clock.</param>
    public void Note(WorkerVersion chosen, WorkerVersion stable, ProxyError first, ProxyError last, bool fellBack, long now)
    {
        Count(fellBack ? stable : chosen, last, now);
        if (fellBack)
        {
            Count(chosen, first, now);
        }

        _limit.Judge(chosen.Failures, stable.Failures, chosen.Version.Latch);
    }

    private static void Count(WorkerVersion version, ProxyError error, long now)
    {
        if (error == ProxyError.None)
        {
            version.Failures.End();
        }
        else if (ProxyErrors.IsUnreachable(error))
        {
            version.Failures.Add(now);
        }
    }
}
