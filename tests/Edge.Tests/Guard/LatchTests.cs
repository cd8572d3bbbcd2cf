// A latch as workers and the control thread share it.

using OpenClaw.Edge.Guard;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class LatchTests
{
    private readonly Latch _latch = new();

    [Fact]
    public void Cause_IsThatOfWhoeverWasFirst()
    {
        Assert.Null(_latch.Cause);
        Assert.True(_latch.TryTrip(TripCause.Failures));
        Assert.False(_latch.TryTrip(TripCause.Rating));
        Assert.True(_latch.IsTripped);
        Assert.Equal(TripCause.Failures, _latch.Cause);
        _latch.Open();
        Assert.False(_latch.IsTripped);
    }

    [Fact]
    public void News_AreTakenOnceForEachClosing()
    {
        Assert.False(_latch.TakeNews());
        _latch.TryTrip(TripCause.Failures);
        _latch.TryTrip(TripCause.Errors);
        Assert.True(_latch.TakeNews());
        Assert.False(_latch.TakeNews());
        _latch.Open();
        _latch.TryTrip(TripCause.Errors);
        Assert.True(_latch.TakeNews());
    }

    [Fact]
    public void Note_ClosesNothingAndIsTakenOnce()
    {
        _latch.Note();
        _latch.Note();
        Assert.False(_latch.IsTripped);
        Assert.True(_latch.TakeNote());
        Assert.False(_latch.TakeNote());
    }
}
