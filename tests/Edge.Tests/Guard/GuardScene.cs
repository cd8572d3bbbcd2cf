// A guard with its ratings on a clock that the test turns: a stable version v1, canaries as the policy has them, and outcomes
// that the test records on behalf of a worker.

using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Guard;

internal sealed class GuardScene
{
    public const long Tick = 250_000_000;
    public const long Target = 500_000_000;

    private static readonly DateTimeOffset Midnight = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly WeightFromSettings WeightFrom = new() { Rollout = "r", Services = new Dictionary<string, string>() };

    private readonly Dictionary<string, double> _excess = [];
    private readonly Dictionary<string, string> _releases = [];
    private (string[] Canaries, string Stable) _last = ([], "v1");

    public GuardScene(params string[] canaries) : this(Journal.Empty, canaries) { }

    public GuardScene(Journal journal, params string[] canaries)
    {
        Guard = new RolloutGuard(Ratings, Events.Add, version => _excess.GetValueOrDefault(version));
        Guard.Restore(journal);
        Apply(new GuardSettings(), canaries);
    }

    public RatingEngine Ratings { get; } = new(workers: 1);

    public RolloutGuard Guard { get; }

    public List<GuardEvent> Events { get; } = [];

    public IEnumerable<GuardEventKind> Kinds => Events.Select(happened => happened.Kind);

    /// <summary>The policy's, for the next <see cref="Apply(string[])"/>.</summary>
    public GuardSettings Settings { get; set; } = new();

    public long Now { get; private set; }

    public DateTimeOffset Utc => Midnight.AddTicks(Now / 100);

    public CanaryStatus this[string version] => Guard.Status.Of(version)!;

    /// <summary>What stable has no room for, of a canary's flow.</summary>
    public void Crowd(string version, double excess) => _excess[version] = excess;

    public void Apply(params string[] canaries) => Apply(Settings, canaries);

    /// <summary>The edge has all versions v1 to v9, unless it is said that one is gone.</summary>
    public void Apply(GuardSettings settings, string[] canaries, string stable = "v1", string gone = "")
    {
        Settings = settings;
        Snapshot snapshot = new(
            new EdgeSettings
            {
                Listeners = [],
                Versions = [.. Enumerable.Range(1, 9).Select(i => $"v{i}").Where(name => name != gone).Select(name => new VersionSettings { Name = name, Endpoints = [] })],
                Stable = stable,
            },
            new RolloutPolicy { Canaries = [.. canaries.Select(name => new CanarySettings(name, 0.1))], Guard = settings, WeightFrom = WeightFrom },
            "sha256:", NoticedAt: 0);
        snapshot = snapshot.Under(_releases.Count == 0 ? null : new ExternalWeights(canaries.ToDictionary(name => name, _ => 0.1), 0) { Releases = new Dictionary<string, string>(_releases) });
        _last = (canaries, stable);
        Ratings.Apply(snapshot);
        Guard.Apply(snapshot, Utc);
    }

    /// <summary>Word from outside: which release some versions are. What was said of others holds; null: nothing is known of it any more.</summary>
    public void Hear(params (string Version, string? Release)[] releases)
    {
        foreach ((string version, string? release) in releases)
        {
            if (release is null)
            {
                _releases.Remove(version);
            }
            else
            {
                _releases[version] = release;
            }
        }

        Apply(Settings, _last.Canaries, _last.Stable);
    }

    /// <summary>One tick in which matched requests of a version ended so.</summary>
    public void Pass(params ReadOnlySpan<(string Version, int Good, int Bad)> traffic)
    {
        foreach ((string version, int good, int bad) in traffic)
        {
            Record(version, good, Outcome.Success);
            Record(version, bad, Outcome.Error);
        }

        Now += Tick;
        Ratings.Tick(Now);
        Guard.Tick(Now, Utc);
    }

    public void Pass(TimeSpan time)
    {
        for (long until = Now + (long)time.TotalNanoseconds; Now < until;)
        {
            Pass();
        }
    }

    /// <summary>Every tick ten good requests of stable, and of each canary ten that are good or bad, until one is found to be bad.</summary>
    public void Ruin(params string[] canaries)
    {
        int before = Events.Count;
        for (int tick = 0; Events.Count < before + canaries.Length; tick++)
        {
            Assert.True(tick < 100, "nothing is found");
            Pass([("v1", 10, 0), .. canaries.Select(name => (name, 0, 10))]);
        }
    }

    public void Record(string version, int times, Outcome outcome, long latency = 1_000_000)
    {
        for (int i = 0; i < times; i++)
        {
            Ratings[version].Tally(0).Record(outcome, latency, Target, isMatched: true);
        }
    }
}
