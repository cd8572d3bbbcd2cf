// What makes a streak of failures longer, and what ends it.

using OpenClaw.Edge.Guard;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class FailureStreakTests
{
    private readonly FailureStreak _streak = new();

    private int After(params long[] failures)
    {
        foreach (long at in failures)
        {
            _streak.Add(at);
        }

        return _streak.Length;
    }

    [Fact]
    public void FailuresThatLieApart_AreCountedFromTheFirst() =>
        Assert.Equal(3, After(0, FailureStreak.Apart, 2 * FailureStreak.Apart));

    [Fact]
    public void FailuresOfOneMoment_AreOne() =>
        Assert.Equal(2, After(5, 5, 6, 5 + FailureStreak.Apart - 1, 5 + FailureStreak.Apart, 6 + FailureStreak.Apart));

    [Fact]
    public void HundredMillisecondsOfFailures_AreNoTen() =>
        Assert.InRange(After([.. Enumerable.Range(0, 101).Select(ms => ms * 1_000_000L)]), 1, 9);

    [Fact]
    public void Answer_EndsTheStreakAndTheNextFailureBeginsOneAtOnce()
    {
        After(0, FailureStreak.Apart);
        _streak.End();
        Assert.Equal(0, _streak.Length);
        Assert.Equal(1, After(FailureStreak.Apart + 1));
    }
}
