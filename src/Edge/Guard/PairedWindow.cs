// The outcomes of canary and baseline in a sliding window, as many of the one as of the other in each tick of it. Control thread only.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Guard;

/// <summary>
/// Sums of all that was seen would not do: at a weight above one half, or behind a small bucket, or with several canaries, the two cohorts are not of one
/// size, and when their ratio changes in a shared outage the one has more of it in its sum than the other. So every tick counts for the
/// smaller of its sides: the larger is scaled down, in parts of an outcome.
/// </summary>
internal sealed class PairedWindow
{
    /// <summary>Outcomes are counted in such parts.</summary>
    public const int Parts = 1000;

    private TimeSpan _length;
    private OutcomeWindow _canaries;
    private OutcomeWindow _baselines;
    private OutcomeCounts _canary; // waiting for counterparts
    private OutcomeCounts _baseline;

    public PairedWindow()
    {
        _length = new RatingSettings().Window;
        _canaries = new OutcomeWindow(_length);
        _baselines = new OutcomeWindow(_length);
    }

    /// <summary>In parts.</summary>
    public OutcomeCounts Canary => _canaries.Sum;

    /// <summary>In parts, as many as <see cref="Canary"/> but for rounding.</summary>
    public OutcomeCounts Baseline => _baselines.Sum;

    public long Pairs => Math.Min(Canary.Samples, Baseline.Samples) / Parts;

    public void Add(in OutcomeCounts canary, in OutcomeCounts baseline, TimeSpan length, long now)
    {
        if (length != _length)
        {
            _length = length;
            _canaries = new OutcomeWindow(length);
            _baselines = new OutcomeWindow(length);
        }

        _canary += Scale(canary, Parts, 1);
        _baseline += Scale(baseline, Parts, 1);
        long pairs = Math.Min(_canary.Samples, _baseline.Samples);
        _canaries.Add(Take(ref _canary, pairs), now);
        _baselines.Add(Take(ref _baseline, pairs), now);
    }

    /// <summary>So many with the mix of all that wait; of the others some go on waiting, likewise.</summary>
    private static OutcomeCounts Take(ref OutcomeCounts waiting, long parts)
    {
        OutcomeCounts all = waiting;
        OutcomeCounts taken = Scale(all, parts, all.Samples);
        long kept = Math.Min(all.Samples - parts, SequentialTest.WaitingMax * Parts);
        waiting = Scale(all, kept, all.Samples);
        return taken;
    }

    private static OutcomeCounts Scale(in OutcomeCounts counts, long numerator, long denominator)
    {
        if (numerator == 0 || numerator == denominator)
        {
            return numerator == 0 ? default : counts;
        }

        double ratio = (double)numerator / denominator;
        return new OutcomeCounts(Part(counts.Satisfied), Part(counts.Tolerated), Part(counts.Slow), Part(counts.Errors), Part(counts.Aborts));

        long Part(long count) => (long)Math.Round(count * ratio);
    }
}
