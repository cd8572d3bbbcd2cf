// The live rating of one version: the workers' tallies, the window over them, and the published score. Tallies belong to the
// workers; everything else runs on the control thread, and anyone may read Current.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Rating;

/// <summary>Turns the outcomes of one version into a <see cref="Score"/> (docs: policy, rating).</summary>
public sealed class VersionRating
{
    private readonly VersionTally[] _tallies;
    private OutcomeCounts _seen; // of all tallies, at the last tick
    private OutcomeWindow _window;
    private TimeSpan _windowLength;
    private volatile Score _current = Score.Unknown; // the control thread writes

    internal VersionRating(int workers)
    {
        _tallies = new VersionTally[workers];
        for (int worker = 0; worker < workers; worker++)
        {
            _tallies[worker] = new VersionTally();
        }

        _windowLength = new RatingSettings().Window;
        _window = new OutcomeWindow(_windowLength);
    }

    /// <summary>The latest score; one volatile read.</summary>
    public Score Current => _current;

    /// <summary>Where worker number <paramref name="worker"/>, and nobody else, records.</summary>
    public VersionTally Tally(int worker) => _tallies[worker];

    /// <param name="reference">Stable's value, towards which few samples shrink; for stable itself, that of nothing known.</param>
    internal void Tick(RatingSettings settings, double reference, long now)
    {
        if (settings.Window != _windowLength)
        {
            _windowLength = settings.Window;
            _window = new OutcomeWindow(_windowLength);
        }

        OutcomeCounts total = default;
        foreach (VersionTally tally in _tallies)
        {
            total += tally.Read();
        }

        _window.Add(total - _seen, now);
        _seen = total;
        _current = Rate(_window.Sum, settings, reference);
    }

    private Score Rate(OutcomeCounts counts, RatingSettings settings, double reference)
    {
        long samples = counts.Samples;
        if (samples == 0 || Measure(counts, settings) is not { } measured)
        {
            return _current.With(reference, 0, 1, samples);
        }

        if (samples >= settings.MinSamples)
        {
            return _current.With(measured.Value, measured.Lower, measured.Upper, samples);
        }

        double trust = (double)samples / settings.MinSamples;
        double value = trust * measured.Value + (1 - trust) * reference;
        return _current.With(value, 0, Math.Max(value, measured.Upper), samples);
    }

    /// <summary>The parts by their weights, at one sample or more; null if every weight is 0.</summary>
    private static Estimate? Measure(OutcomeCounts counts, RatingSettings settings)
    {
        double half = 0.5 * counts.Aborts; // an abort counts half, for both parts
        Estimate errors = Estimate.OfMean(counts.Errors + half, counts.Samples);
        Estimate apdex = Estimate.OfMean(counts.Satisfied + 0.5 * counts.Tolerated + half, counts.Samples);

        WeightedAverage parts = new WeightedAverage();
        parts.Add(settings.SuccessWeight, errors.LeftOver(settings.ErrorRateAtZero));
        parts.Add(settings.LatencyWeight, apdex);
        return parts.Result;
    }
}
