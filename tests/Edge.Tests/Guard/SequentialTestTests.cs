// The sequential test block by block: what counts as a pair, what rejects, what is refused.

using OpenClaw.Edge.Guard;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class SequentialTestTests
{
    [Fact]
    public void EverythingBadBesideEverythingGood_RejectsWithinFifteenPairs()
    {
        SequentialTest test = new(0.001 * Spending.Signal);
        int pairs = 1;
        for (; !test.Add(new Arm(1, 1), new Arm(1, 0)); pairs++)
        {
            Assert.InRange(pairs, 1, 15);
        }

        Assert.Equal((pairs, 1, 0, 1), (test.Evidence.Pairs, test.Evidence.CanaryRate, test.Evidence.BaselineRate, test.Evidence.Epoch));
        Assert.True(test.Evidence.LogE >= test.Evidence.LogThreshold);
        Assert.True(test.Add(new Arm(1000, 0), new Arm(1000, 1000)), "for ever");
        Assert.Equal(pairs, test.Evidence.Pairs);
    }

    [Fact]
    public void NothingInTheBaseline_IsNoEvidence()
    {
        SequentialTest test = new(0.001);
        for (int i = 0; i < 1000; i++)
        {
            Assert.False(test.Add(new Arm(100, 100), default));
        }

        Assert.Equal(0, test.Evidence.Pairs);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(1, -0.5)]
    [InlineData(1, 1.5)]
    [InlineData(0, 1)]
    [InlineData(1, double.NaN)]
    public void CountsThatRunBackwardsOrCannotBe_AreRefused(long count, double bad)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequentialTest(0.001).Add(new Arm(count, bad), default));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequentialTest(0.001).Add(default, new Arm(count, bad)));
    }
}
