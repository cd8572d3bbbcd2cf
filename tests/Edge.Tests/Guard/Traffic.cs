// Rollouts to try a guard on: what comes to canary and baseline in every tick, and how both fare. Deterministic for a seed.

using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Guard;

/// <summary>What begins in a tick.</summary>
/// <param name="Straggling">Share of outcomes that are seen a tick later or more: the two of a pair then often fall into different ticks.</param>
/// <param name="Tail">Of those seen after 2^i ticks, the share that is not and waits twice as long.</param>
/// <param name="ErrorDelay">Ticks until an error is seen, as of a request that times out.</param>
/// <param name="AtEnd">A request fares as those of the tick in which it ends: an outage hits all that is under way.</param>
internal readonly record struct Load(
    long Canary, long Baseline, Quality Quality, double Straggling = 0.05, double Tail = 0, int ErrorDelay = 0, bool AtEnd = false);

/// <summary>A kind of traffic: called for tick 0, 1, 2, ... of 250 ms; every rollout has its own draws.</summary>
internal delegate Load Weather(int tick);

internal static class Traffic
{
    public const double TicksPerSecond = 4;

    private static readonly Quality Fine = new(Errors: 0.001, Late: 0.02, Aborts: 0.0005);
    private static readonly Quality Broken = new(Errors: 0.6, Late: 0.5, Aborts: 0.1);

    public static readonly Dictionary<string, Func<Draws, Weather>> All = new()
    {
        ["calm"] = draws => _ => Matched(draws.Poisson(50), Fine),
        ["in each tick exactly as many"] = _ => _ => Matched(50, Fine, straggling: 0),
        ["shared outages"] = draws => Outages(draws, Fine, Broken, every: 400, lasting: 40, pairs: 50),
        ["short total outages"] = draws => Outages(draws, Fine, new Quality(1), every: 40, lasting: 2, pairs: 50),
        ["few requests, outages"] = draws => Outages(draws, Fine, new Quality(1), every: 40, lasting: 8, pairs: 0.25),
        ["outages found by timeouts"] = draws =>
        {
            Weather outages = Outages(draws, Fine, Broken, every: 400, lasting: 40, pairs: 50);
            return tick => outages(tick) with { ErrorDelay = 40 };
        },
        ["outages that hit what is under way"] = draws =>
        {
            Weather outages = Outages(draws, Fine, new Quality(1), every: 40, lasting: 2, pairs: 50);
            return tick => outages(tick) with { Straggling = 0.3, Tail = 0.75, AtEnd = true };
        },
        ["heavy tails"] = draws => _ => Matched(draws.Poisson(50), new Quality(0.002, Math.Min(1, 0.02 * draws.Pareto(1.2))), straggling: 0.3) with { Tail = 0.6 },
        ["days"] = draws =>
        {
            double phase = draws.Uniform();
            return tick =>
            {
                double sun = 0.5 - 0.5 * Math.Cos(2 * Math.PI * (tick / 500.0 + phase));
                return Matched(draws.Poisson(5 + 95 * sun), new Quality(0.0005 + 0.01 * sun * sun, 0.01 + 0.3 * sun * sun));
            };
        },
        ["bursts"] = draws => _ => Matched(draws.Poisson(Math.Min(20_000, 5 * draws.Pareto(1.1))), Fine),
        ["score at the mark"] = draws => Outages(draws, new Quality(0.025, 0.1), new Quality(0.04, 0.1), every: 200, lasting: 200, pairs: 50),
        ["weight 0.9"] = draws => _ => Matched(draws.Poisson(50), Fine) with { Canary = draws.Poisson(450) },
        ["one canary of many"] = draws => Outages(draws, Fine, Broken, every: 400, lasting: 40, pairs: 25, baselines: 8),
        ["weight changes in outages"] = draws =>
        {
            Weather outages = Outages(draws, Fine, Broken, every: 200, lasting: 60, pairs: 1);
            double weight = 0.05;
            return tick =>
            {
                weight = draws.Uniform() < 0.02 ? draws.Uniform() : weight;
                long requests = draws.Poisson(200);
                long canary = draws.Binomial(requests, weight), others = requests - canary;
                return outages(tick) with { Canary = canary, Baseline = Math.Min(canary, others) };
            };
        },
    };

    private static Load Matched(long pairs, Quality quality, double straggling = 0.05) => new(pairs, pairs, quality, straggling);

    /// <summary>Both fare well and badly in turns, each for a while that nobody knows beforehand; the change may come within a tick.</summary>
    private static Weather Outages(Draws draws, Quality well, Quality badly, double every, double lasting, double pairs, int baselines = 1)
    {
        bool isOut = false;
        return _ =>
        {
            bool changes = draws.Uniform() < 1 / (isOut ? lasting : every);
            double part = changes ? draws.Uniform() : 1; // of the tick that is as before
            Quality before = isOut ? badly : well, after = isOut ? well : badly;
            isOut ^= changes;
            return new Load(draws.Poisson(pairs), draws.Poisson(pairs * baselines), Quality.Mix(before, after, part));
        };
    }
}

/// <summary>What of one arm is seen, tick by tick, while requests of earlier ticks are still under way.</summary>
internal sealed class Responses(Draws draws)
{
    private const int Ahead = 256; // a power of two

    private readonly OutcomeCounts[] _due = new OutcomeCounts[Ahead];

    public OutcomeCounts Next(int tick, long requests, in Quality quality, in Load load)
    {
        long late = draws.Binomial(requests, load.Straggling);
        Add(tick, draws.Outcomes(requests - late, quality), load);
        for (int delay = 1; late > 0; delay = Math.Min(2 * delay, Ahead / 4))
        {
            long later = draws.Binomial(late, load.Tail);
            Add(tick + delay, draws.Outcomes(late - later, quality), load);
            late = later;
        }

        OutcomeCounts seen = _due[tick % Ahead];
        _due[tick % Ahead] = default;
        return load.AtEnd ? draws.Outcomes(seen.Samples, quality) : seen;
    }

    private void Add(int tick, OutcomeCounts outcomes, in Load load)
    {
        _due[(tick + load.ErrorDelay) % Ahead] += outcomes with { Satisfied = 0, Tolerated = 0, Slow = 0, Aborts = 0 };
        _due[tick % Ahead] += outcomes with { Errors = 0 };
    }
}
