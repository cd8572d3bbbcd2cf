// The learned model earns its place: on responses it has not seen it knows the unhappy better than the fixed formula does; and whoever answers, the score
// loses next to nothing. OPENCLAW_HEURISTIC_SCALE=N tries N times as many services.

using System.Globalization;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class HeuristicTrialTests(ITestOutputHelper output)
{
    private const int Responses = 30_000; // four hours
    private const double WeightMax = 0.5;

    /// <summary>What the score may lose where most of the feedback is hostile, in nats; the formula loses about 0.25.</summary>
    private const double LossMax = 0.001;

    private static readonly int Services = 8 *
        (int.TryParse(Environment.GetEnvironmentVariable("OPENCLAW_HEURISTIC_SCALE"), NumberStyles.None, CultureInfo.InvariantCulture, out int factor) ? Math.Max(1, factor) : 1);

    private static readonly FixedOpinion Formula = new(new RatingSettings());

    /// <summary>Who answers besides the users.</summary>
    public enum Hostility
    {
        None,

        /// <summary>Of the users one in five says the opposite.</summary>
        Liars,

        /// <summary>One client answers 0 to everything.</summary>
        Flooder,

        /// <summary>One client praises what the formula blames, and blames all else.</summary>
        Contrarian,

        /// <summary>One client knows the truth and says the opposite.</summary>
        Inverter,
    }

    [Theory]
    [InlineData(0.01, 0.002, 0.05)]
    [InlineData(0.02, 0.005, 0.06)]
    [InlineData(0.05, 0.010, 0.07)]
    public void HonestFeedback_TheModelKnowsTheSilentBetterThanTheFormula(double feedback, double lossGain, double aucGain)
    {
        Trial[] trials = [.. Enumerable.Range(1, Services).Select(service => Try(service, feedback, Hostility.None, 0))];
        Trial mean = Mean(trials);
        output.WriteLine($"{feedback:P0}: {mean}");
        output.WriteLine($"better by loss {trials.Count(trial => trial.Model.Loss < trial.Formula.Loss)}, by AUC {trials.Count(trial => trial.Model.Auc > trial.Formula.Auc)} of {Services}");

        Assert.True(mean.Model.Loss < mean.Formula.Loss - lossGain, $"log loss {mean.Model.Loss} of {mean.Formula.Loss}");
        Assert.True(mean.Model.Auc > mean.Formula.Auc + aucGain, $"AUC {mean.Model.Auc} of {mean.Formula.Auc}");
        Assert.True(mean.Blend.Loss < mean.Formula.Loss && mean.Blend.Auc > mean.Formula.Auc);
        Assert.InRange(mean.Weight, 0.005, WeightMax);
    }

    [Fact]
    public void NoFeedback_TheFormulaAlone()
    {
        Trial trial = Try(service: 1, feedback: 0, Hostility.None, 0);
        Assert.Equal(0, trial.Weight);
        Assert.Equal(trial.Formula, trial.Blend);
        Assert.Equal(trial.Formula.Loss, trial.Model.Loss, 12);
        Assert.Equal(trial.Formula.Auc, trial.Model.Auc, 12);
    }

    /// <param name="share">Of all feedback, the hostile client's.</param>
    [Theory]
    [InlineData(0.01, Hostility.Liars, 0)]
    [InlineData(0.05, Hostility.Liars, 0)]
    [InlineData(0.01, Hostility.Flooder, 0.3)]
    [InlineData(0.05, Hostility.Flooder, 0.3)]
    [InlineData(0.05, Hostility.Flooder, 0.9)]
    [InlineData(0.05, Hostility.Contrarian, 0.3)]
    [InlineData(0.05, Hostility.Contrarian, 0.9)]
    [InlineData(0.05, Hostility.Inverter, 0.3)]
    [InlineData(0.05, Hostility.Inverter, 0.9)]
    public void HostileFeedback_TheScoreLosesNextToNothing(double feedback, Hostility hostility, double share)
    {
        for (int service = 1; service <= Services / 2; service++)
        {
            Trial trial = Try(service, feedback, hostility, share);
            output.WriteLine($"{feedback:P0} {hostility} {share:P0} service {service}: {trial}");
            Assert.True(trial.Blend.Loss <= trial.Formula.Loss + LossMax, $"service {service}: {trial}");
            Assert.True(trial.Blend.Loss <= trial.Formula.Loss - Math.Log(1 - trial.Weight), "the bound that is certain");
        }
    }

    private static Trial Mean(Trial[] trials) => new(
        Mean(trials.Select(trial => trial.Formula)), Mean(trials.Select(trial => trial.Model)), Mean(trials.Select(trial => trial.Blend)), trials.Average(trial => trial.Weight));

    private static Verdict Mean(IEnumerable<Verdict> all) => new(all.Average(one => one.Loss), all.Average(one => one.Auc));

    private static Trial Try(int service, double feedback, Hostility hostility, double share)
    {
        HeuristicModel model = Teach(new HeuristicWorld(service, 1, feedback), feedback, hostility, share, new Random(service));
        double weight = model.Weight(WeightMax);
        HeuristicWorld unseen = new(service, 2, feedback);
        HeuristicJudge formula = new(), learned = new(), blend = new();
        for (int i = 0; i < Responses; i++)
        {
            Response response = unseen.Next();
            if (!response.Answers)
            {
                double byFormula = Formula.Probability(response.Cell), byModel = model.Unhappiness(response.Cell, response.Age);
                formula.Add(byFormula, response.Unhappy);
                learned.Add(byModel, response.Unhappy);
                blend.Add((1 - weight) * byFormula + weight * byModel, response.Unhappy);
            }
        }

        return new Trial(formula.Verdict(), learned.Verdict(), blend.Verdict(), weight);
    }

    private static HeuristicModel Teach(HeuristicWorld world, double feedback, Hostility hostility, double share, Random random)
    {
        HeuristicModel model = new(new RatingSettings());
        for (int i = 0; i < Responses; i++)
        {
            Response response = world.Next();
            model.Age((long)(i * HeuristicWorld.SecondsBetween * 1e9));
            if (response.Answers)
            {
                model.Learn(response.Cell, response.Age, hostility == Hostility.Liars && random.Next(5) == 0 ? 1 - response.Score : response.Score);
            }

            if (random.NextDouble() < feedback * share / (1 - share))
            {
                model.Learn(response.Cell, response.Age, hostility switch
                {
                    Hostility.Contrarian => Formula.Unhappiness(response.Cell),
                    Hostility.Inverter => response.Unhappy ? 1 : 0,
                    _ => 0,
                });
            }
        }

        return model;
    }

    private readonly record struct Trial(Verdict Formula, Verdict Model, Verdict Blend, double Weight);
}
