// Who is served first.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class RanksTests
{
    [Fact]
    public void Canaries_ShareARankIfPriorityAndFloorAreTheSame()
    {
        Ranks ranks = new(
        [
            new CanarySettings("a", 0.1, Priority: 0, Floor: 8), new CanarySettings("b", 0.1, Priority: 5, Floor: 3),
            new CanarySettings("c", 0.1, Priority: 5, Floor: 0), new CanarySettings("d", 0.1, Priority: 0, Floor: 8),
        ]);

        Assert.Equal([0.0, 3, 8], ranks.Floors);
        Assert.Equal([2, 1, 0, 2], Enumerable.Range(0, 4).Select(ranks.Of));
        Assert.Equal(2, ranks.Of(7));
    }

    [Fact]
    public void NoCanary_OneRankWithoutFloor()
    {
        Ranks ranks = new([]);

        Assert.Equal([0.0], ranks.Floors);
        Assert.Equal(0, ranks.Of(0));
    }
}
