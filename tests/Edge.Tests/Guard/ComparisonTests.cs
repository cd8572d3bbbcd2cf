// The guard beside what else watches canaries: how soon a bad one is found, what that costs, and how often a good one is thrown out.
// OPENCLAW_GUARD_SCALE=200 makes the table of docs/decisions/0009-sequential-test.md.

using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class ComparisonTests
{
    private const int PairsPerTick = 50; // 200 canary requests a second
    private const int HalfAnHour = 1800 * (int)Traffic.TicksPerSecond;
    private const int Guard = 0, Mark = 1, Ranks = 2;

    private static readonly string[] Names = ["guard", "0.70 every 30 s", "Mann-Whitney"];

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.05)]
    [InlineData(0.2)]
    [InlineData(1)]
    public void BadFromTheStart_TheGuardIsFirst(double errors)
    {
        Quality good = new(0.001, 0.02), bad = good with { Errors = errors };
        Finding[][] found = [.. Enumerable.Range(0, 10 * Trials.Scale).Select(seed => Rollout(seed, draws => _ => new Load(draws.Poisson(PairsPerTick), draws.Poisson(PairsPerTick), good), bad))];
        Finding[] typical = [.. Names.Select((name, i) => Typical(name, errors, [.. found.Select(rollout => rollout[i])]))];
        Assert.True(typical[Guard].Tick < typical[Mark].Tick && typical[Guard].Tick < typical[Ranks].Tick);
        Assert.True(typical[Guard].Harmed < typical[Mark].Harmed && typical[Guard].Harmed < typical[Ranks].Harmed);
    }

    /// <summary>The mark throws out what fares as badly as everybody else.</summary>
    [Fact]
    public void IdenticalVersionsInSharedOutages_TheGuardLeavesThemAlone()
    {
        int rollouts = 50 * Trials.Scale;
        int[] trips = new int[Names.Length];
        for (int seed = 0; seed < rollouts; seed++)
        {
            Finding[] found = Rollout(seed, Traffic.All["shared outages"], null);
            for (int i = 0; i < Names.Length; i++)
            {
                trips[i] += found[i].Tick < HalfAnHour ? 1 : 0;
            }
        }

        Trials.Print($"thrown out in half an hour with shared outages, of {rollouts}: " + string.Join(", ", Names.Select((name, i) => $"{name} {trips[i]}")));
        Assert.InRange(trips[Guard], 0, Trials.AtMost(rollouts, 0.001));
        Assert.True(trips[Mark] > rollouts / 2);
    }

    /// <summary>Each look of a rank test may err, and there are 26 in half an hour, of two that share nothing but the rate.</summary>
    [Fact]
    public void IdenticalVersionsLookedAtEveryMinute_RanksErrMoreOftenThanTheGuardMay()
    {
        int rollouts = Math.Max(1000, 50 * Trials.Scale);
        int thrownOut = Enumerable.Range(0, rollouts).Count(seed =>
        {
            Draws draws = new(seed);
            RankJudge judge = new();
            return Enumerable.Range(1, 30).Any(minute => judge.Tick(
                (minute * 60 * (int)Traffic.TicksPerSecond) - 1, draws.Outcomes(12_000, new Quality(0.001)), draws.Outcomes(12_000, new Quality(0.001))));
        });
        Trials.Print($"Mann-Whitney every minute of half an hour: {thrownOut} of {rollouts} identical versions thrown out");
        Assert.InRange(thrownOut, Trials.AtMost(rollouts, 0.001) + 1, rollouts);
    }

    [Fact]
    public void RanksOfTheSame_AreNotApart()
    {
        Assert.Equal(0, RankJudge.Score([0, 0, 0], [0, 0, 0]));
        Assert.Equal((25 - 12.5 - 0.5) / Math.Sqrt(25 / 12.0 * 11), RankJudge.Score([6, 7, 8, 9, 10], [1, 2, 3, 4, 5]), 1e-12);
    }

    /// <summary>When each trips, and how many canary requests have failed by then; half an hour if it does not.</summary>
    /// <param name="bad">The canary's own quality; null: it has the baseline's.</param>
    private static Finding[] Rollout(int seed, Func<Draws, Weather> kind, Quality? bad)
    {
        Draws draws = new(seed);
        Weather weather = kind(draws);
        Responses canary = new(draws), baseline = new(draws);
        Judges guard = new(0.001);
        PolledMark mark = new(phase: (int)(120 * new Draws(-1 - seed).Uniform()));
        RankJudge ranks = new();
        Finding[] found = [.. Names.Select(_ => new Finding(HalfAnHour, 0))];
        double harmed = 0;
        for (int tick = 0; tick < HalfAnHour && found.Any(finding => finding.Tick == HalfAnHour); tick++)
        {
            Load load = weather(tick);
            OutcomeCounts mine = canary.Next(tick, load.Canary, bad ?? load.Quality, load), theirs = baseline.Next(tick, load.Baseline, load.Quality, load);
            harmed += mine.Errors;
            guard.Tick(tick, mine, theirs);
            bool[] trips = [guard.Cause is not null, mark.Tick(tick, mine), ranks.Tick(tick, mine, theirs)];
            for (int i = 0; i < trips.Length; i++)
            {
                found[i] = found[i].Tick < HalfAnHour ? found[i] : new Finding(trips[i] ? tick : HalfAnHour, harmed);
            }
        }

        return found;
    }

    private static Finding Typical(string name, double errors, Finding[] found)
    {
        double tick = found.Select(finding => finding.Tick).Order().ElementAt(found.Length / 2), harmed = found.Average(finding => finding.Harmed);
        string after = tick < HalfAnHour ? $"after {(tick + 1) / Traffic.TicksPerSecond,6:0.00} s (median)" : "not in half an hour";
        Trials.Print($"{errors,5:P0} errors: {name,-16} {after}, {harmed,7:0} harmed (mean)");
        return new Finding(tick, harmed);
    }

    private readonly record struct Finding(double Tick, double Harmed);
}
