// One worker's outcomes of one version, ever growing. Written by that worker alone, read by the control thread.
// Never locks, never allocates after construction.

using System.Runtime.InteropServices;

namespace OpenClaw.Edge.Rating;

/// <summary>Counts outcomes for <see cref="VersionRating"/>. One writer; any reader sees each count whole.</summary>
public sealed class VersionTally
{
    private PaddedCounts _matched; // the worker writes
    private PaddedCounts _others;

    /// <param name="latencyNanoseconds">From the start of the exchange to the final head of the answer; looked at for successes only.</param>
    /// <param name="targetNanoseconds">Apdex target: up to it satisfied, up to four times of it tolerated.</param>
    /// <param name="isMatched">One of the canary and baseline requests that the guard compares.</param>
    /// <param name="wasOverdue">It has been in <see cref="RecordOverdue"/>.</param>
    public void Record(Outcome outcome, long latencyNanoseconds, long targetNanoseconds, bool isMatched = false, bool wasOverdue = false)
    {
        ref PaddedCounts counts = ref isMatched ? ref _matched : ref _others;
        switch (outcome)
        {
            case Outcome.Success when latencyNanoseconds <= targetNanoseconds:
                Increment(ref counts.Satisfied);
                break;
            case Outcome.Success when latencyNanoseconds <= 4 * targetNanoseconds:
                Increment(ref counts.Tolerated);
                break;
            case Outcome.Success:
                Increment(ref counts.Slow);
                if (wasOverdue)
                {
                    Increment(ref counts.Answered);
                }

                break;
            case Outcome.Error:
                Increment(ref counts.Errors);
                break;
            case Outcome.ClientAbort:
                Increment(ref counts.Aborts);
                break;
        }
    }

    /// <summary>A matched request has waited for more than four times the target, and has no answer yet.</summary>
    public void RecordOverdue() => Increment(ref _matched.Overdue);

    /// <summary>Everything recorded so far of one kind; counts of one instant may be apart by the record in flight.</summary>
    public OutcomeCounts Read(bool matched) => Read(in matched ? ref _matched : ref _others);

    private static OutcomeCounts Read(ref readonly PaddedCounts counts)
    {
        long answered = Volatile.Read(in counts.Answered); // first: what is in it is among the slow ones already
        return new OutcomeCounts(
            Volatile.Read(in counts.Satisfied), Volatile.Read(in counts.Tolerated), Volatile.Read(in counts.Slow),
            Volatile.Read(in counts.Errors), Volatile.Read(in counts.Aborts)) { Overdue = Volatile.Read(in counts.Overdue) - answered };
    }

    private static void Increment(ref long count) => Volatile.Write(ref count, count + 1);

    /// <summary>Two cache lines of nothing on either side, so that no two workers' tallies share one (or a prefetched pair).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128 + 7 * sizeof(long) + 128)]
    private struct PaddedCounts
    {
        [FieldOffset(128)] public long Satisfied;
        [FieldOffset(136)] public long Tolerated;
        [FieldOffset(144)] public long Slow;
        [FieldOffset(152)] public long Errors;
        [FieldOffset(160)] public long Aborts;
        [FieldOffset(168)] public long Overdue;
        [FieldOffset(176)] public long Answered; // of those
    }
}
