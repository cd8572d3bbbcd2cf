// The exact share, held against 128-bit arithmetic of its own.

using CsCheck;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class ShareScheduleTests
{
    private static readonly Gen<double> Weights = Gen.OneOf(
        Gen.OneOf<double>(0, 1, 0.5, 1.0 / 3, 2.0 / 3, 0.05, 0.1, 0.001, 1e-9, 1e-19, 1 - 1e-9, Math.BitDecrement(1.0), double.Epsilon),
        Gen.Double[0, 1],
        Gen.Double[0, 0.05]);

    [Theory]
    [InlineData(0.6 - 1e-12, 0.6)]
    [InlineData(0.9999, 0.99)]
    [InlineData(-1 + 1e-15, -0.99)]
    [InlineData(-1, -1)]
    [InlineData(1.5, 1.5)]
    public void ErrorShown_IsAWholeRequestOnlyIfItIsOne(double error, double shown) => Assert.Equal(shown, ShareTotals.Shown(error));

    [Fact]
    public void AnySequenceOfWeights_AfterEveryPosition_TurnsAreLessThanOneFromAsked()
    {
        var stretches = Gen.Select(Weights, Gen.Int[0, 120]).Array[1, 12];
        Gen.Select(stretches, Gen.ULong).Sample(
            (changes, key) =>
            {
                ShareSchedule share = new ShareSchedule(changes[0].Item1, key);
                UInt128 asked = 0;
                long turns = 0, eligible = 0;
                foreach (var (weight, positions) in changes)
                {
                    share = share.HandOver(weight);
                    for (int n = 0; n < positions; n++)
                    {
                        turns += share.Take() ? 1 : 0;
                        eligible++;
                        asked += FixedPoint(weight);
                        Assert.True(IsLessThanOneFrom(asked, turns), $"{turns} turns after {eligible} positions");
                        Assert.Equal(new ShareTotals(eligible, asked, share.Totals().TurnTaken), share.Totals());
                        Assert.Equal(turns, share.Totals().Turns);
                    }
                }
            },
            iter: 1000);
    }

    [Theory]
    [InlineData(0.05, 200_000)]
    [InlineData(1.0 / 3, 200_000)]
    [InlineData(0.7, 200_000)]
    public void LongRun_AfterEveryPosition_TurnsAreLessThanOneFromAsked(double weight, int positions)
    {
        ShareSchedule share = new ShareSchedule(weight, key: 7);
        long turns = 0;
        for (int n = 1; n <= positions; n++)
        {
            turns += share.Take() ? 1 : 0;
            Assert.True(IsLessThanOneFrom(FixedPoint(weight) * (UInt128)n, turns));
        }
    }

    [Theory]
    [InlineData(0.75, 4)]
    [InlineData(0.4, 5)]
    [InlineData(0.3, 10)]
    [InlineData(0.05, 20)]
    [InlineData(0.45, 20)]
    [InlineData(0.95, 20)]
    [InlineData(1.0 / 3, 2)]
    [InlineData(0.6, 2)]
    [InlineData(0.5, 6)]
    public void PeriodicTraffic_EachPlaceOfThePeriodHasTheSameShare(double weight, int period)
    {
        ShareSchedule share = new ShareSchedule(weight, key: 77);
        const int periods = 20_000;
        int[] turns = new int[period];
        for (int n = 0; n < periods * period; n++)
        {
            turns[n % period] += share.Take() ? 1 : 0;
        }

        double deviation = 5 * Math.Sqrt(periods * weight * (1 - weight)); // five of a coin's standard deviations
        Assert.All(turns, count => Assert.InRange(count, periods * weight - deviation, periods * weight + deviation));
    }

    [Theory]
    [InlineData(0.3, 10)]
    [InlineData(0.15, 20)]
    [InlineData(0.05 + 0.03, 100)]
    [InlineData(0.001, 1000)]
    [InlineData(0.7, 10)]
    [InlineData(0.999, 1000)]
    public void WeightAsItWasWritten_HasWholeNumbersWhereTheyAreWhole(double weight, int length)
    {
        for (ulong key = 0; key < 20; key++)
        {
            ShareSchedule share = new ShareSchedule(weight, key);
            for (int part = 1; part <= 30; part++)
            {
                Assert.Equal((int)Math.Round(weight * length), Enumerable.Range(0, length).Count(_ => share.Take()));
            }
        }
    }

    [Fact]
    public void ThreePositionsAMinute_EveryHundredHasItsFive()
    {
        ShareSchedule share = new ShareSchedule(0.05, key: 42);
        for (int hundred = 0; hundred < 50; hundred++)
        {
            int turns = Enumerable.Range(0, 100).Count(_ => share.Take());
            Assert.InRange(turns, 4, 6); // two counts of which each is less than one off
        }

        Assert.Equal(0, share.Totals().ErrorRequests, 12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void WeightZeroOrOne_EveryPositionIsTheSame(double weight)
    {
        ShareSchedule share = new ShareSchedule(0.3, key: 1);
        Assert.Equal(7, Enumerable.Range(0, 7).Count(_ => !share.Take()) + share.Totals().Turns);
        long before = share.Totals().Turns;
        share = share.HandOver(weight);

        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(weight == 1, share.Take()));
        Assert.Equal(1007, share.Totals().Eligible);
        Assert.Equal(before + (long)weight * 1000, share.Totals().Turns);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(10)]
    [InlineData(20)]
    public void PeriodicTraffic_DoesNotLineUpWithTheTurns(int period)
    {
        const int TurnsPerPhase = 2000;
        foreach (double weight in new[] { 1.0 / period, 0.5, 0.25, 0.1, 0.05 })
        {
            ShareSchedule share = new ShareSchedule(weight, key: 0xC0FFEE);
            var turnsAtPhase = new int[period];
            for (int n = 0; n < TurnsPerPhase * period / weight; n++)
            {
                turnsAtPhase[n % period] += share.Take() ? 1 : 0;
            }

            double chiSquare = turnsAtPhase.Sum(turns => Math.Pow(turns - TurnsPerPhase, 2) / TurnsPerPhase);
            int freedom = period - 1;
            Assert.True(chiSquare < freedom + 6 * Math.Sqrt(2.0 * freedom), $"weight {weight}: {string.Join(' ', turnsAtPhase)}");
        }
    }

    [Fact]
    public void ChangeBeforeTheTurn_TurnFallsAnywhereInTheRest()
    {
        // Four tenths of a turn are asked for and not given; the other six tenths are three positions of 0.2 each.
        var turnsAt = new int[3];
        for (ulong key = 0; key < 20_000; key++)
        {
            ShareSchedule share = new ShareSchedule(0.1, key);
            if (Enumerable.Range(0, 4).Count(_ => share.Take()) == 0)
            {
                share = share.HandOver(0.2);
                turnsAt[Enumerable.Range(0, 3).Single(_ => share.Take())]++;
            }
        }

        int expected = turnsAt.Sum() / 3;
        Assert.InRange(turnsAt.Sum(), 11_600, 12_400); // six keys in ten
        Assert.All(turnsAt, turns => Assert.InRange(turns, expected - 250, expected + 250));
    }

    [Fact]
    public void ChangeAfterTheTurn_NoSecondTurnInTheRest()
    {
        int seen = 0;
        for (ulong key = 0; key < 200; key++)
        {
            ShareSchedule share = new ShareSchedule(0.125, key);
            if (Enumerable.Range(0, 4).Count(_ => share.Take()) == 1)
            {
                share = share.HandOver(0.0625);
                Assert.Equal(0, Enumerable.Range(0, 8).Count(_ => share.Take()));
                Assert.Equal(1, Enumerable.Range(0, 16).Count(_ => share.Take()));
                seen++;
            }
        }

        Assert.InRange(seen, 50, 150);
    }

    [Fact]
    public void After_GoesOnWhereTheOneBeforeStopped()
    {
        ShareSchedule first = ShareSchedule.After(null, 0.5);
        Assert.Equal(2, Enumerable.Range(0, 4).Count(_ => first.Take()));
        Assert.Same(first, ShareSchedule.After(first, 0.5));
        ShareSchedule second = ShareSchedule.After(first, 1);
        Assert.True(second.Take());
        Assert.Equal(5, second.Totals().Eligible);
        Assert.Equal(3, second.Totals().Turns);
    }

    [Fact]
    public void OldReference_IsLedOnThroughEverySuccessor()
    {
        ShareSchedule first = new ShareSchedule(0, key: 3);
        first.Take();
        ShareSchedule last = first.HandOver(0.5).HandOver(1);

        Assert.True(first.Take());
        Assert.Equal(2, last.Totals().Eligible);
        Assert.Equal(last.Totals(), first.Totals());
        Assert.Throws<InvalidOperationException>(() => first.HandOver(0.1));
    }

    [Fact]
    public void WeightsChangeWhileThreadsDecide_NothingIsLostOrCountedTwice()
    {
        double[] weights = [0.05, 1, 1.0 / 3, 0, 0.9, 1e-6];
        ShareSchedule published = new ShareSchedule(0.1, key: 11);
        long eligible = 0, turns = 0;

        Race.Run(
            threads: 3,
            step: _ =>
            {
                int mine = 0;
                for (int n = 0; n < 20; n++)
                {
                    mine += Volatile.Read(ref published).Take() ? 1 : 0;
                }

                Interlocked.Add(ref eligible, 20);
                Interlocked.Add(ref turns, mine);
            },
            turns: 10_000,
            main: change => Volatile.Write(ref published, published.HandOver(weights[change % weights.Length])));

        ShareTotals totals = published.Totals();
        Assert.Equal(eligible, totals.Eligible);
        Assert.Equal(turns, totals.Turns);
        Assert.True(IsLessThanOneFrom(totals.Asked, turns));
    }

    private static UInt128 FixedPoint(double weight) =>
        UInt128.Min(UInt128.One << 64, (UInt128)decimal.Ceiling(Convert.ToDecimal(weight) * (decimal)Math.Pow(2, 32) * (decimal)Math.Pow(2, 32)));

    private static bool IsLessThanOneFrom(UInt128 asked, long turns)
    {
        UInt128 given = (UInt128)(ulong)turns << 64;
        return (given > asked ? given - asked : asked - given) < UInt128.One << 64;
    }
}
