// Counts durations per bucket with one writer, for openclaw_request_duration_seconds. Same reading rule as VersionCounters.

namespace OpenClaw.Edge.Observe;

internal sealed class DurationHistogram
{
    /// <summary>Upper bounds in seconds; one more bucket, +Inf, lies above. Finer below 10 ms, where an edge's answers are.</summary>
    public static readonly double[] BoundsSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private static readonly long[] Bounds = [.. BoundsSeconds.Select(seconds => (long)(seconds * 1e9))];

    private readonly long[] _counts = new long[Bounds.Length + 1];
    private long _sum;

    public void Add(long nanoseconds)
    {
        long[] bounds = Bounds;
        int bucket = 0;
        while (bucket < bounds.Length && nanoseconds > bounds[bucket])
        {
            bucket++;
        }

        _counts[bucket]++;
        _sum += nanoseconds;
    }

    /// <summary>Observations in one bucket, not cumulative; the last is above every bound.</summary>
    public long Count(int bucket) => Volatile.Read(ref _counts[bucket]);

    public long Total
    {
        get
        {
            long total = 0;
            for (int i = 0; i < _counts.Length; i++)
            {
                total += Count(i);
            }

            return total;
        }
    }

    public double SumSeconds => Volatile.Read(ref _sum) / 1e9;
}
