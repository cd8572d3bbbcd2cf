// Whether a canary's score has been too low for too long while the baseline's is better for certain. Control thread only.
// Never reads a clock: whoever calls it keeps the period.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Guard;

/// <summary>
/// Trips when the score was under a mark for more than two periods in a row and the canary's upper bound is below the lower one of the baseline: an
/// outage that both share is no reason to throw a release out. Bounds widen with every look, so that all looks together err with a
/// chance of alpha at most (docs/decisions/0009-sequential-test.md has the proof).
/// </summary>
public sealed class RatingTrip
{
    private const int PeriodsAllowed = 2;

    private readonly double _alpha;
    private long _looks;
    private int _periodsBelow;

    /// <param name="alpha">Chance of ever tripping over a canary that is no worse; above 0, below 1.</param>
    public RatingTrip(double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(alpha, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(alpha, 1);
        _alpha = alpha;
    }

    /// <summary>What the last look saw.</summary>
    public RatingLook Last { get; private set; }

    /// <summary>One look, to be had once a period. True: trip.</summary>
    /// <param name="score">The canary's published value.</param>
    /// <param name="failBelow">The mark.</param>
    /// <param name="canary">Matched outcomes in the window.</param>
    /// <param name="baseline">Their counterparts.</param>
    public bool Look(double score, double failBelow, in OutcomeCounts canary, in OutcomeCounts baseline, RatingSettings settings)
    {
        _periodsBelow = score < failBelow ? Math.Min(_periodsBelow + 1, PeriodsAllowed + 1) : 0;
        Last = new RatingLook(score, 1, 0, canary.Samples, baseline.Samples);
        long samples = Math.Min(canary.Samples, baseline.Samples);
        if (samples < Math.Max(1, settings.MinSamples))
        {
            return false;
        }

        // Every such look counts, whatever the score: one picked by the canary's bad luck would not be worth its level.
        _looks++;
        if (_periodsBelow <= PeriodsAllowed)
        {
            return false;
        }

        double squared = Math.Log(2 * (2.0 * samples + 1) / Spending.Of(_alpha, _looks));
        if (Measure(canary, settings, squared, samples) is not { } mine || Measure(baseline, settings, squared, samples) is not { } theirs)
        {
            return false;
        }

        Last = Last with { CanaryUpper = mine.Upper, BaselineLower = theirs.Lower };
        return mine.Upper < theirs.Lower;
    }

    /// <summary>Bounds as wide as those of <paramref name="samples"/> samples: Wilson's depend on z² / n alone.</summary>
    private static Estimate? Measure(in OutcomeCounts counts, RatingSettings settings, double squared, long samples) =>
        Formula.Measure(counts, settings, Math.Sqrt(squared * counts.Samples / samples));
}

/// <summary>The numbers of one look.</summary>
/// <param name="Score">The canary's published value.</param>
/// <param name="CanaryUpper">1 where the look did not go so far as to ask.</param>
/// <param name="BaselineLower">0 where it did not.</param>
public readonly record struct RatingLook(double Score, double CanaryUpper, double BaselineLower, long CanarySamples, long BaselineSamples);
