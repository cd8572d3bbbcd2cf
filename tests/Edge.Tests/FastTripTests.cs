// When a worker takes a canary out by itself, on a clock turned by hand.

using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tests.Observe;

namespace OpenClaw.Edge.Tests;

public sealed class FastTripTests : IDisposable
{
    private readonly ControlFixture _fixture = new();
    private readonly WorkerVersion _stable, _canary;
    private FastTrip _rule = new(new GuardSettings());
    private long _now;

    public FastTripTests()
    {
        Worker worker = _fixture.Control.Workers[0];
        (_stable, _canary) = (worker.VersionOf(_fixture.Control.Plan.Stable), worker.VersionOf(_fixture.Control.Plan.Canaries[0]));
    }

    private Latch Latch => _canary.Version.Latch;

    public void Dispose() => _fixture.Dispose();

    private static ProxyError Of(string name) => Enum.Parse<ProxyError>(name);

    /// <summary>So many exchanges that were to go to the canary, one after the other.</summary>
    /// <param name="stable">How stable did that stood in; null: nobody did.</param>
    private void Fail(int times, ProxyError error = ProxyError.ConnectFailed, ProxyError? stable = ProxyError.None)
    {
        for (int i = 0; i < times; i++)
        {
            _now += BackOff.Shortest;
            _rule.Note(_canary, _stable, error, stable ?? error, fellBack: stable is not null, _now);
        }
    }

    [Theory]
    [InlineData(nameof(ProxyError.ConnectFailed))]
    [InlineData(nameof(ProxyError.ConnectTimedOut))]
    [InlineData(nameof(ProxyError.UpstreamTlsFailed))]
    [InlineData(nameof(ProxyError.ClosedBeforeAnswer))]
    public void TenFailuresInARow_CloseTheLatch(string error)
    {
        Fail(9, Of(error));
        Assert.False(Latch.IsTripped);
        Fail(1, Of(error));
        Assert.Equal(TripCause.Failures, Latch.Cause);
    }

    [Theory]
    [InlineData(nameof(ProxyError.AnswerCut))]
    [InlineData(nameof(ProxyError.AnswerHeadCut))]
    public void AnswersThatBreakOff_CountThoughNobodyCanStandIn(string error)
    {
        Fail(10, Of(error), stable: null);
        Assert.True(Latch.IsTripped);
    }

    [Theory]
    [InlineData(nameof(ProxyError.AnswerTimedOut))]
    [InlineData(nameof(ProxyError.AnswerInvalid))]
    [InlineData(nameof(ProxyError.AnswerStalled))]
    [InlineData(nameof(ProxyError.PoolExhausted))]
    [InlineData(nameof(ProxyError.NoEndpoint))]
    [InlineData(nameof(ProxyError.ClientGone))]
    [InlineData(nameof(ProxyError.RequestBodyStalled))]
    [InlineData(nameof(ProxyError.Recalled))]
    public void WhatIsNoFailureToReachIt_NeitherCountsNorEndsTheRow(string error)
    {
        Fail(9);
        Fail(50, Of(error), stable: null);
        Assert.False(Latch.IsTripped);
        Fail(1);
        Assert.True(Latch.IsTripped);
    }

    [Fact]
    public void AnswerOfAnotherEndpoint_EndsTheRow()
    {
        Fail(9);
        _rule.Note(_canary, _stable, ProxyError.ConnectFailed, ProxyError.None, fellBack: false, _now);
        Fail(9);
        Assert.False(Latch.IsTripped);
    }

    [Fact]
    public void OutageOfBoth_TakesNobodyOutUntilStableIsBack()
    {
        Fail(20, stable: ProxyError.ConnectFailed);
        Assert.False(Latch.IsTripped);
        Fail(1);
        Assert.True(Latch.IsTripped);
    }

    [Fact]
    public void StablesOwnFailures_CountForStable()
    {
        _rule.Note(_stable, _stable, ProxyError.ClosedBeforeAnswer, ProxyError.ClosedBeforeAnswer, fellBack: false, _now);
        Fail(20, ProxyError.ClosedBeforeAnswer, stable: null);
        Assert.False(Latch.IsTripped);
        for (int i = 0; i < 20; i++)
        {
            _now += BackOff.Shortest;
            _rule.Note(_stable, _stable, ProxyError.ConnectFailed, ProxyError.ConnectFailed, fellBack: false, _now);
        }

        Assert.False(_stable.Version.Latch.IsTripped);
    }

    [Fact]
    public void LimitOfThePolicy_IsKept()
    {
        _rule = new FastTrip(new GuardSettings { ConsecutiveFailures = 3 });
        Fail(2);
        Assert.False(Latch.IsTripped);
        Fail(1);
        Assert.True(Latch.IsTripped);
    }

    [Theory]
    [InlineData(GuardMode.Off, 10)]
    [InlineData(GuardMode.Enforce, 0)]
    public void RuleThatIsOff_NeverTrips(GuardMode mode, int limit)
    {
        _rule = new FastTrip(new GuardSettings { Mode = mode, ConsecutiveFailures = limit });
        Fail(1000);
        Assert.False(Latch.IsTripped);
        Assert.False(Latch.TakeNote());
    }

    [Fact]
    public void ObservingGuard_OnlyNotesEveryTenth()
    {
        _rule = new FastTrip(new GuardSettings { Mode = GuardMode.Observe });
        Fail(10);
        Assert.False(Latch.IsTripped);
        Assert.True(Latch.TakeNote());
        Fail(9);
        Assert.False(Latch.TakeNote());
        Fail(1);
        Assert.True(Latch.TakeNote());
    }
}
