// How much better the learned model foretells feedback than the fixed formula does: from what each said before the feedback came. Control thread only.

namespace OpenClaw.Edge.Rating;

/// <summary>
/// Log losses on feedback not yet learned from, in sums that fade. There are two rivals: the formula as it is, and the formula shifted, which has learned how many of those who
/// answer are unhappy and nothing else. The model has to beat both, so it earns nothing by knowing who answers.
/// </summary>
internal sealed class ModelSkill
{
    /// <summary>No skill below so much evidence.</summary>
    public const double EvidenceMin = 100;

    /// <summary>Feedback that the sums reach back, if it does not fade before.</summary>
    public const double Memory = 2000;

    private const double Z = 1.6448536269514722; // standard normal quantile at 0.95: by luck it has that much skill once in 20 times

    private Rival _formula;
    private Rival _shifted;
    private double _loss;

    public double Evidence { get; private set; }

    /// <summary>Mean losses, in nats; 0 without evidence.</summary>
    public double ModelLoss => Mean(_loss);

    public double FormulaLoss => Mean(_formula.Loss);

    public double ShiftedLoss => Mean(_shifted.Loss);

    /// <summary>1 - loss / loss of the better rival, less what may be luck; 0 with too little evidence, below 1 always.</summary>
    public double Value => Evidence < EvidenceMin ? 0 : Math.Max(0, Math.Min(_formula.Skill(Evidence), _shifted.Skill(Evidence)));

    /// <summary>Three predictions of the same answer, each within the formula's doubt.</summary>
    public void Judge(double model, double formula, double shifted, double unhappiness)
    {
        Fade(1 - 1 / Memory);
        double loss = Loss(model, unhappiness);
        _loss += loss;
        _formula.Add(Loss(formula, unhappiness), loss);
        _shifted.Add(Loss(shifted, unhappiness), loss);
        Evidence++;
    }

    public void Fade(double kept)
    {
        Evidence *= kept;
        _loss *= kept;
        _formula.Fade(kept);
        _shifted.Fade(kept);
    }

    /// <summary>
    /// Log loss less what the best prediction would lose: for an answer between 0 and 1 that is the answer's own entropy, for 0 and 1 nothing.
    /// </summary>
    public static double Loss(double probability, double unhappiness) =>
        Divergence(unhappiness, probability) + Divergence(1 - unhappiness, 1 - probability);

    private static double Divergence(double share, double probability) => share > 0 ? share * Math.Log(share / probability) : 0;

    private double Mean(double sum) => Evidence > 0 ? sum / Evidence : 0;

    private struct Rival
    {
        private double _lead; // sum of its loss less the model's
        private double _leadSquared;

        public double Loss { get; private set; }

        public void Add(double loss, double modelLoss)
        {
            double lead = loss - modelLoss;
            Loss += loss;
            _lead += lead;
            _leadSquared += lead * lead;
        }

        public readonly double Skill(double evidence)
        {
            double variance = Math.Max(0, _leadSquared - _lead * _lead / evidence); // of the sum
            return Loss > 0 ? (_lead - Z * Math.Sqrt(variance)) / Loss : 0;
        }

        public void Fade(double kept)
        {
            Loss *= kept;
            _lead *= kept;
            _leadSquared *= kept;
        }
    }
}
