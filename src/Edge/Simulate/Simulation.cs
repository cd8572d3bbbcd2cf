// Runs the split that the edge runs, on a clock that is turned by the arrivals: no waiting, no threads, the same result for the
// same seed. Main thread.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Simulate;

/// <param name="policy">Its abort is passed over: with it there would be nothing to see.</param>
/// <param name="arrivals">Nanoseconds from the start, in order, each before <paramref name="duration"/>.</param>
/// <param name="rate">Requests per second to be expected of them.</param>
/// <param name="duration">Nanoseconds; more than 0.</param>
internal sealed class Scenario(RolloutPolicy policy, IEnumerable<long> arrivals, double rate, long duration, int workers, int seed)
{
    public RolloutPolicy Policy => policy;

    public IEnumerable<long> Arrivals => arrivals;

    public double Rate => rate;

    public long Duration => duration;

    public int Workers => workers;

    public int Seed => seed;
}

/// <summary>What one canary, or all together, got.</summary>
/// <param name="peak">The most requests within any second.</param>
internal readonly struct CanaryCount(long requests, int peak)
{
    public long Requests => requests;

    public int Peak => peak;
}

/// <summary>What came out of a run.</summary>
internal sealed class SimulationResult
{
    public required ShareTotals Share { get; init; }

    /// <summary>Requests to stable, <see cref="Baseline"/> and <see cref="Spilled"/> among them.</summary>
    public required long Stable { get; init; }

    /// <summary>In the order of the policy.</summary>
    public required IReadOnlyList<CanaryCount> Canaries { get; init; }

    public required CanaryCount Together { get; init; }

    /// <summary>Requests that are the counterpart of a canary request.</summary>
    public required long Baseline { get; init; }

    public required long Spilled { get; init; }

    /// <summary>Tokens in the bucket when it held the fewest; 0 without a bucket.</summary>
    public required double LevelMin { get; init; }

    public required double LevelEnd { get; init; }

    /// <summary>The capacity that would let every turn through at <see cref="Advice.EnoughRefill"/>.</summary>
    public required double BurstTokens { get; init; }

    /// <summary>What follows for the policy.</summary>
    public required Advice Advice { get; init; }

    public required Timeline Timeline { get; init; }

    public long Requests => Stable + Together.Requests;
}

internal sealed class Simulation
{
    /// <summary>More take more than a few seconds, and say nothing that fewer do not.</summary>
    public const int RequestsMax = 50_000_000;

    private readonly Splitter _splitter;
    private readonly Timeline _timeline;
    /// <summary>As often as the control thread does it (RatingEngine.TickInterval), in nanoseconds.</summary>
    private const long BalanceInterval = 250_000_000;

    /// <summary>After a longer pause without requests every shard of the bucket has settled.</summary>
    private const int CatchUpMax = 64;

    private readonly Scenario _scenario;
    private readonly BusiestSecond _together = new();
    private readonly BusiestSecond[] _canaries;
    private readonly Backlog _backlog;
    private long _stable, _baseline, _spilled;
    private double _levelMin;
    private int _slot;
    private long _balanceAt = BalanceInterval;

    private Simulation(Scenario scenario)
    {
        _scenario = scenario;
        RolloutPolicy policy = scenario.Policy;
        _splitter = Splitter.Create(policy, previous: null, scenario.Workers, now: 0, key: (ulong)scenario.Seed);
        _timeline = new Timeline(scenario.Duration, policy.Canaries.Count);
        _canaries = [.. policy.Canaries.Select(_ => new BusiestSecond())];
        _backlog = new Backlog(Advice.EnoughRefill(policy, scenario.Rate));
        _levelMin = _splitter.Bucket?.Level(0) ?? 0;
    }

    public static SimulationResult Run(Scenario scenario)
    {
        Simulation simulation = new(scenario);
        Random threads = new(scenario.Seed); // the kernel spreads connections by a hash of their addresses
        foreach (long at in scenario.Arrivals)
        {
            simulation.Pass(at);
            simulation.Decide(threads.Next(scenario.Workers), at);
        }

        simulation.Pass(scenario.Duration);
        return simulation.Result();
    }

    private void Decide(int worker, long at)
    {
        Decision decision = _splitter.Decide(worker, at);
        bool spilled = decision.Reason == Reason.Spilled;
        if (decision.ToCanary || spilled)
        {
            _backlog.Add(at);
            _levelMin = Math.Min(_levelMin, _splitter.Bucket?.Level(at) ?? 0);
        }

        if (decision.ToCanary)
        {
            _canaries[decision.Canary].Add(at);
            _together.Add(at);
            _timeline.Canaries[decision.Canary][_slot]++;
            return;
        }

        _stable++;
        _timeline.Stable[_slot]++;
        _baseline += decision.IsBaseline ? 1 : 0;
        _spilled += spilled ? 1 : 0;
        _timeline.Spilled[_slot] += spilled ? 1 : 0;
    }

    /// <summary>What happens by the clock up to this time: slots close, and the bucket is balanced.</summary>
    private void Pass(long now)
    {
        while (_slot < _timeline.Slots && _timeline.EndOf(_slot) <= now)
        {
            _timeline.Level[_slot] = _splitter.Bucket?.Level(_timeline.EndOf(_slot)) ?? 0;
            _slot++;
        }

        long settled = (now / BalanceInterval - CatchUpMax) * BalanceInterval;
        for (_balanceAt = Math.Max(_balanceAt, settled); _balanceAt <= now; _balanceAt += BalanceInterval)
        {
            _splitter.Balance(_balanceAt);
        }
    }

    private SimulationResult Result() => new()
    {
        Share = _splitter.Totals(),
        Stable = _stable,
        Canaries = [.. _canaries.Select(canary => canary.Count)],
        Together = _together.Count,
        Baseline = _baseline,
        Spilled = _spilled,
        LevelMin = _levelMin,
        LevelEnd = _splitter.Bucket?.Level(_scenario.Duration) ?? 0,
        BurstTokens = BurstTokens(),
        Advice = Advice.Of(_scenario.Policy, _scenario.Rate, BurstTokens()),
        Timeline = _timeline,
    };

    /// <summary>Tokens for all who wait at the worst moment, for what workers may hold at it, and for the highest floor, whether it is a number or a part.</summary>
    private double BurstTokens()
    {
        double floor = _scenario.Policy.Canaries.Select(canary => canary.Floor).DefaultIfEmpty().Max();
        double part = floor / (_scenario.Policy.Bucket?.Capacity ?? 1);
        part = part > 7 / 8.0 ? 0 : part; // eight ranks at most share a bucket in equal parts; beyond, it is a number that somebody wrote
        return Math.Max((_backlog.Most + floor) / (1 - TokenBucket.LeasedPart), _backlog.Most / (1 - part - TokenBucket.LeasedPart));
    }

    /// <summary>Counts, and keeps the times of the last second to know how many they were at most.</summary>
    private sealed class BusiestSecond
    {
        private const long Second = 1_000_000_000;

        private readonly Queue<long> _within = new();
        private long _requests;
        private int _peak;

        public CanaryCount Count => new(_requests, _peak);

        public void Add(long at)
        {
            while (_within.TryPeek(out long oldest) && oldest <= at - Second)
            {
                _within.Dequeue();
            }

            _within.Enqueue(at);
            _requests++;
            _peak = Math.Max(_peak, _within.Count);
        }
    }

    /// <summary>How many tokens a bucket without bounds would owe: the capacity that would have been enough.</summary>
    private sealed class Backlog(double perSecond)
    {
        private double _owed;
        private long _last;

        public double Most { get; private set; }

        public void Add(long at)
        {
            _owed = Math.Max(0, _owed - ((at - _last) / 1e9 * perSecond)) + 1;
            _last = at;
            Most = Math.Max(Most, _owed);
        }
    }
}
