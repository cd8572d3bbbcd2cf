// The sequential test block by block: what counts as a pair, what rejects, what is refused.

using CsCheck;
using OpenClaw.Edge.Guard;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class SequentialTestTests
{
    private const double Alpha = 0.001 * Spending.Signal;

    [Fact]
    public void EverythingBadBesideEverythingGood_RejectsWithinFifteenPairs()
    {
        SequentialTest test = new(Alpha);
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
        SequentialTest test = new(Alpha);
        for (int i = 0; i < 1000; i++)
        {
            Assert.False(test.Add(new Arm(100, 100), default));
        }

        Assert.Equal(0, test.Evidence.Pairs);

        Assert.False(test.Add(default, new Arm(1000, 0)), "those that waited are few");
        Assert.Equal(SequentialTest.WaitingMax, test.Evidence.Pairs);
    }

    /// <summary>At three requests a minute the two of a pair never come in one tick.</summary>
    [Fact]
    public void CounterpartsComeLater_AreWaitedFor()
    {
        SequentialTest test = new(Alpha);
        int pairs = 0;
        do
        {
            Assert.False(test.Add(new Arm(1, 1), default));
            Assert.False(test.Add(default, default));
            pairs++;
            Assert.InRange(pairs, 1, 15);
        }
        while (!test.Add(default, new Arm(1, 0)));

        Assert.Equal(pairs, test.Evidence.Pairs);
    }

    /// <summary>At a weight of 0.9, and as one of several canaries with one baseline between them.</summary>
    [Theory]
    [InlineData(90, 10)]
    [InlineData(10, 90)]
    public void OneArmIsLarger_CountsByItsMean(long canaries, long baselines)
    {
        SequentialTest test = new(Alpha);
        for (int i = 0; i < 10; i++)
        {
            test.Add(new Arm(canaries, 0.3 * canaries), new Arm(baselines, 0.2 * baselines));
        }

        Assert.InRange(test.Evidence.Pairs, 100, 100 + SequentialTest.WaitingMax);
        Assert.Equal(0.3, test.Evidence.CanaryRate, 1e-9);
        Assert.Equal(0.2, test.Evidence.BaselineRate, 1e-9);
    }

    [Fact]
    public void BlocksInAnyOrder_AreTheSameEvidence() =>
        Gen.Select(Gen.Int[0, 20], Gen.Int[0, 20]).Array[1, 40].SelectMany(blocks => Gen.Shuffle(blocks).Select(shuffled => (blocks, shuffled))).Sample(both =>
        {
            Evidence a = After(both.blocks), b = After(both.shuffled);
            Assert.Equal(a.LogE, b.LogE, 1e-6);
            Assert.Equal(a with { LogE = 0 }, b with { LogE = 0, CanaryRate = a.CanaryRate, BaselineRate = a.BaselineRate });

            static Evidence After((int Canary, int Baseline)[] blocks)
            {
                SequentialTest test = new(1e-300);
                Array.ForEach(blocks, block => test.Add(new Arm(20, block.Canary), new Arm(20, block.Baseline)));
                return test.Evidence;
            }
        });

    [Fact]
    public void AnyCounts_NumbersStayNumbers()
    {
        Gen<Arm> arm = Gen.Select(Gen.Long[0, 1L << 40], Gen.Double[0, 1], (count, bad) => new Arm(count, count * bad));
        Gen.Select(arm, arm).Array[1, 20].Sample(blocks =>
        {
            SequentialTest test = new(Alpha);
            foreach ((Arm canary, Arm baseline) in blocks)
            {
                bool rejects = test.Add(canary, baseline);
                Evidence evidence = test.Evidence;
                Assert.True(double.IsFinite(evidence.LogE) && double.IsFinite(evidence.LogThreshold));
                Assert.InRange(evidence.CanaryRate, 0, 1 + 1e-9);
                Assert.InRange(evidence.BaselineRate, 0, 1 + 1e-9);
                Assert.Equal(rejects, evidence.LogE >= evidence.LogThreshold);
            }
        });
    }

    [Fact]
    public void TurnsBadLate_IsRejectedInALaterEpoch()
    {
        SequentialTest test = new(Alpha);
        for (int i = 0; i < 2000; i++)
        {
            Assert.False(test.Add(new Arm(100, 1), new Arm(100, 1)));
        }

        int pairs = 0;
        while (!test.Add(new Arm(10, 5), new Arm(10, 0)))
        {
            pairs += 10;
            Assert.InRange(pairs, 0, 100);
        }

        Assert.InRange(test.Evidence.Epoch, 100, 201);
        Assert.InRange(test.Evidence.Pairs, 1, 2 * SequentialTest.EpochPairs);
    }

    [Fact]
    public void EpochsOfAllTime_SpendAlphaAtMost()
    {
        double spent = Enumerable.Range(1, 1_000_000).Sum(number => Spending.Of(Alpha, number));
        Assert.InRange(spent, 0.99999 * Alpha, Alpha);
        Assert.Equal(1, (2 * Spending.Signal) + Spending.Rating);
    }

    [Fact]
    public void Add_AllocatesNothing()
    {
        SequentialTest test = new(Alpha);
        Arm arm = new(700, 3.5);
        Allocations.AssertNone(10_000, i => test.Add(arm, arm with { Bad = i % 7 }));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(1, -0.5)]
    [InlineData(1, 1.5)]
    [InlineData(0, 1)]
    [InlineData(1, double.NaN)]
    public void CountsThatRunBackwardsOrCannotBe_AreRefused(long count, double bad)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequentialTest(Alpha).Add(new Arm(count, bad), default));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequentialTest(Alpha).Add(default, new Arm(count, bad)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void AlphaThatIsNone_IsRefused(double alpha) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequentialTest(alpha));
}
