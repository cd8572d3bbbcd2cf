// All versions' ratings: keeps them by name over reloads and recomputes them every tick. Control thread only, but for the
// ratings it hands out.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Rating;

/// <summary>Drives every <see cref="VersionRating"/>; to be ticked every <see cref="TickInterval"/>.</summary>
public sealed class RatingEngine(int workers)
{
    public static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<string, VersionRating> _ratings = [];
    private RatingSettings _settings = new();
    private string? _stable;

    /// <summary>
    /// Takes over a snapshot's versions and settings. A version that stays keeps its tallies and window; one that is gone is
    /// forgotten, and starts anew if it comes back.
    /// </summary>
    public void Apply(Snapshot snapshot)
    {
        _settings = snapshot.Rollout.Rating;
        _stable = snapshot.Edge.Stable;
        HashSet<string> gone = new HashSet<string>(_ratings.Keys);
        foreach (VersionSettings version in snapshot.Edge.Versions)
        {
            gone.Remove(version.Name);
            if (!_ratings.ContainsKey(version.Name))
            {
                _ratings.Add(version.Name, new VersionRating(workers));
            }
        }

        foreach (string version in gone)
        {
            _ratings.Remove(version);
        }
    }

    /// <summary>The rating of a version of the snapshot applied last.</summary>
    public VersionRating this[string version] => _ratings[version];

    /// <summary>Recomputes and publishes every score. Stable comes first, as the others lean on it.</summary>
    /// <param name="now">Nanoseconds on a monotonic clock, 0 or more.</param>
    public void Tick(long now)
    {
        if (_stable is null)
        {
            return;
        }

        VersionRating stable = _ratings[_stable];
        stable.Tick(_settings, Score.Unknown.Value, now);
        double reference = stable.Current.Value;
        foreach (VersionRating rating in _ratings.Values)
        {
            if (rating != stable)
            {
                rating.Tick(_settings, reference, now);
            }
        }
    }
}
