// exploration
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class HeuristicTrialTests(ITestOutputHelper output)
{
    private static readonly FixedOpinion Formula = new(new RatingSettings());

    [Theory]
    [InlineData(0.05, 0, -0.3)]
    [InlineData(0.01, 0, -0.3)]
    [InlineData(0.05, 0, -0.7)]
    [InlineData(0.01, 0, 0)]
    [InlineData(0.02, 0, 0)]
    [InlineData(0.05, 0, 0)]
    [InlineData(0.01, 0.2, 0)]
    [InlineData(0.05, 0.2, 0)]
    [InlineData(0.01, 0, 0.3)]
    [InlineData(0.05, 0, 0.3)]
    [InlineData(0.05, 0, 0.7)]
    public void Explore(double feedback, double liars, double flood)
    {
        for (int seed = 1; seed <= 3; seed++)
        {
            HeuristicModel model = new(new RatingSettings());
            HeuristicWorld world = new(seed, feedback);
            Random r = new(seed);
            int n = 0, unhappy = 0, all = 0;
            for (int i = 0; i < 30_000; i++)
            {
                Response x = world.Next();
                model.Age(i * 500_000_000L);
                all++;
                unhappy += x.Unhappy ? 1 : 0;
                if (x.Answers)
                {
                    n++;
                    model.Learn(x.Cell, x.Age, r.NextDouble() < liars ? 1 - x.Score : x.Score);
                }
                if (flood < 0 && r.NextDouble() < -feedback * flood / (1 + flood)) { model.Learn(x.Cell, x.Age, Formula.Unhappiness(x.Cell)); }
                if (flood > 0 && r.NextDouble() < feedback * flood / (1 - flood)) { model.Learn(x.Cell, x.Age, 0); }
            }

            HeuristicWorld held = new(seed + 1000, feedback);
            HeuristicJudge f = new(), m = new(), a = new(), b = new(), p = new();
            double w = model.Weight(0.5);
            for (int i = 0; i < 30_000; i++)
            {
                Response x = held.Next();
                if (!x.Answers && i > 2000)
                {
                    f.Add(Formula.Probability(x.Cell), x.Unhappy);
                    m.Add(model.Unhappiness(x.Cell, x.Age), x.Unhappy);
                    a.Add(model.AnswerUnhappiness(x.Cell, x.Age), x.Unhappy);
                    b.Add(w * model.Unhappiness(x.Cell, x.Age) + (1 - w) * Formula.Probability(x.Cell), x.Unhappy);
                }
            }

            HeuristicExplanation e = model.Explain(0.5);
            output.WriteLine($"{feedback} liars {liars} flood {flood} n {n} unhappy {(double)unhappy / all:f3} | formula {f.LogLoss:f4}/{f.Auc():f3} model {m.LogLoss:f4}/{m.Auc():f3} answer {a.LogLoss:f4}/{a.Auc():f3} blend {b.LogLoss:f4}/{b.Auc():f3} | skill {e.Skill:f3} w {e.Weight:f3} losses m {e.ModelLoss:f3} f {e.FormulaLoss:f3} s {e.ShiftedLoss:f3}");
            if (seed == 1) output.WriteLine("  " + string.Join(" ", e.Coefficients.Select(c => $"{c.Name} {c.Value:f2}±{c.Deviation:f2}")));
        }
    }
}
