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
    private readonly PairedWindow _window = new();
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
    public RatingLook Last { get; private set; } = new(1, 1, 0, 0);

    /// <summary>Takes the matched outcomes since the last call, of the canary and of the baseline; to be called every tick.</summary>
    /// <param name="now">Nanoseconds on a monotonic clock, 0 or more.</param>
    public void Add(in OutcomeCounts canary, in OutcomeCounts baseline, RatingSettings settings, long now) =>
        _window.Add(canary, baseline, settings.Window, now);

    /// <summary>One look, to be had once a period. True: trip.</summary>
    /// <param name="score">The canary's published value.</param>
    /// <param name="failBelow">The mark.</param>
    public bool Look(double score, double failBelow, RatingSettings settings)
    {
        _periodsBelow = score < failBelow ? Math.Min(_periodsBelow + 1, PeriodsAllowed + 1) : 0;
        long pairs = _window.Pairs;
        Last = new RatingLook(score, 1, 0, pairs);
        if (pairs < Math.Max(1, settings.MinSamples))
        {
            return false;
        }

        // Every such look counts, whatever the score: one picked by the canary's bad luck would not be worth its level.
        _looks++;
        if (_periodsBelow <= PeriodsAllowed)
        {
            return false;
        }

        // Wilson's bounds depend on z² / n alone, and the window counts in parts.
        double z = Math.Sqrt(PairedWindow.Parts * Squared(pairs));
        if (Formula.Measure(_window.Canary, settings, z) is not { } canary || Formula.Measure(_window.Baseline, settings, z) is not { } baseline)
        {
            return false;
        }

        Last = Last with { CanaryUpper = canary.Upper, BaselineLower = baseline.Lower };
        return canary.Upper < baseline.Lower;
    }

    /// <summary>
    /// The z² of this look. Bounds that are apart mean that bets chosen in hindsight would have made exp(z²) of the window's n pairs, in one of the
    /// score's two parts; a mixture that never grows in the mean is at most 4n behind them.
    /// </summary>
    private double Squared(long pairs) => Math.Log(2 * 4.0 * (pairs + 1) / Spending.Of(_alpha, _looks));
}

/// <summary>The numbers of one look.</summary>
/// <param name="Score">The canary's published value.</param>
/// <param name="CanaryUpper">1 where the look did not go so far as to ask.</param>
/// <param name="BaselineLower">0 where it did not.</param>
/// <param name="Pairs">Canary and baseline outcomes in the window, one with one.</param>
public readonly record struct RatingLook(double Score, double CanaryUpper, double BaselineLower, long Pairs);
