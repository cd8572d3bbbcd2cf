// What comes of a policy under what somebody outside says.

using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tests.Split;

namespace OpenClaw.Edge.Tests.Policy;

public sealed class SnapshotTests
{
    private static readonly WeightFromSettings Route = new() { HttpRoute = "r", Services = new Dictionary<string, string>() };

    private static Snapshot Snapshot(params double[] ceilings) =>
        Heads.Snapshot(new RolloutPolicy { WeightFrom = Route, Canaries = [.. ceilings.Select((ceiling, i) => new CanarySettings($"v{i + 2}", ceiling))] });

    private static ExternalWeights Shares(params double[] shares) => new(shares.Select((share, i) => (share, i)).ToDictionary(pair => $"v{pair.i + 2}", pair => pair.share), 0);

    [Fact]
    public void Weight_IsTheLowerOfFileAndOutside() =>
        Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Double[0, 0.5], Gen.Double[0, 0.5]).Sample((first, second, third, v2, v3) =>
        {
            Snapshot snapshot = Snapshot(first, second, third).Under(Shares(v2, v3));
            return snapshot.Rollout.Canaries.Select(canary => canary.Weight).SequenceEqual([Math.Min(first, v2), Math.Min(second, v3), 0])
                && snapshot.Written.Canaries.Select(canary => canary.Weight).SequenceEqual([first, second, third]);
        }, iter: 500);

    [Fact]
    public void UntilTheFirstWord_TheCanariesGetNothing()
    {
        Assert.Equal(0, Snapshot(1).Under(null).Rollout.CanaryWeight);
        Snapshot own = Heads.Snapshot(new RolloutPolicy { Canaries = [new CanarySettings("v2", 0.5)] });
        Assert.Same(own, own.Under(Shares(0.1)));
    }

    [Fact]
    public void WordAfterWord_IsEachTimeLaidOverTheFile()
    {
        Snapshot snapshot = Snapshot(0.5).Under(Shares(0)).Under(Shares(1));
        Assert.Equal(0.5, snapshot.Rollout.CanaryWeight);
        Assert.Equal(0.2, snapshot.Under(Shares(0.2)).Rollout.CanaryWeight);
    }

    [Fact]
    public void Ceilings_AreTheWeightsOfWhoAsksNobody()
    {
        Assert.Equal([0.5, 0.25], Snapshot(0.5, 0.25).AtCeilings().Rollout.Canaries.Select(canary => canary.Weight));
        Assert.Equal([0.8, 0.2], Snapshot(1, 0.25).AtCeilings().Rollout.Canaries.Select(canary => canary.Weight));
        Snapshot own = Heads.Snapshot(new RolloutPolicy { Canaries = [new CanarySettings("v2", 0.5)] });
        Assert.Same(own, own.AtCeilings());
    }
}
