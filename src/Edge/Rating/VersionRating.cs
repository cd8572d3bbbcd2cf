// The live rating of one version: the workers' tallies, the windows over them, what users said, and the published score. Tallies
// belong to the workers; everything else runs on the control thread, and anyone may read what is published.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Rating;

/// <summary>Turns the outcomes of one version and what users say of it into a <see cref="Score"/> (docs/rating.md).</summary>
public sealed class VersionRating
{
    private const long NotKnown = -1;

    private readonly VersionTally[] _tallies;
    private readonly CellTally[] _cellTallies;
    private readonly CellWindow _cells;
    private readonly Voices _voices = new();
    private OutcomeCounts _seen; // of all tallies, at the last tick
    private OutcomeWindow _window;
    private OutcomeWindow _matchedWindow;
    private TimeSpan _windowLength;
    private string? _release;
    private bool _isNew;
    private long _since = NotKnown; // when the version came
    private byte _age = DeployAge.Unknown; // the control thread writes
    private volatile Score _current = Score.Unknown; // the control thread writes
    private volatile Score _currentMatched = Score.Unknown; // the control thread writes
    private volatile Opinion? _opinion; // the control thread writes

    /// <param name="isNew">The version comes with the next tick; false: it was there before the process was, nobody knows how long.</param>
    internal VersionRating(int workers, bool isNew = false)
    {
        _tallies = new VersionTally[workers];
        _cellTallies = new CellTally[workers];
        for (int worker = 0; worker < workers; worker++)
        {
            _tallies[worker] = new VersionTally();
            _cellTallies[worker] = new CellTally();
        }

        _cells = new CellWindow(_cellTallies);
        _isNew = isNew;
        _windowLength = new RatingSettings().Window;
        _window = new OutcomeWindow(_windowLength);
        _matchedWindow = new OutcomeWindow(_windowLength);
    }

    /// <summary>Matched outcomes ever counted, as of the last tick. Control thread.</summary>
    public OutcomeCounts Matched { get; private set; }

    /// <summary>How old the version is, <see cref="DeployAge"/>, as of the last tick. One volatile read.</summary>
    public byte Age => Volatile.Read(ref _age);

    /// <summary>While set, the score stays what it is, whatever is counted. Control thread.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The latest score; one volatile read.</summary>
    public Score Current => _current;

    /// <summary>
    /// The same of matched outcomes alone, by success and latency: what a canary and its baseline, which is stable's, can be compared by. One volatile read.
    /// </summary>
    public Score CurrentMatched => _currentMatched;

    /// <summary>What users say of the version, as of the last tick; null: nothing.</summary>
    public Opinion? Opinion => _opinion;

    /// <summary>Holds this score, which may be from before the process began. Control thread.</summary>
    public void HoldAt(Score score)
    {
        _current = score;
        IsHeld = true;
    }

    /// <summary>Where worker number <paramref name="worker"/>, and nobody else, records.</summary>
    public VersionTally Tally(int worker) => _tallies[worker];

    /// <summary>Where that worker records what the learned model sees of responses.</summary>
    public CellTally Cells(int worker) => _cellTallies[worker];

    /// <summary>Forgets what was counted and said so far, as for a version that has just come. Control thread.</summary>
    public void Restart()
    {
        (Matched, _seen) = ReadTallies();
        _window = new OutcomeWindow(_windowLength);
        _matchedWindow = new OutcomeWindow(_windowLength);
        _voices.Clear();
        _cells.Clear();
        _isNew = true;
    }

    /// <summary>Goes on with this release of the version. Another one than before is another version in all but its name, and begins anew.</summary>
    /// <param name="release">Null: nobody says which it is.</param>
    internal void Follow(string? release)
    {
        if (release is null || release == _release)
        {
            return;
        }

        if (_release is not null)
        {
            Restart();
        }

        _release = release;
    }

    /// <param name="score">0 to 1.</param>
    internal void Hear(double score, TimeSpan halfLife, long now) => _voices.Add(score, halfLife, now);

    /// <param name="reference">Stable's value, towards which few samples shrink; null: this is stable.</param>
    /// <param name="model">What has been learned of responses.</param>
    internal void Tick(RatingSettings settings, double? reference, long now, HeuristicModel? model = null)
    {
        TickAge(isStable: reference is null, now);
        if (settings.Window != _windowLength)
        {
            _windowLength = settings.Window;
            _window = _window.Resized(_windowLength);
            _matchedWindow = _matchedWindow.Resized(_windowLength);
        }

        if (settings.Feedback is { } feedback)
        {
            _voices.Fade(feedback.HalfLife, now);
            _cells.Update(settings.Window, now);
        }

        _opinion = settings.Feedback is not null && _voices.Mean is { } mean ? new Opinion(_voices.Weight, mean) : null;

        (OutcomeCounts matched, OutcomeCounts all) = ReadTallies();
        _matchedWindow.Add(matched - Matched, now);
        _window.Add(all - _seen, now);
        (Matched, _seen) = (matched, all);
        if (!IsHeld)
        {
            double anchor = reference ?? Score.Unknown.Value;
            _current = Publish(_current, Measure(settings, model), _window.Sum.Samples, settings, anchor);
            _currentMatched = Publish(_currentMatched, Formula.Measure(_matchedWindow.Sum, settings), _matchedWindow.Sum.Samples, settings, anchor);
        }
    }

    private void TickAge(bool isStable, long now)
    {
        if (_isNew)
        {
            (_since, _isNew) = (now, false);
        }

        byte age = isStable ? DeployAge.Settled : _since == NotKnown ? DeployAge.Unknown : DeployAge.Of(TimeSpan.FromMicroseconds((now - _since) / 1000));
        Volatile.Write(ref _age, age);
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

    /// <summary>All parts that are there, by their weights; null without outcomes, whatever users or the model say.</summary>
    private Estimate? Measure(RatingSettings settings, HeuristicModel? model)
    {
        Estimate? counted = Formula.Measure(_window.Sum, settings);
        if (counted is not { } parts || settings.Feedback is null)
        {
            return counted;
        }

        parts = _voices.AddedTo(parts, settings.SuccessWeight + settings.LatencyWeight, settings.FeedbackWeight);
        double earned = model?.Weight(settings.MaxHeuristicWeight) ?? 0;
        return earned > 0 && model!.Rate(_cells.Counts, Age) is { } predicted ? predicted.MixedInto(parts, earned) : parts;
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
