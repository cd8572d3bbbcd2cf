// Which version gets a request, and why: the rules in their order. One object per snapshot; any worker. Never reads a clock.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Split;

/// <summary>The order of the rules: abort, health, the share with its cap.</summary>
public sealed class Selector(RolloutPolicy policy, Splitter splitter)
{
    private readonly bool _isAborted = policy.Abort;

    /// <param name="usable">Bit i: canary i may take traffic.</param>
    /// <param name="worker">Which of the deciding threads, from 0.</param>
    /// <param name="now">The worker's clock, in nanoseconds.</param>
    public Decision Select(uint usable, int worker, long now)
    {
        if (_isAborted)
        {
            return Decision.ToStable(Reason.Abort);
        }

        // A canary that cannot be reached gets no turn, and costs no position: its share is of what it could have taken.
        if (usable == 0 && policy.Canaries.Count > 0)
        {
            return Decision.ToStable(Reason.Unhealthy);
        }

        return splitter.Decide(worker, now, usable);
    }
}
