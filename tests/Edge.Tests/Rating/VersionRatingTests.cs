// The score of one version by itself: all parts together, few samples, hold, restart, another window.

using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class VersionRatingTests
{
    private const long Tick = 250_000_000;
    private const long Target = 500;

    private static readonly RatingSettings Usual = new() { Feedback = new FeedbackSettings() };
    private static readonly TimeSpan HalfLife = Usual.Feedback!.HalfLife;
    private static readonly Gen<RatingSettings> AnySettings = Gen.Select(
        Gen.Double[0.0001, 1], Gen.Int[0, 200], Gen.Double[0, 1], Gen.Double[0.0001, 1], Gen.Double[0, 1], Gen.Double[0, 1],
        (atZero, samples, success, latency, feedback, heuristic) => new RatingSettings
        {
            ErrorRateAtZero = atZero, MinSamples = samples, SuccessWeight = success, LatencyWeight = latency, FeedbackWeight = feedback,
            MaxHeuristicWeight = heuristic, Feedback = new FeedbackSettings(),
        });

    [Fact]
    public void Anything_GivesAScoreWithinItsBoundsAndWithinOne()
    {
        Gen.Select(AnySettings, AnyOutcomes(400), Gen.Double[0, 1].Array[0, 60], Gen.Double[0, 1]).Sample(
            (settings, outcomes, voices, reference) =>
            {
                VersionRating rating = new(workers: 1);
                Record(rating, outcomes);
                foreach (double voice in voices)
                {
                    rating.Hear(voice, HalfLife, 0);
                }

                rating.Tick(settings, reference, 0);
                Score score = rating.Current;
                Assert.True(0 <= score.Lower && score.Lower <= score.Value && score.Value <= score.Upper && score.Upper <= 1, score.ToString());
                Assert.Equal(score.Value, double.Parse(score.FieldValue), 0.000501);
            });
    }

    [Fact]
    public void OneMoreError_RaisesNothing() =>
        Gen.Select(AnySettings, AnyOutcomes(300), Gen.Double[0, 1]).Sample((settings, outcomes, reference) =>
        {
            int at = Array.FindIndex(outcomes, outcome => outcome.Outcome == Outcome.Success);
            if (at >= 0)
            {
                Score before = ScoreOf(settings, outcomes, reference);
                outcomes[at] = (Outcome.Error, 0);
                Score after = ScoreOf(settings, outcomes, reference);
                // Bounds are computed by roots: they may differ in their last bits.
                Assert.True(after.Value <= before.Value && after.Lower <= before.Lower + 1e-12 && after.Upper <= before.Upper + 1e-12, $"{before} {after}");
            }
        });

    [Fact]
    public void Order_IsIrrelevant() =>
        Gen.Select(AnyOutcomes(300), Gen.Int).Sample((outcomes, seed) =>
        {
            Score before = ScoreOf(Usual, outcomes, 1);
            new Random(seed).Shuffle(outcomes);
            Assert.Equal((before.Value, before.Lower, before.Upper), (ScoreOf(Usual, outcomes, 1).Value, ScoreOf(Usual, outcomes, 1).Lower, ScoreOf(Usual, outcomes, 1).Upper));
        });

    [Fact]
    public void Voices_HaveTheirPartAndItsBounds()
    {
        VersionRating rating = Rated(good: 1000);
        for (int i = 0; i < 30; i++)
        {
            rating.Hear(0.2, HalfLife, 0);
        }

        rating.Tick(Usual, 1, 0);
        Assert.Equal(1 - 0.15 * 30 / 40 * 0.8, rating.Current.Value, 12);
        Assert.InRange(rating.Current.Upper, rating.Current.Value, 0.96);
    }

    [Fact]
    public void VoicesWithoutFeedbackInThePolicy_AreNotHeard()
    {
        VersionRating rating = Rated(good: 1000);
        rating.Hear(0, HalfLife, 0);
        rating.Tick(new RatingSettings(), 1, 0);
        Assert.Equal(1, rating.Current.Value);
    }

    [Fact]
    public void Voices_PromoteNobodyOnSilence()
    {
        VersionRating rating = new(workers: 1);
        for (int i = 0; i < 1000; i++)
        {
            rating.Hear(1, HalfLife, 0);
        }

        rating.Tick(Usual, 0.8, 0);
        Assert.Equal((0.8, 0, 1, 0), (rating.Current.Value, rating.Current.Lower, rating.Current.Upper, rating.Current.Samples));
    }

    [Fact]
    public void Restart_TellsTheAgeOfTheNewBuild()
    {
        VersionRating rating = new(workers: 1);
        rating.Tick(Usual, 1, 0);
        Assert.Equal(DeployAge.Unknown, rating.Age); // it was there before the process was
        rating.Restart();
        rating.Tick(Usual, 1, Tick);
        Assert.Equal(DeployAge.Fresh, rating.Age);
        rating.Tick(Usual, 1, Tick + (long)TimeSpan.FromHours(3).TotalNanoseconds);
        Assert.Equal(DeployAge.Settled, rating.Age);
        rating.Restart();
        rating.Tick(Usual, reference: null, Tick);
        Assert.Equal(DeployAge.Settled, rating.Age); // nothing is new about stable
    }

    [Fact]
    public void HeldFromBefore_IsPublishedAtOnce()
    {
        VersionRating rating = Rated(good: 100);
        rating.HoldAt(Score.Unknown.With(0.25, 0.125, 0.5, 77));
        rating.Tick(Usual, 1, 0);
        Assert.Equal((0.25, 0.125, 0.5, 77), (rating.Current.Value, rating.Current.Lower, rating.Current.Upper, rating.Current.Samples));
        Assert.Equal("0.250"u8, rating.Current.FieldValue);
    }

    [Fact]
    public void Held_KeepsScoreBoundsAndBytesUntilItIsLetGo()
    {
        VersionRating rating = Rated(good: 100);
        rating.Tick(Usual, 1, 0);
        (Score held, Score matched) = (rating.Current, rating.CurrentMatched);
        rating.IsHeld = true;
        Record(rating, [.. Enumerable.Repeat((Outcome.Error, 0L), 500)]);
        rating.Hear(0, HalfLife, Tick);
        rating.Tick(Usual, 0.3, Tick);
        rating.Tick(Usual with { Window = TimeSpan.FromSeconds(5) }, 0.3, 1000 * Tick);

        Assert.Same(held, rating.Current);
        Assert.Same(held.FieldValue, rating.Current.FieldValue);
        Assert.Same(matched, rating.CurrentMatched);
        rating.IsHeld = false;
        rating.Tick(Usual, 0.3, 1001 * Tick);
        Assert.Equal((0.3, 0), (rating.Current.Value, rating.Current.Samples));
    }

    [Fact]
    public void Restart_ForgetsOutcomesVoicesAndWhatNoTickHasSeenYet()
    {
        VersionRating rating = Rated(good: 0, bad: 100);
        rating.Hear(0, HalfLife, 0);
        rating.Tick(Usual, 1, 0);
        Assert.Equal(100, rating.Current.Samples);
        Record(rating, [.. Enumerable.Repeat((Outcome.Error, 0L), 30)]);
        rating.Restart();
        Record(rating, [.. Enumerable.Repeat((Outcome.Success, 0L), 60)]);
        rating.Tick(Usual, 1, Tick);

        Assert.Equal((1, 60), (rating.Current.Value, rating.Current.Samples));
    }

    [Fact]
    public void MatchedOutcomes_AreCountedAndRatedOnTheirOwn()
    {
        VersionRating rating = Rated(good: 100, bad: 100);
        Record(rating, [.. Enumerable.Repeat((Outcome.Success, 0L), 60)], isMatched: true);
        rating.Tick(Usual, 1, 0);

        Assert.Equal((260, 60), (rating.Current.Samples, rating.Matched.Samples));
        Assert.Equal((1, 60), (rating.CurrentMatched.Value, rating.CurrentMatched.Samples));
    }

    [Fact]
    public void NoMinimum_ASingleSampleIsEnough()
    {
        RatingSettings bold = Usual with { MinSamples = 0 };
        Assert.Equal((0.5, 0, 1), Three(ScoreOf(bold, [], 0.5)));
        Assert.True(ScoreOf(bold, [(Outcome.Success, 0)], 0.5) is { Value: 1, Lower: > 0 });
    }

    private static (double, double, double) Three(Score score) => (score.Value, score.Lower, score.Upper);

    private static Gen<(Outcome Outcome, long Latency)[]> AnyOutcomes(int max) =>
        Gen.Select(Gen.Int[0, 3], Gen.Long[0, 3000], (outcome, latency) => ((Outcome)outcome, latency)).Array[0, max];

    private static VersionRating Rated(int good, int bad = 0)
    {
        VersionRating rating = new(workers: 1);
        Record(rating, [.. Enumerable.Repeat((Outcome.Success, 0L), good), .. Enumerable.Repeat((Outcome.Error, 0L), bad)]);
        return rating;
    }

    private static Score ScoreOf(RatingSettings settings, (Outcome Outcome, long Latency)[] outcomes, double reference)
    {
        VersionRating rating = new(workers: 1);
        Record(rating, outcomes);
        rating.Tick(settings, reference, 0);
        return rating.Current;
    }

    private static void Record(VersionRating rating, (Outcome Outcome, long Latency)[] outcomes, bool isMatched = false)
    {
        foreach ((Outcome outcome, long latency) in outcomes)
        {
            rating.Tally(0).Record(outcome, latency, Target, isMatched);
        }
    }
}
