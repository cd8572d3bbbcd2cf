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
    private OutcomeWindow _matchedWindow;
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
        _matchedWindow = new OutcomeWindow(_windowLength);
    }

    /// <summary>Holds a score of former times. Control thread.</summary>
    public void HoldAt(Score score)
    {
        _current = score;
        IsHeld = true;
    }

    /// <summary>Matched outcomes ever counted, as of the last tick. Control thread.</summary>
    public OutcomeCounts Matched { get; private set; }

    /// <summary>Matched outcomes in the window, as of the last tick. Control thread.</summary>
    public OutcomeCounts MatchedInWindow => _matchedWindow.Sum;

    /// <summary>While set, the score stays what it is, whatever is counted. Control thread.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Forgets what was counted so far: another build stands behind the name now. Control thread.</summary>
    public void Restart() => NewWindows();

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
            NewWindows();
        }

        OutcomeCounts matched = default, others = default;
        foreach (VersionTally tally in _tallies)
        {
            matched += tally.Read(matched: true);
            others += tally.Read(matched: false);
        }

        _matchedWindow.Add(matched - Matched, now);
        _window.Add(matched + others - _seen, now);
        (Matched, _seen) = (matched, matched + others);
        if (!IsHeld)
        {
            _current = Rate(_window.Sum, settings, reference);
        }
    }

    private void NewWindows()
    {
        _window = new OutcomeWindow(_windowLength);
        _matchedWindow = new OutcomeWindow(_windowLength);
    }

    private Score Rate(OutcomeCounts counts, RatingSettings settings, double reference)
    {
        long samples = counts.Samples;
        if (Formula.Measure(counts, settings) is not { } measured)
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
}
