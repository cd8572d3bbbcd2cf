// A number between 0 and 1 that was measured on samples, with its bounds, and how several become one. A value; any thread.

namespace OpenClaw.Edge.Rating;

/// <summary>A measured share or mean in 0..1 and its two-sided bounds, at 95 % unless said otherwise.</summary>
public readonly record struct Estimate(double Value, double Lower, double Upper)
{
    /// <summary>Standard normal quantile at 0.975: bounds that hold in 95 of 100 cases.</summary>
    public const double Usual = 1.959963984540054;

    /// <summary>
    /// Wilson's score interval (Wilson 1927) of a mean of <paramref name="samples"/> values in 0..1 that sum to <paramref name="sum"/>.
    /// Exact in form for zeros and ones; for values between, too wide, as no such values vary more than zeros and ones of the same mean.
    /// </summary>
    /// <param name="samples">Above 0; a fraction where samples count in part.</param>
    /// <param name="z">Standard normal quantile of the confidence asked for.</param>
    public static Estimate OfMean(double sum, double samples, double z = Usual)
    {
        double mean = Math.Clamp(sum / samples, 0, 1); // rounding
        double scale = 1 / (1 + z * z / samples);
        double centre = (mean + z * z / (2 * samples)) * scale;
        double half = z * scale * Math.Sqrt(mean * (1 - mean) / samples + z * z / (4 * samples * samples));
        // The interval holds the mean; only rounding could say otherwise, at means of 0 and 1.
        return new Estimate(mean, Math.Clamp(centre - half, 0, mean), Math.Clamp(centre + half, mean, 1));
    }

    /// <summary>Within 0..1 and in order; nothing that is no number.</summary>
    public bool IsSound => Lower >= 0 && Lower <= Value && Value <= Upper && Upper <= 1;

    /// <summary>What is left of 1 after this share, which costs everything from <paramref name="atZero"/> on.</summary>
    public Estimate LeftOver(double atZero) => new(
        1 - Math.Min(1, Value / atZero), 1 - Math.Min(1, Upper / atZero), 1 - Math.Min(1, Lower / atZero));

    /// <summary>This, with a share of something else in it; bounds are averaged alike, which is too wide unless both move together.</summary>
    /// <param name="share">0: this; 1: the other.</param>
    public Estimate MixedWith(Estimate other, double share) => new(
        Mix(Value, other.Value, share), Mix(Lower, other.Lower, share), Mix(Upper, other.Upper, share));

    private static double Mix(double a, double b, double share) => (1 - share) * a + share * b; // keeps the order of bounds to the last bit
}

/// <summary>
/// Adds up parts by weight; parts that are absent are not added, and the rest count for more. Values and bounds are
/// averaged alike: right if the parts move together, too wide if they do not.
/// </summary>
internal struct WeightedAverage
{
    private double _weights;
    private double _value;
    private double _lower;
    private double _upper;

    public void Add(double weight, Estimate part)
    {
        _weights += weight;
        _value += weight * part.Value;
        _lower += weight * part.Lower;
        _upper += weight * part.Upper;
    }

    /// <summary>The average, or null if nothing with a weight was added.</summary>
    public readonly Estimate? Result => _weights > 0 ? new Estimate(_value / _weights, _lower / _weights, _upper / _weights) : null;
}
