// The weights of the learned model and how sure it is of each: logistic regression, one response at a time. Control thread only.

using System.Numerics;

namespace OpenClaw.Edge.Rating;

/// <summary>
/// Corrections, in log odds, to what the fixed formula says. A weight begins at 0 and is estimated by Bayes' rule with a Gaussian of independent weights (Laplace's
/// approximation, one step for each response): its variance is its learning rate, and the prior's is the pull towards the formula.
/// </summary>
internal sealed class SignalWeights
{
    /// <summary>No signal moves the odds by more than a factor of 20 (e^3).</summary>
    public const double WeightMax = 3;

    /// <summary>Nor all together by more than 55 (e^4).</summary>
    public const double ContrastMax = 4;

    /// <summary>The base may go from one unhappy answer in 50 to 49 in 50 and beyond.</summary>
    public const double BaseMax = 8;

    /// <summary>Learning slows down no further, as after some thousand responses, and so never stops.</summary>
    public const double VarianceMin = 0.001;

    private const double Prior = 1; // the variance of a weight before any evidence
    private const double BasePrior = 4; // who answers is anybody's guess

    private readonly double[] _mean = new double[SignalFeatures.Count];
    private readonly double[] _variance = new double[SignalFeatures.Count];

    public SignalWeights()
    {
        Array.Fill(_variance, Prior);
        _variance[SignalFeatures.Base] = BasePrior;
    }

    /// <summary>The correction that all who answer have in common.</summary>
    public double Base => _mean[SignalFeatures.Base];

    public double Mean(int feature) => _mean[feature];

    public double Variance(int feature) => _variance[feature];

    /// <summary>The correction of a set of features beyond the base, and its variance.</summary>
    public (double Mean, double Variance) Contrast(uint features)
    {
        double mean = 0;
        double variance = 0;
        for (features &= ~(1u << SignalFeatures.Base); features != 0; features &= features - 1)
        {
            int feature = BitOperations.TrailingZeroCount(features);
            mean += _mean[feature];
            variance += _variance[feature];
        }

        return (Math.Clamp(mean, -ContrastMax, ContrastMax), variance);
    }

    /// <param name="features">Of the response; the base is always among them.</param>
    /// <param name="probability">What was predicted for them, base included.</param>
    /// <param name="unhappiness">0..1, what was said.</param>
    public void Learn(uint features, double probability, double unhappiness)
    {
        double spread = probability * (1 - probability); // the slope of the logistic curve: how much the answer tells
        double scale = 1 / (1 + spread * (_variance[SignalFeatures.Base] + Contrast(features).Variance));
        for (; features != 0; features &= features - 1)
        {
            int feature = BitOperations.TrailingZeroCount(features);
            double bound = feature == SignalFeatures.Base ? BaseMax : WeightMax;
            double variance = _variance[feature];
            _mean[feature] = Math.Clamp(_mean[feature] + variance * (unhappiness - probability) * scale, -bound, bound);
            _variance[feature] = Math.Max(VarianceMin, variance - variance * variance * spread * scale);
        }
    }

    /// <summary>Evidence fades: <paramref name="kept"/> of what was learned beyond the prior remains, and weights without new evidence return to 0.</summary>
    public void Fade(double kept)
    {
        for (int feature = 0; feature < _mean.Length; feature++)
        {
            double prior = 1 / (feature == SignalFeatures.Base ? BasePrior : Prior);
            double precision = 1 / _variance[feature];
            double faded = prior + kept * Math.Max(0, precision - prior);
            _variance[feature] = 1 / faded;
            _mean[feature] *= Math.Min(1, kept * precision / faded);
        }
    }
}
