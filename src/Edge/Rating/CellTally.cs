// One worker's responses of one version by their cells, ever growing. Written by that worker alone, read by the control thread.
// Never locks, never allocates after construction.

namespace OpenClaw.Edge.Rating;

/// <summary>Counts cells for <see cref="CellWindow"/>. One writer; any reader sees each count whole.</summary>
public sealed class CellTally
{
    private const int Padding = 128 / sizeof(long); // two cache lines of nothing on either side

    private readonly long[] _counts = new long[Padding + SignalCell.Codes + Padding]; // the worker writes

    public void Record(SignalCell cell)
    {
        ref long count = ref _counts[Padding + cell.Code];
        Volatile.Write(ref count, count + 1);
    }

    /// <summary>Adds everything recorded so far to <paramref name="sums"/>, which has one place for each cell.</summary>
    public void AddTo(Span<long> sums)
    {
        ReadOnlySpan<long> counts = _counts.AsSpan(Padding, SignalCell.Codes);
        for (int code = 0; code < counts.Length; code++)
        {
            sums[code] += Volatile.Read(in counts[code]);
        }
    }
}
