// All versions' ratings: keeps them by name over reloads and recomputes them every tick. Control thread only, but for the
// ratings it hands out.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Rating;

/// <summary>Drives every <see cref="VersionRating"/>; to be ticked every <see cref="TickInterval"/>.</summary>
public sealed class RatingEngine(int workers)
{
    public static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<string, VersionRating> _ratings = [];
    private readonly HeuristicModel _model = new(new RatingSettings());
    private RatingSettings _settings = new();
    private string? _stable;
    private volatile HeuristicExplanation? _heuristic; // the control thread writes

    /// <summary>
    /// Takes over a snapshot's versions and settings. A version that stays keeps its tallies and window, unless it is another release now; one
    /// that is gone is forgotten, and starts anew if it comes back.
    /// </summary>
    public void Apply(Snapshot snapshot)
    {
        bool isFirst = _stable is null;
        _settings = snapshot.Rollout.Rating;
        _model.Apply(_settings);
        _stable = snapshot.Edge.Stable;
        HashSet<string> gone = [.. _ratings.Keys];
        foreach (VersionSettings version in snapshot.Edge.Versions)
        {
            gone.Remove(version.Name);
            if (!_ratings.TryGetValue(version.Name, out VersionRating? rating))
            {
                rating = new VersionRating(workers, isNew: !isFirst);
                _ratings.Add(version.Name, rating);
            }

            rating.Follow(snapshot.ReleaseOf(version.Name));
        }

        foreach (string version in gone)
        {
            _ratings.Remove(version);
        }
    }

    /// <summary>The rating of a version of the snapshot applied last.</summary>
    public VersionRating this[string version] => _ratings[version];

    /// <summary>What the learned part of the scores knows and weighs, as of the last tick; null: without feedback there is none. Any thread.</summary>
    public HeuristicExplanation? Heuristic => _heuristic;

    /// <summary>What a user said; the next tick's score has it. Nothing of it counts while feedback is off, for a version that is gone, or if the score is no number in 0..1.</summary>
    /// <param name="now">Nanoseconds on the clock of <see cref="Tick"/>.</param>
    public void Hear(in Voice voice, long now)
    {
        if (_settings.Feedback is { } feedback && voice.Score is >= 0 and <= 1 && _ratings.TryGetValue(voice.Version, out VersionRating? rating))
        {
            rating.Hear(voice.Score, feedback.HalfLife, now);
            _model.Learn(SignalCell.From(voice.Cell), voice.Age, voice.Score);
        }
    }

    /// <summary>Recomputes and publishes every score. Stable comes first, as the others lean on it.</summary>
    /// <param name="now">Nanoseconds on a monotonic clock, 0 or more.</param>
    public void Tick(long now)
    {
        if (_stable is null)
        {
            return;
        }

        _model.Age(now);
        _heuristic = _settings.Feedback is null ? null : _model.Explain(_settings.MaxHeuristicWeight);
        VersionRating stable = _ratings[_stable];
        stable.Tick(_settings, reference: null, now, _model);
        double reference = stable.Current.Value;
        foreach (VersionRating rating in _ratings.Values)
        {
            if (rating != stable)
            {
                rating.Tick(_settings, reference, now, _model);
            }
        }
    }
}
