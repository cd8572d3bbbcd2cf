// Who decides, weight or bucket, at which rate, and that what is advised helps.

using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Simulate;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class AdviceTests
{
    private static RolloutPolicy Policy(double weight, double capacity, double refill) =>
        new() { Canaries = [new CanarySettings("v2", weight)], Bucket = new BucketSettings(capacity, refill) };

    [Theory]
    [InlineData(40, Ruler.Weight)] // 2 a second asked for, 2 given
    [InlineData(43.9, Ruler.Weight)]
    [InlineData(44.1, Ruler.Bucket)]
    [InlineData(2.1, Ruler.Weight)]
    [InlineData(1.9, Ruler.WeightFarBelowTheCap)]
    [InlineData(0, Ruler.OnlyOne)]
    public void Rate_SaysWhoDecides(double rate, Ruler expected)
    {
        Advice advice = Advice.Of(Policy(0.05, 20, 2), rate);
        Assert.Equal(expected, advice.Ruler);
        Assert.Equal(expected is Ruler.Bucket or Ruler.WeightFarBelowTheCap, advice.IsWarning);
    }

    [Fact]
    public void BucketRules_SaysWhatComesAndWhatWouldHelp() => Assert.Equal(
        "the bucket decides, not the weight: at 200 requests/s a weight of 5 % asks for 10 tokens a second and the bucket gives 2, which is 1 % of the requests " +
        "once its 20 tokens are spent (after 2.5 s). A refill rate of 13/s and a capacity of 31 would let the weight through; a weight of 1 % is what the bucket gives",
        Advice.Of(Policy(0.05, 20, 2), 200, burst: 30.4).Text);

    [Fact]
    public void WeightRules_SaysFromWhereOnTheCapActs() =>
        Assert.Equal("the weight decides; the cap acts from 40 requests/s on", Advice.Of(Policy(0.05, 20, 2), 10).Text);

    [Fact]
    public void BurstsBeyondTheCapacity_AreToldWithWhatWouldDo()
    {
        Assert.False(Advice.Of(Policy(0.05, 20, 2), 30, burst: 39).IsWarning);
        Advice advice = Advice.Of(Policy(0.05, 20, 2), 30, burst: 51.2);
        Assert.True(advice.IsWarning);
        Assert.Equal(Ruler.WeightButForBursts, advice.Ruler);
        Assert.Contains("52 would have let every turn through", advice.Text);
    }

    [Fact]
    public void NoRefillAtAll_IsABucketThatDecides()
    {
        Advice advice = Advice.Of(Policy(0.05, 20, 0), 10);
        Assert.Equal(Ruler.Bucket, advice.Ruler);
        Assert.Contains("a weight of 0 % is what the bucket gives", advice.Text);
    }

    [Fact]
    public void OnlyOneOfThem_NeedsNoAdvice()
    {
        Assert.Equal("", Advice.Of(RolloutPolicy.AllToStable, 1000).Text);
        Assert.Equal("", Advice.Of(Policy(0.05, 20, 2) with { Bucket = null }, 1000).Text);
        Assert.Equal("", Advice.Of(Policy(0, 20, 2), 1000).Text);
        Assert.Equal("", Advice.Of(Policy(0.5, 20, 2) with { Abort = true }, 1000).Text);
    }

    [Fact]
    public void SeveralCanaries_AskTogether()
    {
        RolloutPolicy policy = Policy(0.05, 20, 2) with { Canaries = [new CanarySettings("v2", 0.05), new CanarySettings("v3", 0.15)] };
        Assert.Contains("a weight of 20 % asks for 20 tokens a second", Advice.Of(policy, 100).Text);
    }

    [Fact]
    public void SmallNumbers_AreWrittenWithoutAnExponent() =>
        Assert.EndsWith("a refill rate of 0.000018/s", Advice.Of(Policy(0.05, 20, 2), 1 / 3600.0).Text);

    /// <summary>Whatever the policy and the flow: with the advised refill rate and capacity not one turn is spilled, leases and floors and all.</summary>
    [Fact]
    public void AdvisedBucket_LetsEveryTurnThrough() => Gen.Select(
        Gen.Double[0.01, 1], Gen.Double[2, 50], Gen.Double[0, 5], Gen.Double[1, 200], Gen.Int[0, 5000], Gen.Bool, Gen.Int[1, 1000]).Sample((weight, capacity, refill, rate, burst, ranked, seed) =>
    {
        const long second = 1_000_000_000, duration = 20 * second;
        double mean = rate + (burst / 7.0);
        RolloutPolicy With(double tokens, double perSecond) => Policy(weight, tokens, perSecond) with
        {
            Canaries = ranked
                ? [new CanarySettings("v2", weight / 2, Priority: 1), new CanarySettings("v3", weight / 2, Floor: Math.Min(tokens / 2, tokens - 1))]
                : [new CanarySettings("v2", weight)],
        };
        SimulationResult Run(RolloutPolicy policy) => Simulation.Run(new Scenario(
            policy, Arrivals.Merge([Arrivals.Poisson(rate, duration, seed), Arrivals.Bursts(new Burst(burst, 7 * second), duration)]), mean, duration, workers: 4, seed));
        RolloutPolicy policy = With(capacity, refill);
        SimulationResult before = Run(policy), after = Run(With(Math.Max(Math.Ceiling(before.BurstTokens), 2), Advice.EnoughRefill(policy, mean)));
        return after.Spilled == 0 && after.Share.Turns == before.Share.Turns;
    }, iter: 300);
}
