// What a drill is told: the policy, the flow, how often and from which seed. Immutable; main thread.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Drill;

/// <param name="snapshot">With one canary at least; the first is the one that goes bad. See <see cref="For"/>.</param>
/// <param name="rate">Requests per second.</param>
/// <param name="watched">Null: as long as each incident says.</param>
internal sealed class Setup(Snapshot snapshot, double rate, TimeSpan? watched, int workers, int runs, int seed)
{
    public Snapshot Snapshot => snapshot;

    public RolloutPolicy Policy => snapshot.Rollout;

    public double Rate => rate;

    public int Workers => workers;

    public int Runs => runs;

    public int Seed => seed;

    public CanarySettings Canary => Policy.Canaries[0];

    /// <summary>The policy without what would leave nothing to see (abort) or needs requests with a content (sessions, overrides, limits, feedback).</summary>
    /// <param name="weight">Of the first canary; null: as the policy says.</param>
    public static Snapshot For(Snapshot snapshot, double? weight)
    {
        RolloutPolicy policy = snapshot.Rollout;
        CanarySettings[] canaries = [.. policy.Canaries.Select((canary, i) => i == 0 && weight is { } given ? canary with { Weight = given } : canary)];
        return snapshot with
        {
            Rollout = policy with
            {
                Canaries = canaries, Abort = false, Stickiness = null, Overrides = new OverrideSettings(null, null), RateLimits = [], Mirror = null,
                Rating = policy.Rating with { Feedback = null },
            },
        };
    }

    public VersionSettings SettingsOf(string version) => snapshot.Edge.Versions.Single(settings => settings.Name == version);

    public TimeSpan WatchedOf(Incident incident) => watched ?? incident.Watched;

    public double RateOf(Incident incident) => incident.OwnRate > 0 ? incident.OwnRate : rate;

    /// <summary>Requests and looks of all runs: what the time goes with.</summary>
    public double Work(Incident incident) =>
        Runs * (incident.Onset + WatchedOf(incident)).TotalSeconds * (RateOf(incident) + (1 / Rating.RatingEngine.TickInterval.TotalSeconds));
}
