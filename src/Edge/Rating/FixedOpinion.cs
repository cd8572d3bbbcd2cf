// What the fixed formula of the score says of a single response: where the learned model begins, and what it is measured by.
// A value; any thread.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Rating;

/// <summary>
/// Unhappiness by the score's own success and latency parts, were one response all there is: an error 1, an abort 1/2, a slow success the weight of the latency
/// part among the two, a tolerated one half of that, all else 0 (4xx too, which the formula leaves out).
/// </summary>
public readonly struct FixedOpinion(RatingSettings settings)
{
    /// <summary>Nobody is sure of a user: as a probability the formula's 0 is 0.02, and its 1 is 0.98.</summary>
    public const double Doubt = 0.02;

    private readonly double _slow = settings.SuccessWeight + settings.LatencyWeight is > 0 and var both ? settings.LatencyWeight / both : 0;

    /// <summary>0 (happy) to 1.</summary>
    public double Unhappiness(SignalCell cell) => (cell.Outcome, cell.Apdex) switch
    {
        (Outcome.Success, ApdexClass.Tolerated) => _slow / 2,
        (Outcome.Success, ApdexClass.Slow) => _slow,
        (Outcome.ClientAbort, _) => 0.5,
        (Outcome.Error, _) => 1,
        _ => 0,
    };

    /// <summary>The same as a probability, with its doubt.</summary>
    public double Probability(SignalCell cell) => Doubtful(Unhappiness(cell));

    private static double Doubtful(double unhappiness) => Doubt + (1 - 2 * Doubt) * unhappiness;

    /// <summary>The inverse of <see cref="Doubtful"/>, within 0..1.</summary>
    public static double Plain(double probability) => Math.Clamp((probability - Doubt) / (1 - 2 * Doubt), 0, 1);
}
