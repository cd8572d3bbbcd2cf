// What the sequential test stakes on a canary that is worse, and what a stretch of counted pairs has made of it. Immutable; any thread.

namespace OpenClaw.Edge.Guard;

/// <summary>
/// A fixed mixture of bets, each with a stake d on bad outcomes and e on good ones, 0 &lt;= d, e &lt; 1. A pair multiplies its capital by
/// <code>
/// canary bad: 1 + d    canary good: 1 - e    baseline bad: 1 - d    baseline good: 1 + e
/// </code>
/// (by the geometric mean of the two for an outcome between). With rate t on both sides the factors' means are 1 + c and 1 - c, c = dt - e(1 - t), so a
/// pair's is 1 - c² &lt;= 1: no capital grows in the mean while the canary is no worse. If the rates are p and q it grows fastest with
/// d = (p - q)/(p + q), e = (p - q)/(2 - p - q), then by KL(p, m) + KL(q, m) a pair, m their mean. For rare badness only d matters.
/// </summary>
internal static class Bets
{
    /// <summary>Half as much again is d = 0.2, twice as much 0.33, ten times 0.82.</summary>
    private static readonly double[] BadStakes = [0.05, 0.1, 0.2, 0.4, 0.7, 0.9, 0.995];

    /// <summary>With their weights: most services are rarely bad, and a broken canary is hardly ever good.</summary>
    private static readonly (double Stake, double Weight)[] GoodStakes = [(0, 3), (0.05, 1), (0.15, 1), (0.4, 1), (0.99, 2)];

    private static readonly Bet[] All = Build();

    /// <summary>
    /// Natural logarithm of the whole capital, 1 at first, after <paramref name="pairs"/> pairs with so much badness on either side. Depends on
    /// these three sums alone. Finite for any counts: nothing is ever multiplied out.
    /// </summary>
    public static double LogCapital(double pairs, double canaryBad, double baselineBad)
    {
        Span<double> capitals = stackalloc double[All.Length];
        double largest = double.NegativeInfinity;
        for (int i = 0; i < capitals.Length; i++)
        {
            capitals[i] = All[i].LogCapital(pairs, canaryBad, baselineBad);
            largest = Math.Max(largest, capitals[i]);
        }

        double sum = 0;
        foreach (double capital in capitals)
        {
            sum += Math.Exp(capital - largest);
        }

        return largest + Math.Log(sum);
    }

    /// <summary>
    /// What the best stakes, chosen in hindsight, would have made: no mixture has more, and it takes a twentieth of the time to tell. Right for
    /// a canary with no less badness than the baseline.
    /// </summary>
    public static double LogCapitalInHindsight(double pairs, double canaryBad, double baselineBad) =>
        LogOfBestStake(canaryBad, baselineBad) + LogOfBestStake(pairs - canaryBad, pairs - baselineBad);

    private static double LogOfBestStake(double canary, double baseline)
    {
        double mean = (canary + baseline) / 2;
        return (canary > 0 ? canary * Math.Log(canary / mean) : 0) + (baseline > 0 ? baseline * Math.Log(baseline / mean) : 0);
    }

    private static Bet[] Build()
    {
        List<Bet> all = [];
        double weights = BadStakes.Length * GoodStakes.Sum(good => good.Weight);
        foreach (double bad in BadStakes)
        {
            foreach ((double good, double weight) in GoodStakes)
            {
                all.Add(new Bet(bad, good, weight / weights));
            }
        }

        return [.. all];
    }

    private readonly struct Bet(double bad, double good, double weight)
    {
        private readonly double _logWeight = Math.Log(weight);
        private readonly double _canaryBad = Math.Log(1 + bad);
        private readonly double _canaryGood = Math.Log(1 - good);
        private readonly double _baselineBad = Math.Log(1 - bad);
        private readonly double _baselineGood = Math.Log(1 + good);

        public double LogCapital(double pairs, double canaryBad, double baselineBad) => _logWeight
            + canaryBad * _canaryBad + (pairs - canaryBad) * _canaryGood + baselineBad * _baselineBad + (pairs - baselineBad) * _baselineGood;
    }
}
