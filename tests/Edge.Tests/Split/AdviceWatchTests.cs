// The verdict over time, with a clock turned by hand: one word per change, none per look.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class AdviceWatchTests
{
    private const long Second = 1_000_000_000;

    private readonly AdviceWatch _watch = new();
    private RolloutPolicy _policy = Policy(20);
    private Splitter _splitter;
    private long _now;

    public AdviceWatchTests() => _splitter = Splitter.Create(_policy, null, workers: 1, now: 0);

    private static RolloutPolicy Policy(double capacity) => new() { Canaries = [new CanarySettings("v2", 0.05)], Bucket = new BucketSettings(capacity, 2) };

    /// <summary>What the watch says while requests come, four looks a second as the control thread has them.</summary>
    private List<string> Serve(int seconds, int perSecond)
    {
        List<string> news = [];
        for (int i = 0; i < seconds * 4; i++)
        {
            _now += Second / 4;
            for (int n = 0; n < perSecond / 4; n++)
            {
                _splitter.Decide(0, _now);
            }

            if (_watch.Look(_policy, _splitter.Bucket, _splitter.Totals().Eligible, _now))
            {
                news.Add(_watch.Current?.Text ?? "");
            }
        }

        return news;
    }

    [Fact]
    public void BucketRules_IsSaidOnceAndTakenBackOnce()
    {
        Assert.Empty(Serve(120, 40));
        Assert.Null(_watch.Current);
        string warning = Assert.Single(Serve(300, 200));
        Assert.StartsWith("the bucket decides, not the weight: at ", warning);
        Assert.Contains("at 200 requests/s", _watch.Current!.Text); // the page goes with the rate, the log does not
        Assert.Equal("", Assert.Single(Serve(300, 20)));
        Assert.Null(_watch.Current);
    }

    /// <summary>Tokens that the lower of two priorities may not touch hold nothing for it: it stands before an empty bucket.</summary>
    [Fact]
    public void TokensBelowTheHighestFloor_AreNoReserve()
    {
        _policy = new() { Canaries = [new CanarySettings("v2", 0.01, 1), new CanarySettings("v3", 0.1, 0, Floor: 25)], Bucket = new BucketSettings(30, 10) };
        _splitter = Splitter.Create(_policy, null, workers: 1, now: 0);
        Assert.StartsWith("the bucket decides", Assert.Single(Serve(60, 200)));
        Assert.InRange(_splitter.Bucket!.Level(_now), 15, 30);
    }

    [Fact]
    public void FirstSeconds_AreNoRate()
    {
        Assert.Empty(Serve(9, 400));
        Assert.Single(Serve(6, 400));
    }

    /// <summary>44 a second ask for a tenth more than is given. Between there and 40 it stays as it was.</summary>
    [Fact]
    public void NearTheBorder_TheVerdictStays()
    {
        Assert.Empty(Serve(300, 40));
        Assert.Empty(Serve(300, 40));
        Assert.Single(Serve(120, 48));
        Assert.Empty(Serve(600, 44)); // 2.2 of 2: not clearly more, but more
        Assert.Equal("", Assert.Single(Serve(120, 36)));
        Assert.Empty(Serve(600, 44));
    }

    [Fact]
    public void FullBucket_HoldsNothingBackYet()
    {
        _policy = Policy(10_000);
        _splitter = Splitter.Create(_policy, null, workers: 1, now: 0);
        Assert.Empty(Serve(500, 200)); // eight of them a second are drawn from what is there
        Assert.Single(Serve(300, 200));
    }

    [Fact]
    public void NoTraffic_EndsTheAdvice()
    {
        Assert.Single(Serve(60, 200));
        Assert.Equal("", Assert.Single(Serve(120, 0)));
    }

    [Fact]
    public void AnotherPolicy_IsJudgedByTheSameTraffic()
    {
        Assert.Single(Serve(60, 200));
        _policy = _policy with { Abort = true };
        Assert.Equal("", Assert.Single(Serve(10, 200)));
    }
}
