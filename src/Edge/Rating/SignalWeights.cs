// The weights of the learned model and how sure it is of each: logistic regression, one response at a time. Control thread only.

using System.Numerics;

namespace OpenClaw.Edge.Rating;

/// <summary>
/// Corrections, in log odds, to what the fixed formula says. A weight begins at 0 with the variance <see cref="VarianceMax"/> and is estimated by Bayes' rule with a
/// Gaussian of independent weights (Laplace's approximation, one step for each response): the variance is the learning rate, and the prior is the pull towards the formula.
/// </summary>
internal sealed class SignalWeights
{
    /// <summary>No signal counts for more than 3 in log odds: a factor of 20 on the odds.</summary>
    public const double WeightMax = 3;

    /// <summary>Nor all together, in either direction.</summary>
    public const double CorrectionMax = 4;

    public const double VarianceMax = 1;

    /// <summary>Learning never stops: as after some thousand responses.</summary>
    public const double VarianceMin = 0.001;

    private readonly double[] _mean = new double[SignalFeatures.Count];
    private readonly double[] _variance = Enumerable.Repeat(VarianceMax, SignalFeatures.Count).ToArray();

    public double Mean(int feature) => _mean[feature];

    public double Variance(int feature) => _variance[feature];

    /// <summary>The correction of a set of features, and its variance.</summary>
    public (double Mean, double Variance) Correction(uint features)
    {
        double mean = 0;
        double variance = 0;
        for (; features != 0; features &= features - 1)
        {
            int feature = BitOperations.TrailingZeroCount(features);
            mean += _mean[feature];
            variance += _variance[feature];
        }

        return (Math.Clamp(mean, -CorrectionMax, CorrectionMax), variance);
    }

    /// <param name="probability">What was predicted for the features.</param>
    /// <param name="unhappiness">0..1, what was said.</param>
    public void Learn(uint features, double probability, double unhappiness)
    {
        double spread = probability * (1 - probability); // the slope of the logistic curve: how much the answer tells
        double scale = 1 / (1 + spread * Correction(features).Variance);
        for (; features != 0; features &= features - 1)
        {
            int feature = BitOperations.TrailingZeroCount(features);
            ref double mean = ref _mean[feature];
            ref double variance = ref _variance[feature];
            mean = Math.Clamp(mean + variance * (unhappiness - probability) * scale, -WeightMax, WeightMax);
            variance = Math.Clamp(variance - variance * variance * spread * scale, VarianceMin, VarianceMax);
        }
    }

    /// <summary>Evidence fades: of what was learned beyond the prior, <paramref name="kept"/> remains, and weights without new evidence return to 0.</summary>
    public void Fade(double kept)
    {
        for (int feature = 0; feature < _mean.Length; feature++)
        {
            double evidence = kept * (1 / _variance[feature] - 1 / VarianceMax);
            double before = 1 / _variance[feature];
            _variance[feature] = 1 / (1 / VarianceMax + evidence);
            _mean[feature] *= Math.Min(1, kept * before * _variance[feature]);
        }
    }
}
