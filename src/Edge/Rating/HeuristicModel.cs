// The learned part of the score: what feedback teaches about responses, said of all those about which nobody said anything.
// Control thread only.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Rating;

/// <summary>
/// One for all versions of a process. Logistic regression around the fixed formula: without evidence it says what the formula says, and it has no weight
/// (docs/decisions/0010).
/// </summary>
public sealed class HeuristicModel(RatingSettings settings)
{
    /// <summary>What was learned counts for half after this time.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromHours(6);

    private const double Z = 1.959963984540054; // standard normal quantile at 0.975

    private readonly SignalWeights _weights = new();
    private readonly ModelSkill _skill = new();
    private FixedOpinion _formula = new(settings);
    private long _agedAt = long.MinValue;

    public double Skill => _skill.Value;

    /// <summary>The part's weight in the score; the other parts share the rest.</summary>
    public double Weight(double heuristicWeightMax) => heuristicWeightMax * _skill.Value;

    /// <summary>Takes over the weights of the formula. What was learned stays: it is a difference to the formula, and learns on.</summary>
    public void Apply(RatingSettings settings) => _formula = new FixedOpinion(settings);

    /// <summary>Lets evidence fade. To be called now and then.</summary>
    /// <param name="now">Nanoseconds on a monotonic clock; never runs back.</param>
    public void Age(long now)
    {
        if (_agedAt != long.MinValue)
        {
            double kept = Math.Pow(2, -(now - _agedAt) / HalfLife.TotalNanoseconds);
            _weights.Fade(kept);
            _skill.Fade(kept);
        }

        _agedAt = now;
    }

    /// <summary>One user's answer: first the model and the formula are held to it, then the model learns from it.</summary>
    /// <param name="age">How old the version was, <see cref="DeployAge"/>.</param>
    /// <param name="score">0 (unhappy) to 1; what is no number is left out.</param>
    public void Learn(SignalCell cell, int age, double score)
    {
        if (double.IsNaN(score))
        {
            return;
        }

        double unhappiness = 1 - Math.Clamp(score, 0, 1);
        uint features = SignalFeatures.Of(cell, age);
        double model = Probability(cell, _weights.Correction(features).Mean);
        _skill.Judge(FixedOpinion.Level(cell), _formula.Probability(cell), model, unhappiness);
        _weights.Learn(features, model, unhappiness);
    }

    /// <summary>How likely one who answers is unhappy: compared with feedback.</summary>
    public double AnswerUnhappiness(SignalCell cell, int age) => Probability(cell, _weights.Correction(SignalFeatures.Of(cell, age)).Mean);

    /// <summary>
    /// How likely anyone is unhappy: the score's prediction. The unhappy answer more often, and that moves the base of a logistic regression and nothing else
    /// (Prentice, Pyke 1979); so the base is left at the formula's, and a version that is as usual in everything rates as the formula has it.
    /// </summary>
    public double Unhappiness(SignalCell cell, int age) => Probability(cell, Contrast(cell, age).Mean);

    /// <summary>
    /// 1 - mean predicted unhappiness of a version's responses, with bounds of 95 %: what the weights may be off, all in the same direction, and what so many
    /// responses may be off by chance. Null: fewer than one response.
    /// </summary>
    public HeuristicPart? Rate(ReadOnlySpan<double> counts, int age)
    {
        double responses = 0, formula = 0, sum = 0, lower = 0, upper = 0;
        for (int code = 0; code < counts.Length; code++)
        {
            double count = counts[code];
            if (count < 1e-3 || !SignalCell.TryFrom(code, out SignalCell cell))
            {
                continue;
            }

            (double mean, double variance) = Contrast(cell, age);
            double off = Z * Math.Sqrt(variance);
            responses += count;
            formula += count * _formula.Unhappiness(cell);
            sum += count * FixedOpinion.Plain(Probability(cell, mean));
            lower += count * FixedOpinion.Plain(Probability(cell, mean - off));
            upper += count * FixedOpinion.Plain(Probability(cell, mean + off));
        }

        long samples = (long)responses;
        if (samples == 0)
        {
            return null;
        }

        double scale = samples / responses;
        Estimate predicted = new(
            1 - sum / responses, 1 - Estimate.OfMean(upper * scale, samples).Upper, 1 - Estimate.OfMean(lower * scale, samples).Lower);
        return new HeuristicPart(predicted, 1 - formula / responses);
    }

    public HeuristicExplanation Explain(double heuristicWeightMax)
    {
        HeuristicCoefficient[] coefficients = new HeuristicCoefficient[SignalFeatures.Count];
        for (int feature = 0; feature < coefficients.Length; feature++)
        {
            coefficients[feature] = new HeuristicCoefficient(SignalFeatures.Names[feature], _weights.Mean(feature), Math.Sqrt(_weights.Variance(feature)));
        }

        return new HeuristicExplanation(
            _skill.Evidence, _skill.ModelLoss, _skill.FormulaLoss, _skill.PutRightLoss, _skill.Value, Weight(heuristicWeightMax), coefficients);
    }

    private (double Mean, double Variance) Contrast(SignalCell cell, int age) =>
        _weights.Correction(SignalFeatures.Of(cell, age) & ~(1u << SignalFeatures.Base));

    private double Probability(SignalCell cell, double correction)
    {
        double fixedOne = _formula.Probability(cell);
        double odds = fixedOne / (1 - fixedOne) * Math.Exp(correction);
        return Math.Clamp(odds / (1 + odds), FixedOpinion.Doubt, 1 - FixedOpinion.Doubt);
    }
}
