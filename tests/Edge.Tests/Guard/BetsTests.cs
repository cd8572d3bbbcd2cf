// What makes the bets unwinnable against a canary that is no worse, computed exactly for all outcomes of small blocks.

using CsCheck;
using OpenClaw.Edge.Guard;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class BetsTests
{
    private const double Rounding = 1e-9;

    private static readonly double[] Rates = [0, 0.0001, 0.003, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1];

    /// <summary>Any sizes of the two arms: the larger counts by its mean, as if it were as small as the other.</summary>
    [Fact]
    public void OneRate_CapitalDoesNotGrowInTheMean()
    {
        foreach ((int canaries, int baselines) in from a in Enumerable.Range(1, 6) from b in Enumerable.Range(1, 6) select (a, b))
        {
            foreach ((double baseline, double canary) in from a in Rates from b in Rates where a >= b select (a, b))
            {
                double mean = 0;
                for (int i = 0; i <= canaries; i++)
                {
                    for (int j = 0; j <= baselines; j++)
                    {
                        mean += Chance(canaries, i, canary) * Chance(baselines, j, baseline) * CapitalOf(new Arm(canaries, i), new Arm(baselines, j));
                    }
                }

                Assert.InRange(mean, 0, 1 + Rounding);
            }
        }
    }

    /// <summary>Every pair has rates of its own (an outage in the middle of the block): they need not be known, nor be equal.</summary>
    [Fact]
    public void RatesOfEachPairItsOwn_CapitalDoesNotGrowInTheMean() => Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1]).Array[1, 5].Sample(pairs =>
    {
        double mean = 0;
        for (int outcomes = 0; outcomes < 1 << 2 * pairs.Length; outcomes++)
        {
            double chance = 1;
            int canaryBad = 0, baselineBad = 0;
            for (int i = 0; i < pairs.Length; i++)
            {
                (double canary, double baseline) = (Math.Min(pairs[i].Item1, pairs[i].Item2), Math.Max(pairs[i].Item1, pairs[i].Item2));
                int a = outcomes >> 2 * i & 1, b = outcomes >> 2 * i + 1 & 1;
                chance *= (a == 1 ? canary : 1 - canary) * (b == 1 ? baseline : 1 - baseline);
                canaryBad += a;
                baselineBad += b;
            }

            mean += chance * Math.Exp(Bets.LogCapital(pairs.Length, canaryBad, baselineBad));
        }

        Assert.InRange(mean, 0, 1 + Rounding);
    });

    /// <summary>A cause that hits both of a pair makes bad ones come together, and that only helps: nothing need be independent.</summary>
    [Fact]
    public void PairsThatFareAlike_CapitalDoesNotGrowInTheMean() => Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1]).Sample((rate, alike) =>
    {
        double both = rate * rate + alike * rate * (1 - rate), one = rate - both;
        double mean = both * Capital(1, 1, 1) + one * (Capital(1, 1, 0) + Capital(1, 0, 1)) + (1 - both - 2 * one) * Capital(1, 0, 0);
        Assert.InRange(mean, 0, 1 + Rounding);
    });

    /// <summary>Clients that left are half an error.</summary>
    [Fact]
    public void OutcomesBetweenGoodAndBad_CapitalDoesNotGrowInTheMean() => Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1]).Sample((bad, half) =>
    {
        double[] chances = [(1 - bad) * (1 - half), (1 - bad) * half, bad];
        double mean = 0;
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                mean += chances[i] * chances[j] * Capital(1, i / 2.0, j / 2.0);
            }
        }

        Assert.InRange(mean, 0, 1 + Rounding);
    });

    [Fact]
    public void CanaryNotWorse_NothingIsWon() => Gen.Select(Gen.Long[1, 1L << 50], Gen.Double[0, 1], Gen.Double[0, 1]).Sample((pairs, a, b) =>
        Assert.InRange(Bets.LogCapital(pairs, pairs * Math.Min(a, b), pairs * Math.Max(a, b)), double.MinValue, Rounding));

    [Fact]
    public void Hindsight_HasAtLeastAsMuch() => Gen.Select(Gen.Long[1, 1L << 50], Gen.Double[0, 1], Gen.Double[0, 1]).Sample((pairs, a, b) =>
    {
        (double canary, double baseline) = (pairs * Math.Max(a, b), pairs * Math.Min(a, b));
        double best = Bets.LogCapitalInHindsight(pairs, canary, baseline);
        Assert.InRange(Bets.LogCapital(pairs, canary, baseline), double.MinValue, best + Rounding * (1 + best));
    });

    [Fact]
    public void AnyCounts_LogarithmIsFinite() => Gen.Select(Gen.Long[1, 1L << 50], Gen.Double[0, 1], Gen.Double[0, 1]).Sample((pairs, a, b) =>
        Assert.True(double.IsFinite(Bets.LogCapital(pairs, pairs * a, pairs * b))));

    [Fact]
    public void Weights_SumToOne() => Assert.Equal(0, Bets.LogCapital(0, 0, 0), 1e-12);

    private static double CapitalOf(Arm canary, Arm baseline)
    {
        long pairs = Math.Min(canary.Count, baseline.Count);
        return Capital(pairs, canary.Of(pairs).Bad, baseline.Of(pairs).Bad);
    }

    private static double Capital(double pairs, double canaryBad, double baselineBad) => Math.Exp(Bets.LogCapital(pairs, canaryBad, baselineBad));

    private static double Chance(int trials, int bad, double rate)
    {
        double chance = Math.Pow(rate, bad) * Math.Pow(1 - rate, trials - bad);
        for (int i = 1; i <= bad; i++)
        {
            chance *= (double)(trials - bad + i) / i;
        }

        return chance;
    }
}
