// How long an endpoint that could not be connected to is passed over where there is another way: first so briefly that a
// restart is hardly noticed and a death is soon certain, then ever longer. Values only; never reads a clock.

using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Forward;

internal struct BackOff
{
    public const long Shortest = 15 * Clock.Second / 1000;

    public const long Longest = Clock.Second;

    /// <summary>As many failures as end a canary by default (guard.consecutiveFailures): ten in 9 · 15 ms, and not in a restart of 100 ms.</summary>
    public const int QuickChances = 10;

    private int _failures;
    private long _until;

    public readonly bool IsOver(long now) => _until <= now;

    /// <summary>An attempt to connect has failed. Those that were under way together count as one.</summary>
    /// <param name="slowly">By running out of time: a client has waited all that time, so that the next is not made to do so soon.</param>
    public void Failed(long now, bool slowly)
    {
        if (slowly)
        {
            _until = now + Longest;
        }
        else if (IsOver(now))
        {
            int doublings = Math.Clamp(++_failures - QuickChances, 0, 16);
            _until = now + Math.Min(Longest, Shortest << doublings);
        }
    }

    public void Succeeded() => _failures = 0;
}
