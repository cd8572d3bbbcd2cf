// The live rating of one version: the workers' tallies, the window over them, and the published score. Tallies belong to the
// workers; everything else runs on the control thread, and anyone may read Current.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Rating;

/// <summary>Turns the outcomes of one version into a <see cref="Score"/> (docs: policy, rating).</summary>
public sealed class VersionRating
{
    private readonly VersionTally[] _tallies;
    private readonly Voices _voices = new();
    private OutcomeCounts _seen; // of all tallies, at the last tick
    private OutcomeWindow _window;
    private OutcomeWindow _matchedWindow;
    private TimeSpan _windowLength;
    private volatile Score _current = Score.Unknown; // the control thread writes
    private volatile Score _currentMatched = Score.Unknown; // the control thread writes

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

    /// <summary>Matched outcomes ever counted, as of the last tick. Control thread.</summary>
    public OutcomeCounts Matched { get; private set; }

    /// <summary>Matched outcomes in the window, as of the last tick. Control thread.</summary>
    public OutcomeCounts MatchedInWindow => _matchedWindow.Sum;

    /// <summary>While set, the score stays what it is, whatever is counted. Control thread.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The latest score; one volatile read.</summary>
    public Score Current => _current;

    /// <summary>
    /// The same of matched outcomes alone, by success and latency: what a canary and its baseline, which is stable's, can be compared by. One volatile read.
    /// </summary>
    public Score CurrentMatched => _currentMatched;

    /// <summary>Where worker number <paramref name="worker"/>, and nobody else, records.</summary>
    public VersionTally Tally(int worker) => _tallies[worker];

    /// <summary>Forgets what was counted and said so far: another build stands behind the name now. Control thread.</summary>
    public void Restart()
    {
        (Matched, _seen) = ReadTallies();
        _window = new OutcomeWindow(_windowLength);
        _matchedWindow = new OutcomeWindow(_windowLength);
        _voices.Clear();
    }

    /// <param name="score">0 to 1.</param>
    internal void Hear(double score, TimeSpan halfLife, long now) => _voices.Add(score, halfLife, now);

    /// <param name="reference">Stable's value, towards which few samples shrink; for stable itself, that of nothing known.</param>
    /// <param name="predicted">What a model says of this version's outcomes; null: nothing.</param>
    /// <param name="predictedWeight">Share of the score that the model has earned, 0..1; at most <see cref="RatingSettings.MaxHeuristicWeight"/> counts.</param>
    internal void Tick(RatingSettings settings, double reference, long now, Estimate? predicted = null, double predictedWeight = 0)
    {
        if (settings.Window != _windowLength)
        {
            _windowLength = settings.Window;
            _window = _window.Resized(_windowLength);
            _matchedWindow = _matchedWindow.Resized(_windowLength);
        }

        if (settings.Feedback is { } feedback)
        {
            _voices.Fade(feedback.HalfLife, now);
        }

        (OutcomeCounts matched, OutcomeCounts all) = ReadTallies();
        _matchedWindow.Add(matched - Matched, now);
        _window.Add(all - _seen, now);
        (Matched, _seen) = (matched, all);
        if (!IsHeld)
        {
            Estimate? measured = Measure(settings, predicted, predictedWeight);
            _current = Publish(_current, measured, _window.Sum.Samples, settings, reference);
            _currentMatched = Publish(_currentMatched, Formula.Measure(_matchedWindow.Sum, settings), _matchedWindow.Sum.Samples, settings, reference);
        }
    }

    /// <summary>Each count has one writer, who only adds, and is read whole; so none of the sums is ever less than it was at the last tick.</summary>
    private (OutcomeCounts Matched, OutcomeCounts All) ReadTallies()
    {
        OutcomeCounts matched = default, others = default;
        foreach (VersionTally tally in _tallies)
        {
            matched += tally.Read(matched: true);
            others += tally.Read(matched: false);
        }

        return (matched, matched + others);
    }

    /// <summary>All parts that are there, by their weights; null without outcomes, whatever users or models say.</summary>
    private Estimate? Measure(RatingSettings settings, Estimate? predicted, double predictedWeight)
    {
        if (Formula.Measure(_window.Sum, settings) is not { } measured)
        {
            return null;
        }

        if (settings.Feedback is not null)
        {
            measured = _voices.AddedTo(measured, settings.SuccessWeight + settings.LatencyWeight, settings.FeedbackWeight);
        }

        return predictedWeight > 0 && predicted is { IsSound: true } sound
            ? measured.MixedWith(sound, Math.Min(predictedWeight, settings.MaxHeuristicWeight))
            : measured;
    }

    /// <summary>Few samples count for little, and promise nothing: they shrink towards the reference, without a lower bound.</summary>
    private static Score Publish(Score last, Estimate? measured, long samples, RatingSettings settings, double reference)
    {
        if (measured is not { } known)
        {
            return last.With(reference, 0, 1, samples);
        }

        if (samples >= settings.MinSamples)
        {
            return last.With(known.Value, known.Lower, known.Upper, samples);
        }

        double trust = (double)samples / settings.MinSamples;
        double value = trust * known.Value + (1 - trust) * reference;
        return last.With(value, 0, Math.Max(value, known.Upper), samples);
    }
}
