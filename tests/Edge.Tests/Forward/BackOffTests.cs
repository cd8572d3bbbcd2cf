// When a dead endpoint is tried again, on a clock turned by hand.

using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Tests.Forward;

public sealed class BackOffTests
{
    private const long Millisecond = Clock.Second / 1000;

    private BackOff _backOff;

    /// <summary>The moments, in milliseconds, at which an endpoint that always refuses is tried when requests never cease.</summary>
    private List<long> Attempts(long until)
    {
        List<long> attempts = [];
        for (long now = 0; now < until; now += Millisecond)
        {
            if (_backOff.IsOver(now))
            {
                attempts.Add(now / Millisecond);
                _backOff.Failed(now, slowly: false);
            }
        }

        return attempts;
    }

    [Fact]
    public void EndpointThatRefuses_IsTriedTenTimesQuicklyAndThenEverLessOften() =>
        Assert.Equal([0, 15, 30, 45, 60, 75, 90, 105, 120, 135, 150, 180, 240, 360, 600, 1080, 2040, 3040], Attempts(4 * Clock.Second));

    [Fact]
    public void RestartWithinAHundredMilliseconds_IsMetByFewerThanTenAttempts() => Assert.Equal(7, Attempts(100 * Millisecond).Count);

    [Fact]
    public void AttemptsThatFailTogether_CountOnce()
    {
        for (int i = 0; i < 100; i++)
        {
            _backOff.Failed(i % 3, slowly: false);
        }

        Assert.True(_backOff.IsOver(BackOff.Shortest));
        Assert.Equal(BackOff.QuickChances - 1, Attempts(Clock.Second).TakeWhile(at => at < 150).Count());
    }

    [Fact]
    public void AttemptThatRanOutOfTime_HasNoQuickChanceBehindIt()
    {
        _backOff.Failed(0, slowly: true);
        Assert.Equal([1000, 1015], Attempts(1030 * Millisecond));
    }

    [Fact]
    public void Success_GivesTheQuickChancesBack()
    {
        Attempts(4 * Clock.Second);
        _backOff.Succeeded();
        _backOff.Failed(10 * Clock.Second, slowly: false);
        Assert.True(_backOff.IsOver((10 * Clock.Second) + BackOff.Shortest));
    }
}
