// When a model counts as better than the formula, and when that may be luck.

using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class ModelSkillTests
{
    [Fact]
    public void TooLittleEvidence_IsNone()
    {
        ModelSkill skill = new();
        for (int i = 0; i < 102; i++)
        {
            Assert.Equal(0, skill.Value);
            skill.Judge(model: i % 2 == 0 ? 0.9 : 0.1, formula: 0.5, shifted: 0.5, unhappiness: i % 2 == 0 ? 1 : 0);
        }

        Assert.InRange(skill.Evidence, 90, ModelSkill.EvidenceMin); // what is old has faded a little
        while (skill.Evidence < ModelSkill.EvidenceMin)
        {
            skill.Judge(0.9, 0.5, 0.5, 1);
        }

        // Every answer alike: ln(1/0.9) = 0.10536 of ln 2 = 0.69315.
        Assert.Equal(1 - 0.10536 / 0.69315, skill.Value, 4);
        Assert.Equal((0.10536, 0.69315), (Math.Round(skill.ModelLoss, 5), Math.Round(skill.FormulaLoss, 5)));
    }

    [Fact]
    public void BetterRival_IsTheOneToBeat()
    {
        ModelSkill skill = new(), other = new();
        for (int i = 0; i < 200; i++)
        {
            skill.Judge(model: 0.8, formula: 0.5, shifted: 0.9, unhappiness: 1);
            other.Judge(model: 0.8, formula: 0.9, shifted: 0.5, unhappiness: 1);
        }

        Assert.Equal((0, 0), (skill.Value, other.Value));
    }

    /// <summary>A model that knows as much as the formula, by guesses of its own: one in twenty may pass, were answers many; more than one in ten shall not.</summary>
    [Fact]
    public void Luck_IsSeldomTakenForSkill()
    {
        Random random = new(11);
        int passed = 0;
        for (int run = 0; run < 1000; run++)
        {
            ModelSkill skill = new();
            for (int i = 0; i < 200; i++)
            {
                double guess = 0.1 * random.NextDouble();
                skill.Judge(0.25 + guess, 0.35 - guess, 0.35 - guess, random.NextDouble() < 0.3 ? 1 : 0);
            }

            passed += skill.Value > 0 ? 1 : 0;
        }

        Assert.InRange(passed, 1, 100);
    }

    [Theory]
    [InlineData(0.8, 0.8, 0)]
    [InlineData(0.5, 1, 0.693147)]
    [InlineData(0.02, 1, 3.912023)]
    [InlineData(0.02, 0, 0.020203)]
    [InlineData(0.5, 0.8, 0.192745)] // ln 2 less the entropy of 0.8, 0.500402
    public void Loss_IsWhatCouldHaveBeenAvoided(double probability, double unhappiness, double loss) =>
        Assert.Equal(loss, ModelSkill.Loss(probability, unhappiness), 6);
}
