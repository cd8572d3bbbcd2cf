// What the learned model says about versions and about itself. Values: built on the control thread, read by any.

namespace OpenClaw.Edge.Rating;

/// <param name="Predicted">1 - mean predicted unhappiness, with bounds of 95 %.</param>
/// <param name="Formula">The same of the same responses by the fixed formula, one by one: what the model is a correction to.</param>
public readonly record struct HeuristicPart(Estimate Predicted, double Formula);

/// <summary>Why the model has the weight it has.</summary>
/// <param name="Evidence">Feedback that counts for the skill; what is old counts for less.</param>
/// <param name="ModelLoss">Mean log loss in nats on feedback not yet learned from.</param>
/// <param name="FormulaLoss">The same of the fixed formula.</param>
/// <param name="PutRightLoss">The same of the fixed formula with its values replaced by what feedback says of them.</param>
/// <param name="Skill">0..1: 1 - model's loss / loss of the better rival, at the lower bound of 95 %.</param>
/// <param name="Weight">In the score, now.</param>
/// <param name="Coefficients">In log odds, added to the fixed formula's.</param>
public sealed record HeuristicExplanation(
    double Evidence, double ModelLoss, double FormulaLoss, double PutRightLoss, double Skill, double Weight, IReadOnlyList<HeuristicCoefficient> Coefficients);

/// <param name="Deviation">Standard deviation: how far it may be off.</param>
public readonly record struct HeuristicCoefficient(string Name, double Value, double Deviation);
