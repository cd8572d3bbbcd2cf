// Scores, from recorded outcomes to published bytes; time is turned by hand.

using System.Text;
using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class RatingEngineTests
{
    private const long Tick = 250_000_000;
    private const long Target = 500_000_000;

    [Fact]
    public void NoSamples_NothingAgainstAndNothingForAVersion()
    {
        RatingEngine engine = Engine();
        engine.Tick(0);

        Assert.Same(Score.Unknown, engine["v1"].Current);
        Assert.Same(Score.Unknown, engine["v2"].Current);
        Assert.Equal("1.000", Text(Score.Unknown));
    }

    [Fact]
    public void WorkedExample_ThreeErrorsInAHundred()
    {
        RatingEngine engine = Engine();
        Record(engine["v1"], satisfied: 80, tolerated: 10, slow: 7, errors: 3);
        engine.Tick(0);

        // success 1 - 0.03/0.10 = 0.70; latency (80 + 10/2)/100 = 0.85; (0.6 x 0.70 + 0.25 x 0.85)/0.85 = 0.744118
        Score score = engine["v1"].Current;
        Assert.Equal(0.744118, score.Value, 6);
        Assert.Equal(100, score.Samples);
        Assert.Equal("0.744", Text(score));

        // Wilson, 95 %: errors 0.010255..0.084523, Apdex 0.767169..0.906945
        Assert.Equal((0.6 * (1 - 0.84523) + 0.25 * 0.767169) / 0.85, score.Lower, 4);
        Assert.Equal((0.6 * (1 - 0.10255) + 0.25 * 0.906945) / 0.85, score.Upper, 4);
    }

    [Theory]
    [InlineData(1, 0.9)]
    [InlineData(5, 0.5)]
    [InlineData(10, 0)]
    [InlineData(50, 0)]
    public void SuccessPartAlone_FallsWithTheErrorRate(int errorsInAHundred, double expected)
    {
        RatingEngine engine = Engine(new RatingSettings { LatencyWeight = 0 });
        Record(engine["v1"], satisfied: 100 - errorsInAHundred, errors: errorsInAHundred);
        engine.Tick(0);

        Assert.Equal(expected, engine["v1"].Current.Value, 9);
    }

    [Fact]
    public void ClientAbort_CountsHalfAnError()
    {
        RatingEngine engine = Engine();
        Record(engine["v1"], satisfied: 96, aborts: 4);
        Record(engine["v2"], satisfied: 96, tolerated: 0, slow: 0, errors: 2);
        engine["v2"].Tally(0).Record(Outcome.Success, 0, Target);
        engine["v2"].Tally(0).Record(Outcome.Success, 0, Target);
        engine.Tick(0);

        Assert.Equal(engine["v2"].Current.Value, engine["v1"].Current.Value, 12);
    }

    [Fact]
    public void ClientErrors_LeaveTheScoreAlone()
    {
        RatingEngine engine = Engine();
        Record(engine["v1"], satisfied: 90, errors: 10);
        engine.Tick(0);
        Score before = engine["v1"].Current;
        for (int i = 0; i < 1000; i++)
        {
            engine["v1"].Tally(1).Record(Outcome.ClientError, 1, Target);
        }

        engine.Tick(Tick);
        Assert.Same(before, engine["v1"].Current);
    }

    [Fact]
    public void FewSamples_ShrinkTowardsStableWithNoLowerBound()
    {
        RatingEngine engine = Engine();
        Record(engine["v1"], satisfied: 950, errors: 50);
        Record(engine["v2"], satisfied: 10);
        engine.Tick(0);

        double stable = engine["v1"].Current.Value;
        Score canary = engine["v2"].Current;
        Assert.InRange(stable, 0.5, 0.8);
        Assert.Equal(0.2 * 1 + 0.8 * stable, canary.Value, 12); // 10 of 50
        Assert.Equal(0, canary.Lower);
        Assert.Equal(1, canary.Upper);
        Assert.True(engine["v1"].Current.Lower > 0);
    }

    [Fact]
    public void FewBadSamples_UpperBoundNeverBelowTheScore()
    {
        RatingEngine engine = Engine();
        Record(engine["v1"], satisfied: 1000);
        Record(engine["v2"], errors: 5);
        engine.Tick(0);

        Score canary = engine["v2"].Current;
        Assert.Equal(0.9, canary.Value, 12);
        Assert.Equal(canary.Value, canary.Upper);
        Assert.Equal(0, canary.Lower);
    }

    [Fact]
    public void SilentCanary_ShowsStablesScoreWithoutBounds()
    {
        RatingEngine engine = Engine();
        Record(engine["v1"], satisfied: 95, errors: 5);
        engine.Tick(0);

        Score canary = engine["v2"].Current;
        Assert.Equal((engine["v1"].Current.Value, 0.0, 1.0, 0L), (canary.Value, canary.Lower, canary.Upper, canary.Samples));
    }

    [Fact]
    public void Outcomes_LeaveAfterTheWindowAndNotBefore()
    {
        RatingEngine engine = Engine();
        engine.Tick(0);
        Record(engine["v1"], errors: 60);
        engine.Tick(Tick);
        Record(engine["v1"], satisfied: 60);
        engine.Tick(2 * Tick);

        engine.Tick(240 * Tick);
        Assert.Equal(120, engine["v1"].Current.Samples);
        engine.Tick(241 * Tick);
        Assert.Equal(60, engine["v1"].Current.Samples);
        Assert.Equal(1, engine["v1"].Current.Value);
        engine.Tick(242 * Tick);
        Assert.Equal(Score.Unknown.Samples, engine["v1"].Current.Samples);
        Assert.Equal(Score.Unknown.Value, engine["v1"].Current.Value);
    }

    [Theory]
    [InlineData(1, 239)]
    [InlineData(100, 140)]
    [InlineData(239, 1)]
    [InlineData(240, 0)]
    [InlineData(241, 0)]
    [InlineData(100_000, 0)]
    public void TicksThatCameLate_ForgetJustAsMuch(int ticksLate, int samplesLeft)
    {
        RatingEngine engine = Engine();
        for (int tick = 1000; tick < 1240; tick++)
        {
            Record(engine["v1"], errors: 1);
            engine.Tick(tick * Tick);
        }

        Assert.Equal(240, engine["v1"].Current.Samples);
        engine.Tick((1239 + ticksLate) * Tick);
        Assert.Equal(samplesLeft, engine["v1"].Current.Samples);
    }

    [Fact]
    public void AnyTraffic_ScoreIsThatOfTheLastSixtySecondsRecomputed()
    {
        Gen<(int, int, int, int, int, int)> step = Gen.Select(Gen.Int[1, 90], Gen.Int[0, 40], Gen.Int[0, 9], Gen.Int[0, 9], Gen.Int[0, 5], Gen.Int[0, 3]);
        step.Array[1, 30].Sample(
            steps =>
            {
                RatingEngine engine = Engine();
                List<(long Tick, int Satisfied, int Tolerated, int Slow, int Errors, int Aborts)> history = new List<(long Tick, int Satisfied, int Tolerated, int Slow, int Errors, int Aborts)>();
                long tick = 0;
                foreach (var (pause, satisfied, tolerated, slow, errors, aborts) in steps)
                {
                    tick += pause;
                    history.Add((tick, satisfied, tolerated, slow, errors, aborts));
                    Record(engine["v1"], satisfied, tolerated, slow, errors, aborts);
                    engine.Tick(tick * Tick);

                    List<(long Tick, int Satisfied, int Tolerated, int Slow, int Errors, int Aborts)> window = history.Where(entry => entry.Tick > tick - 240).ToList();
                    double samples = window.Sum(e => e.Satisfied + e.Tolerated + e.Slow + e.Errors + e.Aborts);
                    double success = Math.Max(0, 1 - 10 * window.Sum(e => e.Errors + e.Aborts / 2.0) / samples);
                    double apdex = window.Sum(e => e.Satisfied + (e.Tolerated + e.Aborts) / 2.0) / samples;
                    double measured = samples == 0 ? 1 : (0.6 * success + 0.25 * apdex) / 0.85;
                    double trust = Math.Min(1, samples / 50);

                    Score score = engine["v1"].Current;
                    Assert.Equal((long)samples, score.Samples);
                    Assert.Equal(trust * measured + 1 - trust, score.Value, 9);
                    Assert.Equal(score.Value, double.Parse(Text(score)), 0.000501);
                    Assert.True(score.Lower <= score.Value && score.Value <= score.Upper);
                    Assert.True(samples >= 50 || score.Lower == 0);
                }
            },
            iter: 300);
    }

    [Fact]
    public void NothingNew_KeepsTheObjectAndSameTextTheBytes()
    {
        RatingEngine engine = Engine();
        Record(engine["v1"], satisfied: 100);
        engine.Tick(0);
        Score first = engine["v1"].Current;
        engine.Tick(Tick);
        Assert.Same(first, engine["v1"].Current);

        Record(engine["v1"], satisfied: 1);
        engine.Tick(2 * Tick);
        Assert.NotSame(first, engine["v1"].Current);
        Assert.Equal(101, engine["v1"].Current.Samples);
        Assert.Same(first.FieldValue, engine["v1"].Current.FieldValue);
    }

    [Fact]
    public void AllWorkers_AddUp()
    {
        RatingEngine engine = Engine();
        engine["v1"].Tally(0).Record(Outcome.Success, 0, Target);
        engine["v1"].Tally(1).Record(Outcome.Error, 0, Target);
        engine.Tick(0);

        Assert.Equal(2, engine["v1"].Current.Samples);
    }

    [Fact]
    public void Reload_KeepsWhatIsKnownOfVersionsThatStay()
    {
        RatingEngine engine = Engine();
        VersionRating stable = engine["v1"], canary = engine["v2"];
        Record(canary, errors: 100);
        engine.Tick(0);
        engine.Apply(Snapshot(new RatingSettings(), "v2", "v3"));
        engine.Tick(Tick);

        Assert.Same(canary, engine["v2"]);
        Assert.Equal(100, engine["v2"].Current.Samples);
        Assert.Equal(engine["v2"].Current.Value, engine["v3"].Current.Value); // v2 is stable now
        Assert.Throws<KeyNotFoundException>(() => engine["v1"]);
        engine.Apply(Snapshot(new RatingSettings(), "v1"));
        Assert.NotSame(stable, engine["v1"]);
    }

    [Theory]
    [InlineData("v9", 0.5)]
    [InlineData("v1", double.NaN)]
    [InlineData("v1", double.PositiveInfinity)]
    [InlineData("v1", -0.001)]
    [InlineData("v1", 1.001)]
    public void VoiceThatIsNone_ChangesNothing(string version, double score)
    {
        RatingEngine engine = Engine(new RatingSettings { Feedback = new FeedbackSettings() });
        Record(engine["v1"], satisfied: 100);
        engine.Hear(new Voice(version, score), 0);
        engine.Tick(0);

        Assert.Equal(1, engine["v1"].Current.Value);
        Assert.Null(engine["v1"].Opinion);
    }

    [Fact]
    public void VoiceOfAVersionThatLeft_IsNotHeardWhenItComesBack()
    {
        RatingSettings settings = new() { Feedback = new FeedbackSettings() };
        RatingEngine engine = Engine(settings);
        VersionRating left = engine["v2"];
        engine.Hear(new Voice("v2", 0), 0);
        engine.Apply(Snapshot(settings, "v1"));
        left.Tally(0).Record(Outcome.Error, 0, Target); // by an exchange that was under way
        engine.Hear(new Voice("v2", 0), 0);
        engine.Apply(Snapshot(settings, "v1", "v2"));
        engine.Tick(0);

        Assert.Null(engine["v2"].Opinion);
        Assert.Equal((0, DeployAge.Fresh), (engine["v2"].Current.Samples, engine["v2"].Age));
    }

    /// <summary>Slow for their route, though within the target: users of stable say they mind, so a canary that is often so rates lower.</summary>
    [Fact]
    public void WhatVoicesTeach_IsSaidOfThoseWhoSaidNothing()
    {
        SignalCell usual = new(Outcome.Success, ApdexClass.Satisfied, SignalCell.UsualLatency, SizeBin.Usual), slow = new(Outcome.Success, ApdexClass.Satisfied, 5, SizeBin.Usual);
        RatingEngine engine = Engine(new RatingSettings { Feedback = new FeedbackSettings() });
        for (int second = 0; second < 400; second++)
        {
            long now = second * 1_000_000_000L;
            for (int i = 0; i < 20; i++)
            {
                Record(engine["v2"], satisfied: 1);
                engine["v2"].Cells(0).Record(i % 2 == 0 ? usual : slow);
            }

            engine.Hear(new Voice("v1", second % 2, (second % 2 == 0 ? slow : usual).Code, DeployAge.Settled), now);
            engine.Tick(now);
        }

        Assert.InRange(engine.Heuristic!.Weight, 0.2, 0.5);
        Score canary = engine["v2"].Current;
        Assert.InRange(canary.Value, 1 - 0.6 * engine.Heuristic.Weight, 1 - 0.15 * engine.Heuristic.Weight); // half of its users, less what the base has of it
        Assert.InRange(canary.Lower, 0.5, canary.Value);

        engine.Apply(Snapshot(new RatingSettings(), "v1", "v2")); // without feedback nothing is learned, and nothing said
        engine.Tick(400_000_000_000);
        Assert.Equal(1, engine["v2"].Current.Value);
        Assert.Null(engine.Heuristic);
    }

    private static RatingEngine Engine(RatingSettings? settings = null)
    {
        RatingEngine engine = new RatingEngine(workers: 2);
        engine.Apply(Snapshot(settings ?? new RatingSettings(), "v1", "v2"));
        return engine;
    }

    private static Snapshot Snapshot(RatingSettings settings, params string[] versions) => new(
        new EdgeSettings
        {
            Listeners = [],
            Versions = versions.Select(name => new VersionSettings { Name = name, Endpoints = [] }).ToList(),
            Stable = versions[0],
        },
        new RolloutPolicy { Rating = settings },
        "sha256:",
        NoticedAt: 0);

    private static void Record(VersionRating rating, int satisfied = 0, int tolerated = 0, int slow = 0, int errors = 0, int aborts = 0)
    {
        Repeat(satisfied, Outcome.Success, Target);
        Repeat(tolerated, Outcome.Success, 4 * Target);
        Repeat(slow, Outcome.Success, 4 * Target + 1);
        Repeat(errors, Outcome.Error, 0);
        Repeat(aborts, Outcome.ClientAbort, 0);

        void Repeat(int times, Outcome outcome, long latency)
        {
            for (int i = 0; i < times; i++)
            {
                rating.Tally(i % 2).Record(outcome, latency, Target);
            }
        }
    }

    private static string Text(Score score) => Encoding.ASCII.GetString(score.FieldValue);
}
