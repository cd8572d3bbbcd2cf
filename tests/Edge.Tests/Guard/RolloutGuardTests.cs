// The states of a canary: how it comes out, stays out and comes back; time is turned by hand.

using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class RolloutGuardTests
{
    private static readonly GuardSettings Observe = new() { Mode = GuardMode.Observe };
    private static readonly GuardSettings Off = new() { Mode = GuardMode.Off };

    [Fact]
    public void FewOutcomes_LearnAndThenHold()
    {
        GuardScene scene = new("v2");
        scene.Pass(("v1", 49, 0), ("v2", 49, 0));
        Assert.Equal((GuardState.Learning, GateVerdict.Hold), (scene["v2"].State, scene["v2"].Verdict));
        scene.Pass(("v1", 1, 0), ("v2", 1, 0));

        Assert.Equal(GuardState.Holding, scene["v2"].State);
        Assert.Equal(scene.Utc, scene["v2"].Since);
        Assert.Equal((50, 50), (scene["v2"].Canary.Samples, scene["v2"].Baseline.Samples));
    }

    [Fact]
    public void LowerBound_PassesTheGateFromPassAboveOn()
    {
        GuardScene scene = new("v2");
        scene.Pass(("v1", 50, 0), ("v2", 50, 0));
        Assert.InRange(scene["v2"].Score.Lower, 0.01, 0.85);
        Assert.Equal(GateVerdict.Hold, scene["v2"].Verdict);
        scene.Pass(("v1", 1000, 0), ("v2", 1000, 0));

        Assert.InRange(scene["v2"].Score.Lower, 0.8501, 1);
        Assert.Equal(GateVerdict.Pass, scene["v2"].Verdict);
    }

    [Fact]
    public void Errors_TakeItOutAndSayWhyWithNumbers()
    {
        GuardScene scene = new("v2");
        scene.Ruin("v2");

        CanaryStatus canary = scene["v2"];
        Assert.True(scene.Guard.LatchOf("v2").IsTripped);
        Assert.Equal((GuardState.Tripped, GateVerdict.Fail, TripCause.Errors), (canary.State, canary.Verdict, canary.Trip!.Cause));
        Assert.Equal((scene.Utc, scene.Utc), (canary.Since, canary.Trip.Since));
        Assert.Matches(@"^errors: (\d+) of \1 canary requests \(100 %\), 0 of as many baseline requests; evidence e\^[\d.]+ over threshold e\^[\d.]+, epoch 1$", canary.Trip.Reason);
        Assert.True(canary.Errors.Ratio >= 1);
        Assert.Equal(1, scene.Guard.Trips(TripCause.Errors));
        Assert.Equal((GuardState.Tripped, TripCause.Errors, scene.Utc), (scene.Guard.Status.State, scene.Guard.Status.Cause, scene.Guard.Status.Since));
        Assert.Same(canary.Trip, Assert.Single(scene.Events).Canary.Trip);
    }

    [Fact]
    public void SlowAnswers_TakeItOutByTheTestOnLatency()
    {
        GuardScene scene = new("v2");
        for (int tick = 0; scene.Events.Count == 0; tick++)
        {
            Assert.True(tick < 100);
            scene.Record("v2", 10, Outcome.Success, GuardScene.Target + 1);
            scene.Pass(("v1", 10, 0));
        }

        Assert.Equal(TripCause.Latency, scene["v2"].Trip!.Cause);
        Assert.StartsWith("over the latency target: ", scene["v2"].Trip!.Reason);
    }

    [Fact]
    public void EqualVersions_StayHoweverBad()
    {
        GuardScene scene = new("v2");
        for (int tick = 0; tick < 200; tick++)
        {
            scene.Pass(("v1", 5, 5), ("v2", 5, 5));
        }

        Assert.Empty(scene.Events);
        Assert.Equal((GuardState.Holding, GateVerdict.Hold), (scene["v2"].State, scene["v2"].Verdict));
    }

    [Fact]
    public void Score_IsHeldWhileItIsOut()
    {
        GuardScene scene = new("v2");
        scene.Ruin("v2");
        Score held = scene["v2"].Score;
        scene.Pass(("v1", 100, 0), ("v2", 1000, 0));

        Assert.Same(held, scene.Ratings["v2"].Current);
        Assert.Same(held, scene["v2"].Score);
        Assert.NotSame(held, scene.Ratings["v1"].Current);
    }

    [Fact]
    public void OneOfSeveral_GoesAlone()
    {
        GuardScene scene = new("v2", "v3");
        for (int tick = 0; scene.Events.Count == 0; tick++)
        {
            Assert.True(tick < 100);
            scene.Pass(("v1", 20, 0), ("v2", 10, 0), ("v3", 0, 10));
        }

        Assert.Equal(["v2", "v3"], scene.Guard.Status.Canaries.Select(canary => canary.Version));
        Assert.Equal(GuardState.Tripped, scene["v3"].State);
        Assert.False(scene.Guard.LatchOf("v2").IsTripped);
        Assert.NotEqual(GuardState.Tripped, scene["v2"].State);
        Assert.Equal(GuardState.Tripped, scene.Guard.Status.State);
    }

    [Fact]
    public void LatchThatAWorkerClosed_IsTakenUpAtTheNextTick()
    {
        GuardScene scene = new("v2");
        scene.Pass(("v1", 60, 0), ("v2", 60, 0));
        scene.Crowd("v2", 0.5);
        Assert.True(scene.Guard.LatchOf("v2").TryTrip(TripCause.Failures));
        scene.Pass();

        Assert.Equal((TripCause.Failures, scene.Utc), (scene["v2"].Trip!.Cause, scene["v2"].Since));
        Assert.Equal("failures: 10 failed connects or resets in a row on one worker", scene["v2"].Trip!.Reason);
        Assert.Equal(0, scene["v2"].Ramp); // there is nobody to go to
        Assert.Equal(1, scene.Guard.Trips(TripCause.Failures));
        Assert.True(scene.Ratings["v2"].IsHeld);
    }

    [Fact]
    public void Reload_KeepsTheTestsAndTheLatch()
    {
        GuardScene scene = new("v2", "v3");
        scene.Pass(("v1", 60, 0), ("v2", 60, 0), ("v3", 0, 2));
        double evidence = scene["v3"].Errors.LogE;
        scene.Apply("v3", "v2");

        Assert.Equal(["v3", "v2"], scene.Guard.Status.Canaries.Select(canary => canary.Version));
        Assert.Equal((60, evidence), (scene["v2"].Canary.Samples, scene["v3"].Errors.LogE));
        scene.Ruin("v3");
        scene.Apply("v2", "v3");
        scene.Pass();
        Assert.Equal(GuardState.Tripped, scene["v3"].State);
        Assert.Equal(1, scene.Guard.Trips(TripCause.Errors));
    }

    [Fact]
    public void PolicyWithoutCanary_KeepsWhatIsOut()
    {
        GuardScene scene = new("v2", "v3");
        scene.Ruin("v2");
        scene.Apply();
        scene.Pass();

        Assert.Equal((GuardState.Tripped, "v2"), (Assert.Single(scene.Guard.Status.Canaries).State, scene.Guard.Status.Canaries[0].Version));
        Assert.Equal(GuardState.Holding, scene.Guard.Status.State); // an alert must not outlast the rollout
        Assert.Equal("v2", Assert.Single(scene.Guard.Journal.Latched).Version);
        scene.Apply("v2");
        Assert.True(scene.Guard.LatchOf("v2").IsTripped);
        Assert.Equal([GuardEventKind.Tripped], scene.Kinds);
    }

    /// <summary>Its rating is another object then, and unknown; held all the same.</summary>
    [Fact]
    public void VersionThatTheEdgeLostForAWhile_IsStillOut()
    {
        GuardScene scene = new("v2");
        scene.Ruin("v2");
        scene.Apply(scene.Settings, [], gone: "v2");
        scene.Pass();
        Assert.Equal(GuardState.Tripped, scene["v2"].State);
        scene.Apply("v2");

        Assert.True(scene.Guard.LatchOf("v2").IsTripped);
        Assert.True(scene.Ratings["v2"].IsHeld);
    }

    [Fact]
    public void AnotherVersion_OpensTheLatchAndComesBackAnew()
    {
        GuardScene scene = new("v2");
        Latch latch = scene.Guard.LatchOf("v2");
        scene.Ruin("v2");
        scene.Apply("v3");

        Assert.Equal([GuardEventKind.Tripped, GuardEventKind.Dropped], scene.Kinds);
        Assert.False(latch.IsTripped);
        Assert.Empty(scene.Guard.Journal.Latched);
        Assert.Equal(GuardState.Learning, scene.Guard.Status.State);

        latch.TryTrip(TripCause.Failures); // by an exchange that was under way
        scene.Apply("v2");
        scene.Pass(("v1", 60, 0), ("v2", 60, 0));
        Assert.Same(latch, scene.Guard.LatchOf("v2"));
        Assert.Equal(GuardState.Holding, scene["v2"].State);
        Assert.Equal((60, 60), (scene["v2"].Canary.Samples, scene.Ratings["v2"].Current.Samples));
    }

    [Fact]
    public void CanaryThatBecomesStable_IsForgotten()
    {
        GuardScene scene = new("v2");
        scene.Ruin("v2");
        scene.Apply(scene.Settings, [], stable: "v2");

        Assert.False(scene.Guard.LatchOf("v2").IsTripped);
        Assert.False(scene.Ratings["v2"].IsHeld);
        Assert.Empty(scene.Guard.Status.Canaries);
        Assert.Equal((GuardState.Holding, scene.Utc), (scene.Guard.Status.State, scene.Guard.Status.Since));
    }

    [Fact]
    public void Reset_BeginsAnew()
    {
        GuardScene scene = new("v2");
        scene.Ruin("v2");
        Assert.True(scene.Guard.Reset("v2", scene.Utc));

        Assert.False(scene.Guard.LatchOf("v2").IsTripped);
        Assert.Equal((GuardState.Learning, scene.Utc), (scene["v2"].State, scene["v2"].Since));
        Assert.Equal((0, 0.0, 0), (scene["v2"].Canary.Samples, scene["v2"].Errors.LogE, scene["v2"].Errors.Pairs));
        scene.Pass(("v1", 10, 0), ("v2", 10, 0));
        Assert.Equal((1.0, 10), (scene.Ratings["v2"].Current.Value, scene.Ratings["v2"].Current.Samples));
        scene.Ruin("v2");
        Assert.Equal([GuardEventKind.Tripped, GuardEventKind.Reset, GuardEventKind.Tripped], scene.Kinds);
        Assert.NotNull(scene.Events[1].Canary.Trip); // what was reset
    }

    [Fact]
    public void ResetOfOneThatNoPolicyNames_ForgetsIt()
    {
        GuardScene scene = new("v2");
        scene.Ruin("v2");
        scene.Apply(scene.Settings, []);
        Assert.True(scene.Guard.Reset("v2", scene.Utc));

        Assert.False(scene.Guard.LatchOf("v2").IsTripped);
        Assert.False(scene.Ratings["v2"].IsHeld);
        Assert.Empty(scene.Guard.Status.Canaries);
        Assert.Empty(scene.Guard.Journal.Latched);
        Assert.Equal((GuardState.Holding, scene.Utc), (scene.Guard.Status.State, scene.Guard.Status.Since));
    }

    [Fact]
    public void ResetOfACanaryInOrder_IsNone()
    {
        GuardScene scene = new("v2");
        scene.Pass(("v1", 60, 0), ("v2", 60, 0));

        Assert.False(scene.Guard.Reset("v2", scene.Utc));
        Assert.False(scene.Guard.Reset("v7", scene.Utc));
        Assert.Equal(60, scene["v2"].Canary.Samples);
        Assert.Empty(scene.Events);
    }

    [Theory]
    [InlineData(GuardMode.Enforce)]
    [InlineData(GuardMode.Observe)]
    [InlineData(GuardMode.Off)]
    public void Abort_TakesItOutInEveryModeAndAtOnce(GuardMode mode)
    {
        GuardScene scene = new();
        scene.Apply(new GuardSettings { Mode = mode }, ["v2"]);
        scene.Crowd("v2", 1);

        Assert.True(scene.Guard.Abort("v2", scene.Now, scene.Utc));
        Assert.Equal((GuardState.Tripped, TripCause.Operator, 0.0), (scene["v2"].State, scene["v2"].Trip!.Cause, scene["v2"].Ramp));
        Assert.True(scene.Guard.LatchOf("v2").Bars());
        Assert.False(scene.Guard.Abort("v2", scene.Now, scene.Utc));
        Assert.False(scene.Guard.Abort("v3", scene.Now, scene.Utc));
        Assert.Equal(1, scene.Guard.Trips(TripCause.Operator));
    }

    [Fact]
    public void Observe_SaysOnceWhatItWouldHaveDone()
    {
        GuardScene scene = new();
        scene.Apply(Observe, ["v2"]);
        scene.Ruin("v2");
        scene.Pass(("v1", 100, 0), ("v2", 0, 100));

        Assert.False(scene.Guard.LatchOf("v2").IsTripped);
        Assert.Equal([GuardEventKind.WouldTrip], scene.Kinds);
        Assert.Equal((GuardState.Holding, GateVerdict.Hold, null, TripCause.Errors), (scene["v2"].State, scene["v2"].Verdict, scene["v2"].Trip, scene["v2"].WouldTrip!.Cause));
        Assert.Equal((0, 1), (scene.Guard.Trips(TripCause.Errors), scene.Guard.WouldTrips(TripCause.Errors)));
        Assert.Empty(scene.Guard.Journal.Latched);

        Assert.True(scene.Guard.Reset("v2", scene.Utc));
        Assert.Null(scene["v2"].WouldTrip);
        scene.Ruin("v2");
        Assert.Equal(2, scene.Guard.WouldTrips(TripCause.Errors));
    }

    [Fact]
    public void WhatAWorkerNotes_CountsWhileOnlyObserving()
    {
        GuardScene scene = new();
        scene.Apply(Observe, ["v2"]);
        scene.Guard.LatchOf("v2").Note();
        scene.Pass();
        scene.Guard.LatchOf("v2").Note();
        scene.Pass();

        Assert.Equal(TripCause.Failures, scene["v2"].WouldTrip!.Cause);
        Assert.Equal(1, scene.Guard.WouldTrips(TripCause.Failures));
        Assert.False(scene.Guard.LatchOf("v2").IsTripped);
    }

    [Fact]
    public void FromObserveToEnforce_WhatWasFoundIsDone()
    {
        GuardScene scene = new();
        scene.Apply(Observe, ["v2"]);
        scene.Ruin("v2");
        DateTimeOffset found = scene.Utc;
        scene.Apply(new GuardSettings(), ["v2"]);
        scene.Pass();

        Assert.Equal((TripCause.Errors, scene.Utc), (scene["v2"].Trip!.Cause, scene["v2"].Trip!.Since));
        Assert.NotEqual(found, scene.Utc);
        Assert.True(scene.Guard.LatchOf("v2").IsTripped);
    }

    [Theory]
    [InlineData(GuardMode.Observe)]
    [InlineData(GuardMode.Off)]
    public void WhatIsOut_StaysOutInEveryMode(GuardMode mode)
    {
        GuardScene scene = new("v2");
        scene.Ruin("v2");
        scene.Apply(new GuardSettings { Mode = mode }, ["v2"]);
        scene.Pass();

        Assert.True(scene.Guard.LatchOf("v2").IsTripped);
        Assert.Equal(GuardState.Tripped, scene["v2"].State);
        Assert.True(scene.Guard.Reset("v2", scene.Utc));
        Assert.Equal(mode == GuardMode.Off ? GuardState.Off : GuardState.Learning, scene["v2"].State);
    }

    [Fact]
    public void Off_SeesNothingOfThatTime()
    {
        GuardScene scene = new();
        scene.Apply(Off, ["v2"]);
        for (int tick = 0; tick < 50; tick++)
        {
            scene.Pass(("v1", 10, 0), ("v2", 0, 10));
        }

        Assert.Empty(scene.Events);
        Assert.Equal((GuardState.Off, GuardState.Off), (scene["v2"].State, scene.Guard.Status.State));
        scene.Apply(new GuardSettings(), ["v2"]);
        scene.Pass(("v1", 1, 0), ("v2", 1, 0));
        Assert.Equal((GuardState.Learning, 1), (scene["v2"].State, scene["v2"].Canary.Samples));
    }

    /// <summary>Whatever comes and goes, the parts of those that are canaries together with one another sum to alpha at most.</summary>
    [Fact]
    public void Alpha_IsSharedAndNeverOverspent()
    {
        GuardScene scene = new("v2");
        double alone = Alpha(scene, "v2");
        scene.Apply("v2", "v3", "v4");
        double first = Alpha(scene, "v2"), third = Alpha(scene, "v3") + Alpha(scene, "v4");
        scene.Apply("v2", "v5");
        double later = Alpha(scene, "v5");

        Assert.Equal(alone, first, 12);
        Assert.Equal(0.001 * 6 / (Math.PI * Math.PI) * (1 + 1 / 4.0 + 1 / 9.0), first + third + later, 12);
        scene.Apply("v6");
        Assert.Equal(alone, Alpha(scene, "v6"), 12); // another rollout
    }

    /// <summary>Before any pair, a test's threshold says what it may spend in its first epoch.</summary>
    private static double Alpha(GuardScene scene, string version) =>
        Math.Exp(-scene[version].Errors.LogThreshold) / Spending.Of(1, 1) / Spending.Signal;

    [Fact]
    public void AnotherStable_IsComparedFromThenOn()
    {
        GuardScene scene = new("v2");
        scene.Pass(("v1", 60, 0), ("v2", 60, 0));
        scene.Record("v3", 1000, Outcome.Success);
        scene.Pass();
        scene.Apply(scene.Settings, ["v2"], stable: "v3");
        scene.Pass(("v2", 1, 0));
        scene.Pass(("v3", 5, 0), ("v2", 5, 0));

        Assert.Equal(65, scene["v2"].Baseline.Samples);
    }
}
