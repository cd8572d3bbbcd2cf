// The run itself: counts that add up, the same split as the edge's, the laws of share and cap, and time cut into slots.

using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Simulate;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Simulate;

public sealed class SimulationTests
{
    private const long Second = 1_000_000_000;

    private static RolloutPolicy Sample(double weight = 0.05, double capacity = 20, double refill = 2) =>
        new() { Canaries = [new CanarySettings("v2", weight)], Bucket = new BucketSettings(capacity, refill) };

    private static SimulationResult Run(RolloutPolicy policy, double rate, long duration, int workers = 8, int seed = 1) =>
        Simulation.Run(new Scenario(policy, Arrivals.Poisson(rate, duration, seed), rate, duration, workers, seed));

    [Fact]
    public void EvenFlowAtTheBorder_GetsItsWholeShare()
    {
        Scenario even = new(Sample(), Arrivals.Even(40, 300 * Second), 40, 300 * Second, 8, 1);
        SimulationResult result = Simulation.Run(even);
        Assert.Equal((12_000, 11_400, 600, 0), (result.Requests, result.Stable, result.Together.Requests, result.Spilled));
        Assert.Equal(600, result.Baseline);
    }

    [Fact]
    public void FlowAboveTheCap_GetsWhatTheBucketGives()
    {
        SimulationResult result = Run(Sample(), 200, 300 * Second);
        Assert.InRange(result.Together.Requests, 618, 620); // 20 + 2 x 300, less what is left at the end
        Assert.Equal(result.Share.Turns, result.Together.Requests + result.Spilled);
        Assert.InRange(result.Together.Peak, 10, 22);
        Assert.InRange(result.LevelMin, 0, 0.1);
        Assert.Equal(Ruler.Bucket, result.Advice.Ruler);
    }

    [Fact]
    public void SameSeed_SameResult()
    {
        SimulationResult first = Run(Sample(), 50, 60 * Second), again = Run(Sample(), 50, 60 * Second), other = Run(Sample(), 50, 60 * Second, seed: 2);
        Assert.Equal(first.Timeline.Canaries[0], again.Timeline.Canaries[0]);
        Assert.Equal(first.Timeline.Level, again.Timeline.Level);
        Assert.NotEqual(first.Timeline.Stable, other.Timeline.Stable);
    }

    [Fact]
    public void AnyPolicyAndFlow_AddsUpAndKeepsShareAndCap() => Gen.Select(
        Gen.Double[0, 1], Gen.Double[1, 30], Gen.Double[0, 10], Gen.Double[0.5, 300], Gen.Int[1, 16], Gen.Int[0, 9999]).Sample((weight, capacity, refill, rate, workers, seed) =>
    {
        const int seconds = 30;
        SimulationResult result = Run(Sample(weight, capacity, refill), rate, seconds * Second, workers, seed);
        Timeline time = result.Timeline;
        Assert.Equal(result.Share.Eligible, result.Requests);
        Assert.Equal(result.Share.Turns, result.Together.Requests + result.Spilled);
        Assert.InRange(result.Share.ErrorRequests, -1, 1);
        Assert.InRange(result.Together.Requests, 0, capacity + (refill * seconds));
        Assert.InRange(result.Together.Peak, 0, capacity + refill);
        Assert.Equal((result.Stable, result.Together.Requests, result.Spilled), (time.Stable.Sum(), time.Canaries[0].Sum(), time.Spilled.Sum()));
        Assert.All(time.Level, level => Assert.InRange(level, 0, capacity * (1 + 1e-12))); // a double's last digit
    }, iter: 300);

    [Fact]
    public void SeveralCanaries_AreCountedApartAndTogether()
    {
        RolloutPolicy policy = new() { Canaries = [new CanarySettings("v2", 0.1), new CanarySettings("v3", 0.3)] };
        SimulationResult result = Run(policy, 100, 100 * Second);
        Assert.InRange(result.Canaries[0].Requests, (result.Requests / 10) - 2, (result.Requests / 10) + 2);
        Assert.Equal(result.Together.Requests, result.Canaries[0].Requests + result.Canaries[1].Requests);
        Assert.InRange(result.Together.Peak, result.Canaries[1].Peak, result.Canaries[0].Peak + result.Canaries[1].Peak);
    }

    [Fact]
    public void BusiestSecond_IsAnySecondAndNotOneOfTheClock()
    {
        long[] arrivals = [.. Enumerable.Repeat((long)(0.9 * Second), 5), .. Enumerable.Repeat((long)(1.1 * Second), 7), .. Enumerable.Repeat(3 * Second, 6)];
        SimulationResult result = Simulation.Run(new Scenario(Sample(1, 100, 100), arrivals, 4.5, 4 * Second, 1, 1));
        Assert.Equal(12, result.Together.Peak);
    }

    [Fact]
    public void AbortAndSessions_ArePassedOver()
    {
        RolloutPolicy policy = Sample() with { Abort = true, Stickiness = new StickinessSettings() };
        Assert.Equal(Run(Sample(), 50, 60 * Second).Together, Run(policy, 50, 60 * Second).Together);
    }

    [Fact]
    public void Timeline_HasAtMostTwoHundredSlotsThatCoverTheWhole() => Gen.Long[1, 3650L * 86_400 * Second].Sample(duration =>
    {
        Timeline time = new(duration, 1);
        Assert.InRange(time.Slots, 1, 200);
        Assert.Equal(duration, time.EndOf(time.Slots - 1));
        Assert.Equal(time.Slots - 1, (int)((duration - 1) / time.Step));
    });
}
