// How often in a row one worker could not reach a version. That worker's thread only; never reads a clock.

namespace OpenClaw.Edge.Guard;

/// <summary>Failures since the last answer, as far as they lie apart.</summary>
public sealed class FailureStreak
{
    /// <summary>
    /// Nanoseconds. Failures closer together are one: whatever was under way when a process died fails at once, however much that was,
    /// and a process that is back within 100 ms must not have made ten. Less than the pace at which a dead endpoint is tried
    /// (Forward/BackOff), because a failure is learnt of when stable has stood in, which takes now more, now less.
    /// </summary>
    public const long Apart = 12_500_000;

    private long _lastAt;

    public int Length { get; private set; }

    /// <summary>An answer came, whatever it says.</summary>
    public void End() => Length = 0;

    /// <param name="now">Nanoseconds of a monotonic clock.</param>
    public void Add(long now)
    {
        if (Length == 0 || now - _lastAt >= Apart)
        {
            Length++;
            _lastAt = now;
        }
    }
}
