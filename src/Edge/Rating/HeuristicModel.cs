// The learned part of the score: what feedback teaches about responses, said of all those about which nobody said anything.
// Control thread only.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Rating;

/// <summary>
/// One for all versions of a process. Logistic regression around the fixed formula: without evidence it says what the formula says, and has no weight
/// (docs/decisions/0010-heuristic-model.md).
/// </summary>
public sealed class HeuristicModel(RatingSettings settings)
{
    /// <summary>What was learned counts for half after this time.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromHours(6);

    /// <summary>Answers that can be learned from, so that no rush of them overturns in seconds what hours have taught: so many at once, then so many a second.</summary>
    public const double BurstMax = 300, PerSecondMax = 5;

    private readonly SignalWeights _weights = new();
    private readonly SignalWeights _shift = new(); // learns the base alone
    private readonly ModelSkill _skill = new();
    private FixedOpinion _formula = new(settings);
    private double _budget = BurstMax;
    private long _agedAt = long.MinValue;

    /// <summary>0..1; 0 until the model has shown that it foretells feedback better than the formula.</summary>
    public double Skill => _skill.Value;

    /// <summary>The part's weight in the score; the other parts share the rest.</summary>
    public double Weight(double heuristicWeightMax) => heuristicWeightMax * _skill.Value;

    /// <summary>Takes over the weights of the formula. What was learned stays: it is a difference to the formula, and learns on.</summary>
    public void Apply(RatingSettings settings) => _formula = new FixedOpinion(settings);

    /// <summary>Lets evidence fade; to be called every tick.</summary>
    /// <param name="now">Nanoseconds on a monotonic clock; never runs back.</param>
    public void Age(long now)
    {
        if (_agedAt != long.MinValue)
        {
            TimeSpan passed = TimeSpan.FromMicroseconds((now - _agedAt) / 1000);
            double kept = Math.Pow(2, -passed / HalfLife);
            _weights.Fade(kept);
            _shift.Fade(kept);
            _skill.Fade(kept);
            _budget = Math.Min(BurstMax, _budget + PerSecondMax * passed.TotalSeconds);
        }

        _agedAt = now;
    }

    /// <summary>One user's answer: first the model and the formula are held to it, then the model learns from it.</summary>
    /// <param name="age">How old the version was, <see cref="DeployAge"/>.</param>
    /// <param name="score">0 (unhappy) to 1.</param>
    /// <returns>False: not learned from, as nothing is known of the response, the score is no number, or too many came at once.</returns>
    public bool Learn(SignalCell cell, byte age, double score)
    {
        if (!cell.IsKnown || double.IsNaN(score) || _budget < 1)
        {
            return false;
        }

        _budget--;
        double unhappiness = 1 - Math.Clamp(score, 0, 1);
        uint features = SignalFeatures.Of(cell, age);
        double model = AnswerUnhappiness(cell, age);
        double shifted = Probability(cell, _shift.Base);
        _skill.Judge(model, _formula.Probability(cell), shifted, unhappiness);
        _weights.Learn(features, model, unhappiness);
        _shift.Learn(1u << SignalFeatures.Base, shifted, unhappiness);
        return true;
    }

    /// <summary>How likely one who answers is unhappy: what feedback is held against.</summary>
    public double AnswerUnhappiness(SignalCell cell, byte age) => Probability(cell, _weights.Base + _weights.Contrast(SignalFeatures.Of(cell, age)).Mean);

    /// <summary>
    /// How likely anyone is unhappy: what goes into the score. The unhappy answer more often, and that moves the base of a logistic regression and nothing else
    /// (Prentice, Pyke 1979); so the base stays the formula's, and a version that is as usual in everything rates as the formula has it.
    /// </summary>
    public double Unhappiness(SignalCell cell, byte age) => Probability(cell, _weights.Contrast(SignalFeatures.Of(cell, age)).Mean);

    /// <summary>
    /// Predicts a version's responses. Bounds of 95 %: what the weights may be off, all in the same direction, and what so many responses may be off by chance.
    /// </summary>
    /// <param name="counts">Responses by code, <see cref="CellWindow.Counts"/>.</param>
    /// <param name="age">How old the version is, <see cref="DeployAge"/>.</param>
    /// <returns>Null: less than one response.</returns>
    public HeuristicPart? Rate(ReadOnlySpan<double> counts, byte age)
    {
        double responses = 0, formula = 0, sum = 0, lower = 0, upper = 0;
        for (int code = 0; code < counts.Length; code++)
        {
            double count = counts[code];
            SignalCell cell = SignalCell.From(code);
            if (count > 1e-3 && cell.IsKnown)
            {
                (double mean, double variance) = _weights.Contrast(SignalFeatures.Of(cell, age));
                double off = Estimate.Usual * Math.Sqrt(variance);
                responses += count;
                formula += count * _formula.Unhappiness(cell);
                sum += count * FixedOpinion.Plain(Probability(cell, mean));
                lower += count * FixedOpinion.Plain(Probability(cell, mean - off));
                upper += count * FixedOpinion.Plain(Probability(cell, mean + off));
            }
        }

        long samples = (long)responses;
        if (samples == 0)
        {
            return null;
        }

        double whole = samples / responses;
        Estimate predicted = new(
            1 - sum / responses, 1 - Estimate.OfMean(upper * whole, samples).Upper, 1 - Estimate.OfMean(lower * whole, samples).Lower);
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
            _skill.Evidence, _skill.ModelLoss, _skill.FormulaLoss, _skill.ShiftedLoss, _skill.Value, Weight(heuristicWeightMax), coefficients);
    }

    /// <summary>The formula's odds, corrected; within its doubt.</summary>
    private double Probability(SignalCell cell, double correction)
    {
        double formula = _formula.Probability(cell);
        double odds = formula / (1 - formula) * Math.Exp(correction);
        return Math.Clamp(odds / (1 + odds), FixedOpinion.Doubt, 1 - FixedOpinion.Doubt);
    }
}
