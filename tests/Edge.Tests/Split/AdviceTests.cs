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
        Advice advice = Advice.Of(Policy(0.05, 20, 2), 30, burst: 51.2);
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

    /// <summary>Whatever the policy and the rate: with the advised refill rate and capacity not one turn is spilled.</summary>
    [Fact]
    public void AdvisedBucket_LetsEveryTurnThrough() =>
        Gen.Select(Gen.Double[0.01, 1], Gen.Double[1, 50], Gen.Double[0, 5], Gen.Double[1, 200], Gen.Int[1, 1000]).Sample((weight, capacity, refill, rate, seed) =>
        {
            RolloutPolicy policy = Policy(weight, capacity, refill);
            const long duration = 20_000_000_000;
            Scenario Of(RolloutPolicy p) => new(p, Arrivals.Poisson(rate, duration, seed), rate, duration, workers: 2, seed);
            SimulationResult first = Simulation.Run(Of(policy));
            double enough = Math.Max(Math.Ceiling(first.BurstTokens), 1);
            SimulationResult second = Simulation.Run(Of(policy with { Bucket = new BucketSettings(enough, Advice.EnoughRefill(policy, rate)) }));
            return second.Spilled == 0 && second.Share.Turns == first.Share.Turns;
        }, iter: 300);
}
