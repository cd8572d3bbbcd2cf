// The judge of alignment: what chance gives passes, what lines up is found; and the split itself before it.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;
using OpenClaw.TestKit.Laws;

namespace OpenClaw.Edge.Tests.Laws;

public sealed class AlignmentLawTests
{
    /// <summary>Below it nobody calls it chance: one in a thousand million.</summary>
    private const double NoChance = 1e-9;

    [Theory]
    [InlineData(5, 10, 0.5, 1)]
    [InlineData(10, 10, 0.5, 0.0009765625)] // ten of ten at even odds: 2^-10, and here the bound is exact
    [InlineData(0, 10, 0.05, 1)]
    public void Chance_IsTheBinomialsBound(long markedTurns, long turns, double part, double chance) =>
        Assert.Equal(chance, AlignmentLaw.Chance(markedTurns, turns, (long)(part * 1000), 1000), 12);

    [Fact]
    public void EveryTwentieth_IsFoundInTrafficThatAlternates()
    {
        Decided[] log = [.. Enumerable.Range(0, 20_000).Select(n => new Decided(n, n % 20 == 0 ? Verdict.Served : Verdict.NoTurn, n % 20 == 0 ? 0 : -1))];
        Assert.True(AlignmentLaw.LeastChance(log, 2, n => n % 2) < NoChance);
        Assert.True(AlignmentLaw.LeastChance(log, 20, n => n % 20) < NoChance);
        Assert.Equal(1, AlignmentLaw.LeastChance(log, 3, n => n / 20 % 3), 2); // with what has nothing to do with it
    }

    /// <summary>GET and POST in turn; a burst of 20 each second, of which the first is the same page; and longer patterns.</summary>
    [Theory]
    [InlineData(2, 0.5)]
    [InlineData(2, 0.05)]
    [InlineData(20, 0.05)]
    [InlineData(20, 0.1)]
    [InlineData(3, 1.0 / 3)]
    [InlineData(100, 0.01)]
    public void PatternsOfTraffic_GetTheCanaryNoMoreOftenThanChanceGives(int period, double weight)
    {
        Decided[] log = Decide(new RolloutPolicy { Canaries = [new CanarySettings("v2", weight)] }, requests: 200_000);
        Assert.True(AlignmentLaw.LeastChance(log, period, n => n % period) > NoChance);
    }

    [Theory]
    [InlineData(2, 0.5, 0.5)]
    [InlineData(2, 0.25, 0.25)]
    [InlineData(20, 0.05, 0.05)]
    public void PatternsOfTraffic_GetEachOfTwoCanariesNoMoreOftenThanChanceGives(int period, double first, double second)
    {
        Decided[] log = Decide(new RolloutPolicy { Canaries = [new CanarySettings("v2", first), new CanarySettings("v3", second)] }, requests: 200_000);
        Assert.All([0, 1], canary => Assert.True(AlignmentLaw.LeastChance(log, period, n => n % period, canary) > NoChance, $"canary {canary}"));
    }

    private static Decided[] Decide(RolloutPolicy policy, int requests)
    {
        Splitter splitter = Splitter.Create(policy, previous: null, workers: 1, now: 0, key: 0xA11C);
        return [.. Enumerable.Range(0, requests).Select(n =>
        {
            Decision decision = splitter.Decide(0, n);
            return new Decided(n, decision.ToCanary ? Verdict.Served : Verdict.NoTurn, decision.Canary);
        })];
    }
}
