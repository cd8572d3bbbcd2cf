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
    public void Record(Outcome outcome, long latencyNanoseconds, long targetNanoseconds, bool isMatched = false)
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
                break;
            case Outcome.Error:
                Increment(ref counts.Errors);
                break;
            case Outcome.ClientAbort:
                Increment(ref counts.Aborts);
                break;
        }
    }

    /// <summary>Everything recorded so far of one kind; counts of one instant may be apart by the record in flight.</summary>
    public OutcomeCounts Read(bool matched) => Read(in matched ? ref _matched : ref _others);

    private static OutcomeCounts Read(ref readonly PaddedCounts counts) => new(
        Volatile.Read(in counts.Satisfied), Volatile.Read(in counts.Tolerated), Volatile.Read(in counts.Slow),
        Volatile.Read(in counts.Errors), Volatile.Read(in counts.Aborts));

    private static void Increment(ref long count) => Volatile.Write(ref count, count + 1);

    /// <summary>Two cache lines of nothing on either side, so that no two workers' tallies share one (or a prefetched pair).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128 + 5 * sizeof(long) + 128)]
    private struct PaddedCounts
    {
        [FieldOffset(128)] public long Satisfied;
        [FieldOffset(136)] public long Tolerated;
        [FieldOffset(144)] public long Slow;
        [FieldOffset(152)] public long Errors;
        [FieldOffset(160)] public long Aborts;
    }
}
