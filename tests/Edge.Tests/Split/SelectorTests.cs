// The order of the rules.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class SelectorTests
{
    [Fact]
    public void Abort_SendsEverythingToStableAndTakesNoPosition()
    {
        RolloutPolicy policy = new() { Canaries = [new CanarySettings("v2", 1)], Abort = true };
        Splitter splitter = Splitter.Create(policy, previous: null, workers: 1, now: 0);
        Selector selector = new(policy, splitter);

        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal(Decision.ToStable(Reason.Abort), selector.Select(usable: 1, worker: 0, now: 0)));
        Assert.Equal(0, splitter.Totals().Eligible);
    }

    [Fact]
    public void NoUsableCanary_SendsEverythingToStableAndTakesNoPosition()
    {
        RolloutPolicy policy = new() { Canaries = [new CanarySettings("v2", 1)] };
        Splitter splitter = Splitter.Create(policy, previous: null, workers: 1, now: 0);

        Assert.Equal(Decision.ToStable(Reason.Unhealthy), new Selector(policy, splitter).Select(usable: 0, worker: 0, now: 0));
        Assert.Equal(0, splitter.Totals().Eligible);
    }
}
