// How often one session takes part in the comparison of canary and baseline. One object for as long as there are sessions; any worker.
// Never locks, never waits, never allocates after construction.

namespace OpenClaw.Edge.Split;

/// <summary>
/// Chance sends a session to its version once, and its later requests follow: they are not so many independent draws. One user with one
/// broken page must not weigh as a hundred, and a client that holds a cookie must not be able to speak for a side. So one request of a session is compared, and
/// none in the ten seconds after it.
/// </summary>
internal sealed class SessionPace
{
    /// <summary>Sessions that share a slot share its pace too; so at most 819 requests a second are compared, of however many sessions.</summary>
    private const int Slots = 8192;

    private const uint Interval = 100; // in units
    private const long Unit = 100_000_000; // nanoseconds; 32 bits of them are 13 years

    private readonly uint[] _slots = new uint[Slots]; // when the next may be, in units; 0: at any time

    /// <summary>Whether this request of the session is compared. Two at one moment on two workers may both be: nobody gains by that.</summary>
    /// <param name="now">The worker's clock, in nanoseconds.</param>
    public bool TryTake(ulong point, long now)
    {
        uint moment = (uint)(now / Unit);
        ref uint slot = ref _slots[SplitMix.Mix(point) % Slots];
        uint next = Volatile.Read(ref slot);
        if (next != 0 && (int)(moment - next) < 0)
        {
            return false;
        }

        Volatile.Write(ref slot, Math.Max(1, moment + Interval));
        return true;
    }
}
