// Counted outcomes of one version over some stretch of time. A value; any thread.

namespace OpenClaw.Edge.Rating;

/// <summary>Outcomes that count, successes by their latency. Neutral ones are not among them.</summary>
/// <param name="Satisfied">Successes within the latency target.</param>
/// <param name="Tolerated">Successes within four times the target.</param>
/// <param name="Slow">Successes beyond that.</param>
public readonly record struct OutcomeCounts(long Satisfied, long Tolerated, long Slow, long Errors, long Aborts)
{
    /// <summary>
    /// Requests that have waited for more than four times the target and have no answer yet, or never got one: whatever comes of them will not be
    /// quick. No samples: those count when they end. Only of matched requests.
    /// </summary>
    public long Overdue { get; init; }

    public long Samples => Satisfied + Tolerated + Slow + Errors + Aborts;

    public static OutcomeCounts operator +(OutcomeCounts a, OutcomeCounts b) => new(
        a.Satisfied + b.Satisfied, a.Tolerated + b.Tolerated, a.Slow + b.Slow, a.Errors + b.Errors, a.Aborts + b.Aborts) { Overdue = a.Overdue + b.Overdue };

    public static OutcomeCounts operator -(OutcomeCounts a, OutcomeCounts b) => new(
        a.Satisfied - b.Satisfied, a.Tolerated - b.Tolerated, a.Slow - b.Slow, a.Errors - b.Errors, a.Aborts - b.Aborts) { Overdue = a.Overdue - b.Overdue };
}
