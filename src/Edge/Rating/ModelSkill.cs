// How much better the learned model foretells feedback than the fixed formula does: from what each said before the feedback came. Control thread only.

namespace OpenClaw.Edge.Rating;

/// <summary>
/// Log losses on feedback not yet learned from, in sums that fade. There are two rivals: the formula as it is, and the formula put right, which says for each of the formula's few
/// values how many of those who answered so far were unhappy. The second knows all that can be known about who answers, so the model earns nothing by that.
/// </summary>
internal sealed class ModelSkill
{
    /// <summary>No skill below so much evidence.</summary>
    public const double EvidenceMin = 100;

    /// <summary>Feedback that the sums reach back.</summary>
    public const double Memory = 2000;

    private const double Z = 1.6448536269514722; // standard normal quantile at 0.95: the model is better than its skill says, 19 times of 20
    private const double PriorAnswers = 4; // the formula's own opinion counts for so many answers

    private readonly double[] _answers = new double[FixedOpinion.Levels];
    private readonly double[] _unhappy = new double[FixedOpinion.Levels];
    private Rival _formula;
    private Rival _putRight;
    private double _modelLoss;

    public double Evidence { get; private set; }

    /// <summary>Mean log losses, in nats; 0 without evidence.</summary>
    public double ModelLoss => Evidence > 0 ? _modelLoss / Evidence : 0;

    public double FormulaLoss => Evidence > 0 ? _formula.Loss / Evidence : 0;

    public double PutRightLoss => Evidence > 0 ? _putRight.Loss / Evidence : 0;

    /// <summary>1 - log loss / log loss of the better rival, less what may be luck; 0 with too little evidence, never 1.</summary>
    public double Value => Evidence < EvidenceMin ? 0 : Math.Max(0, Math.Min(_formula.Skill(Evidence), _putRight.Skill(Evidence)));

    /// <param name="level">The formula's value, <see cref="FixedOpinion.Level"/>.</param>
    public void Judge(int level, double formula, double model, double unhappiness)
    {
        Fade(1 - 1 / Memory);
        double putRight = PutRight(level, formula);
        double loss = LogLoss(model, unhappiness);
        _modelLoss += loss;
        _formula.Add(LogLoss(formula, unhappiness), loss);
        _putRight.Add(LogLoss(putRight, unhappiness), loss);
        Evidence++;
        _answers[level]++;
        _unhappy[level] += unhappiness;
    }

    /// <summary>What the formula put right says; within the same doubt as everybody's.</summary>
    public double PutRight(int level, double formula) =>
        Math.Clamp((_unhappy[level] + PriorAnswers * formula) / (_answers[level] + PriorAnswers), FixedOpinion.Doubt, 1 - FixedOpinion.Doubt);

    public void Fade(double kept)
    {
        Evidence *= kept;
        _modelLoss *= kept;
        _formula.Fade(kept);
        _putRight.Fade(kept);
        for (int level = 0; level < FixedOpinion.Levels; level++)
        {
            _answers[level] *= kept;
            _unhappy[level] *= kept;
        }
    }

    public static double LogLoss(double probability, double unhappiness) =>
        -unhappiness * Math.Log(probability) - (1 - unhappiness) * Math.Log(1 - probability);

    private struct Rival
    {
        private double _gain; // rival's loss - model's
        private double _gainSquared;

        public double Loss { get; private set; }

        public void Add(double loss, double modelLoss)
        {
            Loss += loss;
            _gain += loss - modelLoss;
            _gainSquared += (loss - modelLoss) * (loss - modelLoss);
        }

        public readonly double Skill(double evidence)
        {
            double variance = Math.Max(0, _gainSquared - _gain * _gain / evidence); // times evidence: of the sum
            return (_gain - Z * Math.Sqrt(variance)) / Loss;
        }

        public void Fade(double kept)
        {
            Loss *= kept;
            _gain *= kept;
            _gainSquared *= kept;
        }
    }
}
