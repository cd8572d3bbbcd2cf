// The bucket where somebody outside gives the canaries every request: passed by and counted, and the cap again afterwards.

using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class UncappedTests
{
    private static readonly RolloutPolicy Policy = new()
    {
        WeightFrom = new WeightFromSettings { HttpRoute = "r", Services = new Dictionary<string, string>() },
        Canaries = [new CanarySettings("v2", 1), new CanarySettings("v3", 1), new CanarySettings("v4", 1)],
        Bucket = new BucketSettings(2, 0),
    };

    private static Snapshot Under(RolloutPolicy policy, params double[] shares) =>
        Heads.Snapshot(policy).Under(new ExternalWeights(shares.Select((share, i) => (share, i)).ToDictionary(pair => $"v{pair.i + 2}", pair => pair.share), 0));

    private static Decision[] Decide(Splitter splitter, int requests) => [.. Enumerable.Range(0, requests).Select(_ => splitter.Decide(worker: 0, now: 0))];

    [Fact]
    public void EverythingToTheCanaries_DrawsNoToken()
    {
        Splitter splitter = Splitter.Create(Under(Policy, 1).Rollout, previous: null, workers: 1, now: 0);
        Assert.All(Decide(splitter, 100), decision => Assert.Equal(new Decision(0, Reason.Weight, IsUncapped: true), decision));
        Assert.Equal(new Decision(1, Reason.Override, IsUncapped: true), splitter.Ask(1, worker: 0, now: 0));
        Assert.Equal(2, splitter.Bucket!.Level(0));
    }

    [Fact]
    public void LessThanEverything_IsCappedAgain()
    {
        Splitter all = Splitter.Create(Under(Policy, 1).Rollout, previous: null, workers: 1, now: 0);
        Decide(all, 100);
        Splitter most = Splitter.Create(Under(Policy, 0.999).Rollout, all, workers: 1, now: 0);
        Decision[] decisions = Decide(most, 100);
        Assert.Equal(2, decisions.Count(decision => decision.ToCanary));
        Assert.DoesNotContain(decisions, decision => decision.IsUncapped);
    }

    [Theory]
    [InlineData(true, 0.1, 0.2, 0.7)] // 0.9999999999999999 in binary
    [InlineData(true, 0.5, 0.5, 0)]
    [InlineData(false, 0.5, 0.4999, 0)]
    [InlineData(false, 0, 0, 0)]
    public void SharesThatSumToOne_AreEverything(bool expected, double v2, double v3, double v4) =>
        Assert.Equal(expected, Under(Policy, v2, v3, v4).Rollout.IsUncapped);

    /// <summary>Where the file holds requests back, they need stable in any case, and spilling to it is no harm.</summary>
    [Fact]
    public void CeilingOfTheFile_KeepsTheCap()
    {
        RolloutPolicy half = Policy with { Canaries = [new CanarySettings("v2", 0.5)] };
        Assert.False(Under(half, 1).Rollout.IsUncapped);
        Assert.True(Under(half with { Canaries = [new CanarySettings("v2", 1)] }, 1).Rollout.IsUncapped);
        Assert.False(Under(half with { WeightFrom = null, Canaries = [new CanarySettings("v2", 1)] }, 1).Rollout.IsUncapped); // a file's own 100 % has its cap
    }

    [Fact]
    public void WithoutABucket_NothingIsPassedBy() =>
        Assert.Equal(new Decision(0, Reason.Weight), Splitter.Create(Under(Policy with { Bucket = null }, 1).Rollout, previous: null, workers: 1, now: 0).Decide(0, 0));

    [Fact]
    public void GuardAndHealth_StillCount()
    {
        Splitter splitter = Splitter.Create(Under(Policy, 1).Rollout, previous: null, workers: 1, now: 0);
        Assert.Equal(Decision.ToStable(Reason.Guard), splitter.Decide(worker: 0, now: 0, tripped: 0b001));
        Assert.Equal(Decision.ToStable(Reason.Unhealthy), splitter.Decide(worker: 0, now: 0, usable: 0b110));
    }

    [Fact]
    public void RequestsWithoutAToken_AreCounted()
    {
        WorkerCounters counters = new();
        Choice uncapped = Heads.Selector(Under(Policy, 1)).Select(), capped = Heads.Selector(Under(Policy, 0)).Select();
        Assert.Equal((true, false), (uncapped.IsNoteworthy, capped.IsNoteworthy));
        counters.Count(uncapped, issued: false);
        counters.Count(uncapped, issued: false);
        counters.Count(capped, issued: false);
        Assert.Equal(2, counters.BucketBypassed);
    }

    [Fact]
    public void NoAdvice_SaysThatTheBucketDecides()
    {
        Assert.Equal(Ruler.OnlyOne, Advice.Of(Under(Policy, 1).Rollout, rate: 1000).Ruler);
        Assert.Equal(Ruler.Bucket, Advice.Of(Under(Policy, 0.9).Rollout, rate: 1000).Ruler);
    }
}
