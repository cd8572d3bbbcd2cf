// The ways in which a canary may be worse, each a pair of rates, and how well counted pairs fit them. Immutable; any thread.

namespace OpenClaw.Edge.Guard;

/// <summary>
/// The mixture that a <see cref="SequentialTest"/> bets on. Alternative g says that outcomes of the canary are bad at rate p, of the baseline at
/// rate q &lt; p, and bets against both being bad at their mean m. The logarithm of its gain is linear in what was counted, so three sums are all that an
/// epoch has to keep.
/// </summary>
internal static class Alternatives
{
    /// <summary>Rates an even step of the log odds apart.</summary>
    private static readonly double[] Rates = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95, 0.999];

    private static readonly Alternative[] All = Build();

    /// <summary>
    /// Natural logarithm of the mixture's gain over <paramref name="pairs"/> pairs with so much badness on each side: log of the sum of weight times
    /// gain, which never exceeds the largest gain and never underflows.
    /// </summary>
    public static double LogGain(double pairs, double canaryBad, double baselineBad)
    {
        Span<double> gains = stackalloc double[All.Length];
        double largest = double.NegativeInfinity;
        for (int i = 0; i < gains.Length; i++)
        {
            ref readonly Alternative alternative = ref All[i];
            gains[i] = alternative.LogWeight + pairs * alternative.Pair + canaryBad * alternative.CanaryBad + baselineBad * alternative.BaselineBad;
            largest = Math.Max(largest, gains[i]);
        }

        double sum = 0;
        foreach (double gain in gains)
        {
            sum += Math.Exp(gain - largest);
        }

        return largest + Math.Log(sum);
    }

    private static Alternative[] Build()
    {
        List<Alternative> all = [];
        for (int canary = 1; canary < Rates.Length; canary++)
        {
            for (int baseline = 0; baseline < canary; baseline++)
            {
                all.Add(new Alternative(Rates[canary], Rates[baseline], -Math.Log(Rates.Length * (Rates.Length - 1) / 2)));
            }
        }

        return [.. all];
    }

    /// <summary>What one alternative adds for every pair, and on top for each bad outcome of either side.</summary>
    private readonly struct Alternative
    {
        public Alternative(double canary, double baseline, double logWeight)
        {
            double mean = (canary + baseline) / 2;
            double canaryGood = Math.Log((1 - canary) / (1 - mean)), baselineGood = Math.Log((1 - baseline) / (1 - mean));
            LogWeight = logWeight;
            Pair = canaryGood + baselineGood;
            CanaryBad = Math.Log(canary / mean) - canaryGood;
            BaselineBad = Math.Log(baseline / mean) - baselineGood;
        }

        public double LogWeight { get; }

        public double Pair { get; }

        public double CanaryBad { get; }

        public double BaselineBad { get; }
    }
}
