// What the learned model says about versions and about itself. Values: built on the control thread, read by any.

namespace OpenClaw.Edge.Rating;

/// <param name="Predicted">1 - mean predicted unhappiness, with bounds of 95 %.</param>
/// <param name="Formula">The same of the same responses by the fixed formula, one by one: what the model corrects.</param>
public readonly record struct HeuristicPart(Estimate Predicted, double Formula)
{
    /// <summary>
    /// The part as the score takes it: what the other parts come to, corrected by what the model sees that the formula does not. As a mean over responses, 5 % of errors
    /// make 0.95; added as it is, it would raise a score that takes 5 % of errors for half of its success. A correction of nothing changes nothing.
    /// </summary>
    public Estimate Beside(Estimate others)
    {
        double value = Math.Clamp(others.Value + Predicted.Value - Formula, 0, 1);
        return new Estimate(
            value,
            Math.Min(value, Math.Clamp(others.Lower + Predicted.Lower - Formula, 0, 1)),
            Math.Max(value, Math.Clamp(others.Upper + Predicted.Upper - Formula, 0, 1)));
    }

    /// <summary>The other parts with this one among them; what is no number changes nothing.</summary>
    /// <param name="share">Earned: 0..1.</param>
    public Estimate MixedInto(Estimate others, double share) =>
        share is > 0 and <= 1 && Beside(others) is { IsSound: true } corrected ? others.MixedWith(corrected, share) : others;
}

/// <summary>Why the model has the weight it has.</summary>
/// <param name="Evidence">Feedback that counts for the skill; what is old counts for less.</param>
/// <param name="ModelLoss">Mean log loss in nats, beyond the answers' own entropy, on feedback not yet learned from.</param>
/// <param name="FormulaLoss">The same of the fixed formula.</param>
/// <param name="ShiftedLoss">The same of the fixed formula that has learned how many of those who answer are unhappy.</param>
/// <param name="Skill">0..1: 1 - model's loss / loss of the better rival, at the lower bound of 95 %.</param>
/// <param name="Weight">In the score, now.</param>
/// <param name="Coefficients">In log odds, added to the fixed formula's.</param>
public sealed record HeuristicExplanation(
    double Evidence, double ModelLoss, double FormulaLoss, double ShiftedLoss, double Skill, double Weight, IReadOnlyList<HeuristicCoefficient> Coefficients);

/// <param name="Deviation">Standard deviation: how far it may be off.</param>
public readonly record struct HeuristicCoefficient(string Name, double Value, double Deviation);
