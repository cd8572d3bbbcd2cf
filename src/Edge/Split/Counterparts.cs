// Which stable requests are the baseline: the counterparts of canary requests, of the same moment. One object for the life of
// the process; any worker. Never locks, never waits.

namespace OpenClaw.Edge.Split;

/// <summary>
/// Canary requests that wait for their counterpart. The next request that is not the canary's turn is it. So the baseline is as large as
/// the canary's part, as far as there are so many others, meets the same minutes and the same mix, and a turn that reached no
/// canary has none.
/// </summary>
internal sealed class Counterparts
{
    /// <summary>
    /// As long as at most half of the requests are turns, two wait at most, and as many more as there are workers between a turn and
    /// its note. Above, somebody always waits, and must not outlive the weight by much.
    /// </summary>
    private const long WaitingMax = 64;

    private PaddedWord _waiting; // all workers exchange

    /// <summary>One canary request more, unless so many wait that theirs would come much later.</summary>
    public void Add()
    {
        if (Volatile.Read(ref _waiting.Value) < WaitingMax)
        {
            Interlocked.Increment(ref _waiting.Value);
        }
    }

    /// <summary>Whether a request that goes to stable is a counterpart.</summary>
    public bool TryTake() => Volatile.Read(ref _waiting.Value) > 0 && TryTakeOne();

    private bool TryTakeOne()
    {
        long waiting = Volatile.Read(ref _waiting.Value);
        while (waiting > 0)
        {
            long seen = Interlocked.CompareExchange(ref _waiting.Value, waiting - 1, waiting);
            if (seen == waiting)
            {
                return true;
            }

            waiting = seen;
        }

        return false;
    }
}
