// So many failures to reach a canary in a row close its latch before the control thread has looked. Immutable; any worker. Never
// reads a clock.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Guard;

public sealed class FailureLimit(GuardSettings settings)
{
    private readonly int _limit = settings.Mode == GuardMode.Off || settings.ConsecutiveFailures == 0 ? int.MaxValue : settings.ConsecutiveFailures;
    private readonly bool _enforces = settings.Mode == GuardMode.Enforce;

    /// <summary>To be called when a streak may have grown. While stable cannot be reached either, nobody is taken out.</summary>
    /// <param name="canary">This worker's, like the next.</param>
    public void Judge(FailureStreak canary, FailureStreak stable, Latch latch)
    {
        if (canary.Length < _limit || stable.Length > 0 || latch.IsTripped)
        {
            return;
        }

        if (_enforces)
        {
            latch.TryTrip(TripCause.Failures);
        }
        else
        {
            latch.Note();
            canary.End();
        }
    }
}
