// The edge's own guard against every fault, at small size: what has to be caught is caught, what has not is left alone.

using OpenClaw.Edge.Drill;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Drill;

public sealed class RehearsalTests
{
    private const long Second = 1_000_000_000;

    private static Ending Run(string name, Setup setup, int seed = 5) => Rehearsal.Run(Sample.Of(name), setup, seed);

    private static RolloutPolicy With(Func<GuardSettings, GuardSettings> change) => Sample.Policy with { Guard = change(Sample.Policy.Guard) };

    public static TheoryData<string> Names => [.. Incident.All.Select(incident => incident.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void DefaultGuard_DoesWhatIsDue(string name)
    {
        Incident incident = Sample.Of(name);
        Verdict verdict = Verdict.Of(incident, Sample.Setup(runs: incident.Onset + incident.Watched < TimeSpan.FromHours(1) ? 3 : 1));
        Assert.Equal((incident.MustTrip ? verdict.Endings.Count : 0, 0, true), (verdict.Tripped, verdict.FalseAlarms, verdict.IsAsExpected));
        Assert.All(verdict.Endings, ending => Assert.Equal(incident.MustTrip, ending.Reason != ""));
    }

    [Theory]
    [InlineData("error-burst", TripCause.Errors, 40)]
    [InlineData("latency-shift", TripCause.Latency, 40)]
    [InlineData("total-outage", TripCause.Errors, 5)]
    [InlineData("hang", TripCause.Latency, 10)]
    public void Fault_IsFoundBySignalAndSoon(string name, TripCause cause, int seconds)
    {
        Ending ending = Run(name, Sample.Setup());
        Assert.Equal((cause, "v2"), (ending.Cause, ending.Canary));
        Assert.InRange(ending.TrippedAt!.Value, 1, seconds * Second);
    }

    [Fact]
    public void Outage_OfABusyCanaryIsFoundByItsWorkers()
    {
        // So little alpha that the sequential test needs more than ten pairs a worker; ten failures lie 15 ms apart.
        Ending ending = Run("total-outage", Sample.Setup(With(guard => guard with { Alpha = 1e-9 }), rate: 2000, workers: 1));
        Assert.Equal(TripCause.Failures, ending.Cause);
        Assert.InRange(ending.TrippedAt!.Value, 9 * BackOff.Shortest, 3 * Second / 4);
        Assert.Contains("10 failed connects", ending.Reason);
    }

    [Fact]
    public void Outage_HarmsNobodyWhileStableAnswersInstead()
    {
        Assert.Equal(0, Run("total-outage", Sample.Setup()).Harmed);
        Ending alone = Run("total-outage", Sample.Setup(fallsBack: false));
        Assert.InRange(alone.Harmed, 5, 100);
    }

    [Fact]
    public void Harm_IsWhatTheCanaryGotWrongUpToTheTrip()
    {
        Ending ending = Run("error-burst", Sample.Setup());
        double asked = ending.TrippedAt!.Value / 1e9 * 10; // 5 % of 200/s
        Assert.InRange(ending.Harmed, asked * 0.08, asked * 0.45);
    }

    [Fact]
    public void GuardThatIsOff_NeverTrips()
    {
        Ending ending = Run("error-burst", Sample.Setup(With(guard => guard with { Mode = GuardMode.Off })));
        Assert.Null(ending.TrippedAt);
        Assert.InRange(ending.Harmed, 450, 750); // a fifth of 3,000
    }

    [Fact]
    public void GuardThatObserves_SaysWhenItWouldHaveTripped()
    {
        Ending observed = Run("error-burst", Sample.Setup(With(guard => guard with { Mode = GuardMode.Observe })));
        Assert.Equal(Run("error-burst", Sample.Setup()), observed);
    }

    [Fact]
    public void SameSeed_SameRun()
    {
        Setup setup = Sample.Setup();
        Assert.Equal(Run("flapping", setup), Run("flapping", setup));
        Assert.NotEqual(Run("flapping", setup), Run("flapping", setup, seed: 6));
    }

    [Fact]
    public void Trace_ChangesNothingAboutTheRun()
    {
        Setup setup = Sample.Setup();
        Trace trace = new(60 * Second);
        Ending traced = Rehearsal.Run(Sample.Of("error-burst"), setup, 5, trace);
        Assert.Equal(Run("error-burst", setup), traced);
        Assert.Equal(60 * Second, trace.Onset);
        Assert.Equal(traced.TrippedAt + trace.Onset, trace.TrippedAt);
        Excerpt cut = trace.Cut();
        int trip = (int)((trace.TrippedAt!.Value - 1) / cut.Step);
        Assert.Equal(1, cut.Evidence[trip]);
        Assert.All(cut.Evidence[..(trip - 1)], evidence => Assert.InRange(evidence, 0, 0.9999));
        Assert.Single(cut.Score[(trip + 1)..].Distinct()); // held
        Assert.InRange(cut.Score[trip], 0, 0.95);
    }

    [Fact]
    public void SeveralCanaries_OnlyTheFirstGoesBad()
    {
        RolloutPolicy policy = new() { Canaries = [new CanarySettings("v2", 0.05), new CanarySettings("v3", 0.05)] };
        Assert.Equal("v2", Run("error-burst", Sample.Setup(policy)).Canary);
        Assert.Null(Run("shared-outage", Sample.Setup(policy)).TrippedAt);
    }

    [Fact]
    public void BucketThatHoldsTheCanaryBack_MakesDetectionSlower()
    {
        RolloutPolicy capped = Sample.Policy with { Bucket = new BucketSettings(2, 0.5) };
        Assert.InRange(Run("error-burst", Sample.Setup(capped)).TrippedAt ?? long.MaxValue, 2 * Run("error-burst", Sample.Setup()).TrippedAt!.Value, long.MaxValue);
    }

    [Fact]
    public void WhatNeedsRequestsWithContent_IsPassedOver()
    {
        RolloutPolicy policy = Sample.Policy with
        {
            Abort = true, Stickiness = new StickinessSettings(), Overrides = new OverrideSettings(new OverrideRule("X-Canary", null), null),
            Rating = new RatingSettings { Feedback = new FeedbackSettings() },
        };
        Assert.Equal(Run("error-burst", Sample.Setup()), Run("error-burst", Sample.Setup(policy)));
    }
}
