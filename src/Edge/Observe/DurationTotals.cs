// The sum of several workers' histograms at one moment. A scrape's own; one thread.

namespace OpenClaw.Edge.Observe;

internal sealed class DurationTotals
{
    /// <summary>Observations per bucket, not cumulative; the last is above every bound.</summary>
    public long[] Counts { get; } = new long[DurationHistogram.BoundsSeconds.Length + 1];

    public double SumSeconds { get; private set; }

    public void Add(DurationHistogram histogram)
    {
        for (int i = 0; i < Counts.Length; i++)
        {
            Counts[i] += histogram.Count(i);
        }

        SumSeconds += histogram.SumSeconds;
    }
}
