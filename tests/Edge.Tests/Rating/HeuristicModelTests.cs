// What the model says before and after it has learned, and what no feedback can make it say.

using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class HeuristicModelTests
{
    private const long Second = 1_000_000_000;

    private static readonly RatingSettings Settings = new();
    private static readonly FixedOpinion Formula = new(Settings);
    private static readonly SignalCell Fine = new(Outcome.Success, ApdexClass.Satisfied, SignalCell.UsualLatency, SizeBin.Usual);
    private static readonly SignalCell Empty = new(Outcome.Success, ApdexClass.Satisfied, SignalCell.UsualLatency, SizeBin.Empty);
    private static readonly SignalCell Failed = new(Outcome.Error, ApdexClass.Satisfied, SignalCell.UsualLatency, SizeBin.Usual);

    private readonly HeuristicModel _model = new(Settings);
    private long _now;

    [Fact]
    public void Formula_ChargesAResponseByTheWeightsOfTheScore()
    {
        Assert.Equal(0, Formula.Unhappiness(Fine));
        Assert.Equal(0.25 / 0.85, Formula.Unhappiness(new SignalCell(Outcome.Success, ApdexClass.Slow, 0, SizeBin.Usual)), 12);
        Assert.Equal(0.125 / 0.85, Formula.Unhappiness(new SignalCell(Outcome.Success, ApdexClass.Tolerated, 0, SizeBin.Usual)), 12);
        Assert.Equal(0, Formula.Unhappiness(new SignalCell(Outcome.ClientError, ApdexClass.Slow, 0, SizeBin.Usual)));
        Assert.Equal(0.5, Formula.Unhappiness(new SignalCell(Outcome.ClientAbort, ApdexClass.Slow, 0, SizeBin.Usual)));
        Assert.Equal(1, Formula.Unhappiness(Failed));
        Assert.Equal(0, new FixedOpinion(new RatingSettings { SuccessWeight = 0, LatencyWeight = 0 }).Unhappiness(Empty));
    }

    [Fact]
    public void NoEvidence_SaysWhatTheFormulaSaysWithoutWeight()
    {
        for (int code = 1; code < SignalCell.Codes; code++)
        {
            SignalCell cell = SignalCell.From(code);
            Assert.Equal(Formula.Probability(cell), _model.Unhappiness(cell, DeployAge.Fresh), 12);
            HeuristicPart part = _model.Rate(Counts((cell, 10)), DeployAge.Fresh)!.Value;
            Assert.Equal(1 - Formula.Unhappiness(cell), part.Predicted.Value, 12);
            Assert.Equal(part.Formula, part.Predicted.Value, 12);
            Assert.Equal(0.4, part.Beside(new Estimate(0.4, 0.3, 0.5)).Value, 12);
        }

        Assert.Equal(0, _model.Weight(0.5));
        Assert.Null(_model.Rate(Counts((Fine, 0.5)), DeployAge.Settled));
    }

    [Fact]
    public void EmptyAnswersThatAnnoy_AreLearnedAndCountForTheSilent()
    {
        Answers(400, i => i % 10 == 0 ? (Empty, 0) : (Fine, i % 10 == 1 ? 0 : 1));

        Assert.InRange(_model.Unhappiness(Fine, DeployAge.Settled), FixedOpinion.Doubt, 0.03); // as the formula: who answers does not count
        Assert.InRange(_model.AnswerUnhappiness(Fine, DeployAge.Settled), 0.08, 0.16); // one in nine of those who answered
        Assert.InRange(_model.Unhappiness(Empty, DeployAge.Settled), 0.2, 0.6);
        Assert.InRange(_model.Skill, 0.1, 0.9);
        Assert.Equal(0.5 * _model.Skill, _model.Weight(0.5));

        HeuristicPart bad = _model.Rate(Counts((Fine, 500), (Empty, 500)), DeployAge.Settled)!.Value;
        Assert.Equal(1, bad.Formula);
        Assert.InRange(bad.Predicted.Value, 0.7, 0.9);
        Assert.InRange(bad.Predicted.Lower, 0.4, bad.Predicted.Value - 0.02);
        Assert.InRange(bad.Predicted.Upper, bad.Predicted.Value + 0.02, 1);
        Estimate part = bad.Beside(new Estimate(0.9, 0.85, 0.95));
        Assert.Equal(0.9 + bad.Predicted.Value - 1, part.Value, 12);
    }

    [Fact]
    public void Explanation_NamesWhatWasLearned()
    {
        Answers(400, i => i % 10 == 0 ? (Empty, 0) : (Fine, 1));
        HeuristicExplanation explained = _model.Explain(0.5);

        HeuristicCoefficient empty = Assert.Single(explained.Coefficients, one => one.Name == "emptyAnswer");
        Assert.Equal(explained.Coefficients.Where(one => one.Name != "base").Max(one => one.Value), empty.Value);
        Assert.InRange(empty.Deviation, 0.03, 0.9);
        Assert.Equal(0, explained.Coefficients.Single(one => one.Name == "over16UsualLatency").Value);
        Assert.InRange(explained.Evidence, 300, 400);
        Assert.True(explained.ModelLoss < explained.FormulaLoss && explained.ModelLoss < explained.ShiftedLoss);
        Assert.Equal((_model.Skill, _model.Weight(0.5)), (explained.Skill, explained.Weight));
    }

    [Fact]
    public void FeedbackThatAgreesWithTheFormula_EarnsNothing()
    {
        Random random = new(1);
        Answers(3000, i => (i % 5 == 0 ? Failed : Fine, random.NextDouble() < Formula.Probability(i % 5 == 0 ? Failed : Fine) ? 0 : 1));
        Assert.InRange(_model.Skill, 0, 0.02);
    }

    [Fact]
    public void KnowingOnlyWhoAnswers_EarnsNothing()
    {
        Random random = new(1);
        Answers(3000, _ => (Fine, random.NextDouble() < 0.6 ? 0 : 1));
        Assert.Equal(0, _model.Skill);
        Assert.Equal(FixedOpinion.Doubt, _model.Unhappiness(Fine, DeployAge.Settled), 12);
    }

    [Fact]
    public void Evidence_FadesToTheFormula()
    {
        Answers(400, i => i % 10 == 0 ? (Empty, 0) : (Fine, 1));
        double before = _model.Explain(1).Evidence;
        _model.Age(_now += (long)HeuristicModel.HalfLife.TotalNanoseconds);
        Assert.Equal(before / 2, _model.Explain(1).Evidence, 6);
        _model.Age(_now + 30 * (long)HeuristicModel.HalfLife.TotalNanoseconds);
        Assert.Equal(0, _model.Skill);
        Assert.Equal(Formula.Probability(Empty), _model.Unhappiness(Empty, DeployAge.Settled), 6);
    }

    [Fact]
    public void RushOfAnswers_IsLearnedFromAtItsRate()
    {
        _model.Age(0);
        int learned = 0;
        for (int i = 0; i < 1000; i++)
        {
            learned += _model.Learn(Fine, DeployAge.Settled, 0) ? 1 : 0;
        }

        Assert.Equal(HeuristicModel.BurstMax, learned);
        _model.Age(2 * Second);
        Assert.Equal(10, Enumerable.Range(0, 1000).Count(_ => _model.Learn(Fine, DeployAge.Settled, 0)));
    }

    [Fact]
    public void WhatIsNoAnswer_IsNotLearnedFrom()
    {
        Assert.False(_model.Learn(default, DeployAge.Settled, 0));
        Assert.False(_model.Learn(Fine, DeployAge.Settled, double.NaN));
        Assert.Equal(0, _model.Explain(1).Evidence);
        Assert.True(_model.Learn(Fine, 255, double.NegativeInfinity));
        Assert.True(double.IsFinite(_model.Explain(1).ModelLoss));
    }

    /// <summary>Whatever is fed in whatever order, with whatever gaps.</summary>
    [Fact]
    public void AnyFeedback_LeavesEverythingWithinItsBounds()
    {
        Gen<(int, byte, double, int)> answer = Gen.Select(Gen.Int[0, 255], Gen.Byte[0, 5], Gen.OneOf(Gen.Double, Gen.Double[0, 1], Gen.Const(0.0), Gen.Const(1.0)), Gen.Int[0, 40_000]);
        answer.Array[0, 400].Sample(answers =>
        {
            HeuristicModel model = new(Settings);
            long now = 0;
            foreach ((int code, byte age, double score, int gap) in answers)
            {
                model.Age(now += gap * Second / 10);
                model.Learn(SignalCell.From(code), age, score);
            }

            HeuristicExplanation explained = model.Explain(0.5);
            Assert.InRange(explained.Skill, 0, 1);
            Assert.InRange(explained.Weight, 0, 0.5);
            Assert.All(explained.Coefficients, one => Assert.InRange(one.Value, -SignalWeights.BaseMax, SignalWeights.BaseMax));
            Assert.All(explained.Coefficients.Skip(1), one => Assert.InRange(one.Value, -SignalWeights.WeightMax, SignalWeights.WeightMax));
            Assert.All(explained.Coefficients, one => Assert.InRange(one.Deviation, 0.03, 2.001));
            for (int code = 1; code < SignalCell.Codes; code++)
            {
                SignalCell cell = SignalCell.From(code);
                Assert.InRange(model.Unhappiness(cell, 1), FixedOpinion.Doubt, 1 - FixedOpinion.Doubt);
                Assert.InRange(model.AnswerUnhappiness(cell, 1), FixedOpinion.Doubt, 1 - FixedOpinion.Doubt);
            }

            Estimate part = model.Rate(Counts((Fine, 50), (Empty, 5), (Failed, 2.5)), 1)!.Value.Predicted;
            Assert.True(0 <= part.Lower && part.Lower <= part.Value && part.Value <= part.Upper && part.Upper <= 1);
        }, iter: 200);
    }

    private void Answers(int count, Func<int, (SignalCell Cell, double Score)> answer)
    {
        for (int i = 0; i < count; i++)
        {
            _model.Age(_now += Second / 4);
            (SignalCell cell, double score) = answer(i);
            Assert.True(_model.Learn(cell, DeployAge.Settled, score));
        }
    }

    private static double[] Counts(params (SignalCell Cell, double Count)[] cells)
    {
        double[] counts = new double[SignalCell.Codes];
        foreach ((SignalCell cell, double count) in cells)
        {
            counts[cell.Code] = count;
        }

        return counts;
    }
}
