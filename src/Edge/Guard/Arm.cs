// What one side of a comparison has to show. A value; any thread.

using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Guard;

/// <summary>Outcomes of one arm in some stretch of time.</summary>
/// <param name="Count">How many.</param>
/// <param name="Bad">Their badness, each 0..1, summed: 0..Count.</param>
public readonly record struct Arm(long Count, double Bad)
{
    /// <summary>Everything that counts, by what went wrong; a client that left is half an error.</summary>
    public static Arm OfErrors(in OutcomeCounts counts) => new(counts.Samples, counts.Errors + 0.5 * counts.Aborts);

    /// <summary>Answers without an error, by what was over the latency target; and what is sure to be, since it waits for so long.</summary>
    public static Arm OfLatency(in OutcomeCounts counts) =>
        new(counts.Satisfied + counts.Tolerated + counts.Slow + counts.Overdue, counts.Tolerated + counts.Slow + counts.Overdue);

    public static Arm operator +(Arm a, Arm b) => new(a.Count + b.Count, a.Bad + b.Bad);

    /// <summary>As if only so many of them had been seen, with the same mean.</summary>
    internal Arm Of(long count) => count >= Count ? this : new Arm(count, Bad * count / Count);
}
