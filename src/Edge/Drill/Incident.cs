// The faults that a guard is rehearsed against: what stable and the canary do over time, and what a guard has to make of it.
// Immutable; main thread.

using OpenClaw.Edge.Simulate;

namespace OpenClaw.Edge.Drill;

/// <summary>One story with an expected end. Times are seconds since the fault's start; before it, all is well.</summary>
/// <param name="Words">What happens.</param>
/// <param name="MustTrip">The guard has to take the canary out, and not before the fault; else never.</param>
/// <param name="Onset">When the fault begins; until then windows fill.</param>
/// <param name="Watched">How long the guard has from then on.</param>
internal sealed record Incident(string Name, string Words, bool MustTrip, TimeSpan Onset, TimeSpan Watched, Func<double, Behaviour> Canary)
{
    private const long Second = 1_000_000_000;

    private static readonly TimeSpan Warm = TimeSpan.FromMinutes(1);

    public Func<double, Behaviour> Stable { get; init; } = _ => Behaviour.Usual;

    /// <summary>Requests per second, whatever was asked for; 0: as asked for.</summary>
    public double OwnRate { get; init; }

    /// <summary>Of <see cref="Tide"/>, the most there is.</summary>
    public const double HighTide = 1.5;

    /// <summary>The rate over time, as a part of its mean; null: it is always the same.</summary>
    public Func<double, double>? Tide { get; init; }

    /// <summary>The faults of a release that shows one, then those that no guard may take for one.</summary>
    public static IReadOnlyList<Incident> All { get; } =
    [
        new("error-burst", "all at once every fifth answer of the canary is an error", true, Warm, Minutes(5), _ => new Behaviour(0.20)),
        new("slow-leak", "the canary's errors grow by 1 % a minute, up to 20 %", true, Warm, Minutes(30), t => new Behaviour(Math.Min(0.20, 0.001 + t / 6000))),
        new("latency-shift", "the canary takes six times as long: every third answer is over the target", true, Warm, Minutes(5), _ => Behaviour.Usual with { Slowness = 6 }),
        new("total-outage", "the canary refuses every connection", true, Warm, Minutes(2), _ => Behaviour.Usual with { IsDown = true }),
        new("hang", "the canary takes requests and never answers", true, Warm, Minutes(2), _ => Behaviour.Usual with { Slowness = 1e9 }),
        new("flapping", "the canary is bad (40 % errors) for 5 s, well for 5 s, and so on", true, Warm, Minutes(10), t => t % 10 < 5 ? new Behaviour(0.40) : Behaviour.Usual),
        new("late-fault", "well for two hours, then every fifth answer is an error", true, TimeSpan.FromHours(2), Minutes(5), _ => new Behaviour(0.20)),
        new("tiny-traffic", "3 requests a minute, and all that the canary gets fail", true, Warm, TimeSpan.FromHours(8), _ => new Behaviour(1)) { OwnRate = 3 / 60.0 },
        new("shared-outage", "both refuse connections for 10 s, then 30 % errors in both for 5 minutes", false, Warm, Minutes(10), Outage) { Stable = Outage },
        new("good-release", "an hour of a release as good as the old one, while load and latency come and go like a day's", false, TimeSpan.Zero, TimeSpan.FromHours(1), Day)
        {
            Stable = Day,
            Tide = t => 1 + ((HighTide - 1) * Wave(t)),
        },
    ];

    /// <summary>When requests come, in nanoseconds from the start of a run, in order.</summary>
    /// <param name="rate">Requests per second.</param>
    /// <param name="duration">Nanoseconds.</param>
    public IEnumerable<long> Requests(double rate, long duration, int seed)
    {
        if (Tide is null)
        {
            return Arrivals.Poisson(rate, duration, seed);
        }

        (long second, double chance) = (-1, 0); // the tide has no steps within one
        return Arrivals.Thin(Arrivals.Poisson(HighTide * rate, duration, seed), Chance, seed + 1);

        double Chance(long at)
        {
            if (at / Second != second)
            {
                second = at / Second;
                chance = Tide(second - Onset.TotalSeconds) / HighTide;
            }

            return chance;
        }
    }

    private static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);

    private static Behaviour Outage(double t) => t < 10 ? Behaviour.Usual with { IsDown = true } : t < 310 ? new Behaviour(0.30, Slowness: 2) : Behaviour.Usual;

    /// <summary>A day in an hour: -1..1, lowest at the start.</summary>
    private static double Wave(double t) => -Math.Cos(2 * Math.PI * t / 3600);

    private static Behaviour Day(double t) => Behaviour.Usual with { Slowness = 1.25 + (0.25 * Wave(t)) };
}
