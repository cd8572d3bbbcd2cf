// Another release under the same name: what begins anew then, and what does not; time is turned by hand.

using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class ReleaseTests
{
    private static readonly Trip Trip = new(TripCause.Errors, default, "errors", Score.Unknown) { Release = "bad" };

    /// <summary>Stable is release A; whatever else is said comes on top.</summary>
    private static GuardScene Scene(params string[] canaries)
    {
        GuardScene scene = new(canaries);
        scene.Hear(("v1", "A"));
        return scene;
    }

    [Fact]
    public void FirstWord_ChangesNothing()
    {
        GuardScene scene = new("v2");
        scene.Pass(("v1", 60, 0), ("v2", 60, 0));
        scene.Hear(("v1", "A"), ("v2", "B"));
        scene.Pass();

        Assert.Equal((GuardState.Holding, "B", 60), (scene["v2"].State, scene["v2"].Release, scene["v2"].Canary.Samples));
        Assert.Equal((60, 60), (scene.Ratings["v1"].Current.Samples, scene.Ratings["v2"].Current.Samples));
        Assert.Empty(scene.Events);
    }

    [Fact]
    public void SameWordAgain_ChangesNothing()
    {
        GuardScene scene = Scene("v2");
        scene.Hear(("v2", "B"));
        scene.Pass(("v1", 60, 0), ("v2", 60, 0));
        scene.Hear(("v2", null)); // the object is gone for a while
        scene.Hear(("v2", "B"));
        scene.Pass();

        Assert.Equal((60, 60), (scene["v2"].Canary.Samples, scene.Ratings["v2"].Current.Samples));
        Assert.Empty(scene.Events);
    }

    [Fact]
    public void AnotherRelease_BeginsAnew()
    {
        GuardScene scene = Scene("v2");
        scene.Hear(("v2", "B"));
        scene.Pass(("v1", 60, 0), ("v2", 55, 5));
        scene.Hear(("v2", "C"));

        Assert.Equal((GuardState.Learning, "C", scene.Utc), (scene["v2"].State, scene["v2"].Release, scene["v2"].Since));
        Assert.Equal((0, 0, 0.0), (scene["v2"].Canary.Samples, scene["v2"].Errors.Pairs, scene["v2"].Errors.LogE));
        GuardEvent told = Assert.Single(scene.Events);
        Assert.Equal((GuardEventKind.Released, "B", 60), (told.Kind, told.Canary.Release, told.Canary.Canary.Samples));
        scene.Pass(("v1", 1, 0), ("v2", 1, 0));
        Assert.Equal((1.0, 1), (scene.Ratings["v2"].Current.Value, scene.Ratings["v2"].Current.Samples));
        Assert.Equal(61, scene.Ratings["v1"].Current.Samples); // stable is what it was
    }

    [Fact]
    public void AnotherReleaseAfterSilence_BeginsAnew()
    {
        GuardScene scene = Scene("v2");
        scene.Hear(("v2", "B"));
        scene.Pass(("v1", 60, 0), ("v2", 60, 0));
        scene.Hear(("v2", null));
        scene.Hear(("v2", "C"));
        Assert.Equal((0, GuardEventKind.Released), (scene["v2"].Canary.Samples, Assert.Single(scene.Kinds)));
    }

    [Theory]
    [InlineData(TripCause.Errors)]
    [InlineData(TripCause.Failures)]
    [InlineData(TripCause.Operator)]
    public void AnotherRelease_OpensTheLatchHoweverItWasTripped(TripCause cause)
    {
        GuardScene scene = Scene("v2");
        scene.Hear(("v2", "B"));
        switch (cause)
        {
            case TripCause.Errors:
                scene.Ruin("v2");
                break;
            case TripCause.Failures:
                scene.Guard.LatchOf("v2").TryTrip(cause);
                scene.Pass();
                break;
            default:
                scene.Guard.Abort("v2", scene.Now, scene.Utc);
                break;
        }

        Assert.Equal((cause, "B"), (scene["v2"].Trip!.Cause, scene["v2"].Trip!.Release));
        scene.Hear(("v2", "C"));

        Assert.False(scene.Guard.LatchOf("v2").IsTripped);
        Assert.False(scene.Ratings["v2"].IsHeld);
        Assert.Equal((GuardState.Learning, null), (scene["v2"].State, scene["v2"].Trip));
        Assert.Equal([GuardEventKind.Tripped, GuardEventKind.Released], scene.Kinds);
        Assert.Equal(cause, scene.Events[1].Canary.Trip!.Cause);
        Assert.Empty(scene.Guard.Journal.Latched);
        scene.Pass(("v1", 60, 0), ("v2", 60, 0));
        Assert.Equal((GuardState.Holding, 60), (scene["v2"].State, scene.Ratings["v2"].Current.Samples));
        scene.Ruin("v2");
        Assert.Equal("C", scene["v2"].Trip!.Release);
    }

    /// <summary>A worker closed it between two ticks; what the guard has not looked at yet was the release before, too.</summary>
    [Fact]
    public void LatchClosedInBetween_Opens()
    {
        GuardScene scene = Scene("v2");
        scene.Hear(("v2", "B"));
        scene.Guard.LatchOf("v2").TryTrip(TripCause.Failures);
        scene.Hear(("v2", "C"));
        scene.Pass();

        Assert.False(scene.Guard.LatchOf("v2").IsTripped);
        Assert.Equal(0, scene.Guard.Trips(TripCause.Failures));
    }

    /// <summary>After an abort the canary's Service points at stable's pods; a second attempt with the release that was bad must find the latch closed.</summary>
    [Fact]
    public void StablesPodsBehindTheCanary_AreNoReleaseOfItsOwn()
    {
        GuardScene scene = Scene("v2");
        scene.Hear(("v2", "B"));
        scene.Ruin("v2");
        scene.Hear(("v2", "A"));
        Assert.True(scene.Guard.LatchOf("v2").IsTripped);
        scene.Hear(("v2", "B"));
        scene.Pass();

        Assert.Equal((GuardState.Tripped, "B"), (scene["v2"].State, scene["v2"].Release));
        scene.Hear(("v2", "A"));
        scene.Hear(("v2", "C"));
        Assert.Equal(GuardState.Learning, scene["v2"].State);
    }

    [Fact]
    public void TripBeforeAnyWord_IsTakenForTheReleaseThatIsNamedFirst()
    {
        GuardScene scene = new("v2");
        scene.Ruin("v2");
        Assert.Null(scene["v2"].Trip!.Release);
        scene.Hear(("v1", "A"), ("v2", "B"));

        Assert.True(scene.Guard.LatchOf("v2").IsTripped);
        Assert.Equal("B", Assert.Single(scene.Guard.Journal.Latched).Trip.Release);
        scene.Hear(("v2", "C"));
        Assert.False(scene.Guard.LatchOf("v2").IsTripped);
    }

    [Fact]
    public void Observing_ForgetsWhatItFound()
    {
        GuardScene scene = Scene();
        scene.Apply(new GuardSettings { Mode = GuardMode.Observe }, ["v2"]);
        scene.Hear(("v2", "B"));
        scene.Ruin("v2");
        scene.Hear(("v2", "C"));

        Assert.Null(scene["v2"].WouldTrip);
        Assert.Equal([GuardEventKind.WouldTrip, GuardEventKind.Released], scene.Kinds);
        Assert.NotNull(scene.Events[1].Canary.WouldTrip);
    }

    /// <summary>While no policy names it: what comes back is another release all the same.</summary>
    [Fact]
    public void AnotherReleaseOfOneThatNoPolicyNames_ForgetsIt()
    {
        GuardScene scene = Scene("v2");
        scene.Hear(("v2", "B"));
        scene.Ruin("v2");
        scene.Apply();
        scene.Hear(("v2", "C"));

        Assert.Empty(scene.Guard.Status.Canaries);
        Assert.Empty(scene.Guard.Journal.Latched);
        scene.Apply("v2");
        Assert.Equal((GuardState.Learning, "C"), (scene["v2"].State, scene["v2"].Release));
    }

    [Fact]
    public void RestoredCanary_StaysOutUntilAnotherReleaseIsNamed()
    {
        GuardScene scene = new(new Journal([("v2", Trip)]), "v2");
        Assert.Equal((GuardState.Tripped, "bad"), (scene["v2"].State, scene["v2"].Release));
        scene.Hear(("v1", "A"), ("v2", "bad"));
        Assert.True(scene.Guard.LatchOf("v2").IsTripped);
        scene.Pass();
        scene.Hear(("v2", "good"));

        Assert.False(scene.Guard.LatchOf("v2").IsTripped);
        Assert.False(scene.Ratings["v2"].IsHeld);
        Assert.Equal([GuardEventKind.Released], scene.Kinds);
    }

    [Fact]
    public void RestoredCanary_OpensWithTheFirstWordOfAnotherRelease()
    {
        GuardScene scene = new(new Journal([("v2", Trip)]), "v2");
        scene.Hear(("v1", "A"), ("v2", "good"));

        Assert.False(scene.Guard.LatchOf("v2").IsTripped);
        scene.Pass(("v1", 60, 0), ("v2", 60, 0));
        Assert.Equal((GuardState.Holding, 60), (scene["v2"].State, scene.Ratings["v2"].Current.Samples));
    }

    /// <summary>Which release was out was lost with the file: the first that is named is.</summary>
    [Fact]
    public void AfterDamage_TheReleaseThatIsNamedFirstIsOut()
    {
        GuardScene scene = new(Journal.Empty with { IsDistrusted = true }, "v2");
        scene.Hear(("v1", "A"), ("v2", "B"));
        Assert.Equal((TripCause.State, "B"), (scene["v2"].Trip!.Cause, scene["v2"].Trip!.Release));
        scene.Hear(("v2", "C"));
        Assert.False(scene.Guard.LatchOf("v2").IsTripped);
    }

    /// <summary>What the canary was compared with is gone; what it did itself is not.</summary>
    [Fact]
    public void Promotion_ComparesThoseThatAreLeftWithTheNewStable()
    {
        GuardScene scene = Scene("v2", "v3");
        scene.Hear(("v2", "B"), ("v3", "X"));
        scene.Pass(("v1", 120, 0), ("v2", 60, 0), ("v3", 50, 10));
        scene.Hear(("v1", "B")); // v2's pods are stable's now
        scene.Pass();

        Assert.Equal((0, 0.0, GuardState.Learning), (scene["v3"].Canary.Samples, scene["v3"].Errors.LogE, scene["v3"].State));
        Assert.Equal((0, 60, 60), (scene.Ratings["v1"].Current.Samples, scene.Ratings["v2"].Current.Samples, scene.Ratings["v3"].Current.Samples));
        Assert.Empty(scene.Events);
        scene.Pass(("v1", 5, 0), ("v3", 5, 0));
        Assert.Equal((5, 5), (scene["v3"].Canary.Samples, scene["v3"].Baseline.Samples));
    }

    [Fact]
    public void Promotion_LeavesOutWhoIsOut()
    {
        GuardScene scene = Scene("v2", "v3");
        scene.Hear(("v2", "B"), ("v3", "X"));
        scene.Ruin("v3");
        scene.Hear(("v1", "B"));
        scene.Pass();

        Assert.Equal((GuardState.Tripped, "X"), (scene["v3"].State, scene["v3"].Trip!.Release));
        Assert.True(scene.Guard.LatchOf("v3").IsTripped);
        Assert.Equal([GuardEventKind.Tripped], scene.Kinds);
    }

    [Fact]
    public void WholeRollout_ThenTheNext()
    {
        GuardScene scene = Scene("v2");
        scene.Hear(("v2", "A")); // nothing is on trial
        scene.Hear(("v2", "B"));
        scene.Pass(("v1", 60, 0), ("v2", 60, 0));
        scene.Hear(("v1", "B")); // promoted
        scene.Pass(("v1", 60, 0));
        Assert.Empty(scene.Events);
        scene.Hear(("v2", "C"));

        Assert.Equal((GuardEventKind.Released, "B"), (Assert.Single(scene.Kinds), scene.Events[0].Canary.Release));
        Assert.Equal((0, "C"), (scene["v2"].Canary.Samples, scene["v2"].Release));
        Assert.Equal(60, scene.Ratings["v1"].Current.Samples);
        scene.Ruin("v2");
        Assert.Equal("C", scene["v2"].Trip!.Release);
    }

    [Fact]
    public void Alpha_IsPromisedAnewToTheOnlyCanaryAndSharedAmongOthers()
    {
        GuardScene scene = Scene("v2");
        double whole = Alpha(scene, "v2");
        scene.Hear(("v2", "B"));
        scene.Hear(("v2", "C"));
        Assert.Equal(whole, Alpha(scene, "v2"), 12);

        scene.Apply("v2", "v3"); // the second of this rollout
        scene.Hear(("v3", "X"));
        scene.Hear(("v3", "Y")); // and the third
        Assert.Equal((whole, whole / 9), (Alpha(scene, "v2"), Alpha(scene, "v3")), Alike);
        scene.Hear(("v1", "C")); // promoted: another rollout, in which both come first
        Assert.Equal((whole / 2, whole / 2), (Alpha(scene, "v2"), Alpha(scene, "v3")), Alike);
    }

    private static bool Alike((double, double) a, (double, double) b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-12;

    /// <summary>Before any pair, a test's threshold says what it may spend in its first epoch.</summary>
    private static double Alpha(GuardScene scene, string version) => Math.Exp(-scene[version].Errors.LogThreshold) / Spending.Of(1, 1) / Spending.Signal;
}
