// How long a watch that failed waits.

using CsCheck;
using OpenClaw.Edge.Kubernetes;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class RetryPauseTests
{
    private static readonly ApiFault Server = new(WatchFailure.Server, "");

    private readonly ManualTime _time = new();

    [Fact]
    public void Ceiling_DoublesFrom800MillisecondsTo30Seconds()
    {
        RetryPause pause = new(_time, () => 1);
        Assert.Equal([0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30], Enumerable.Range(0, 8).Select(_ => pause.After(Server).TotalSeconds));
        for (int i = 0; i < 10_000; i++)
        {
            Assert.Equal(30, pause.After(Server).TotalSeconds);
        }
    }

    [Fact]
    public void Chance_SpreadsOverTheWholeCeiling()
    {
        Gen.Double[0, 0.999].Sample(chance => Math.Abs(new RetryPause(_time, () => chance).After(Server).TotalSeconds - 0.8 * chance) < 1e-6);
    }

    [Fact]
    public void TwoQuietMinutes_AreANewBeginning()
    {
        RetryPause pause = new(_time, () => 1);
        pause.After(Server);
        _time.Advance(TimeSpan.FromSeconds(119));
        Assert.Equal(1.6, pause.After(Server).TotalSeconds);
        _time.Advance(TimeSpan.FromSeconds(120));
        Assert.Equal(0.8, pause.After(Server).TotalSeconds);
    }

    [Fact]
    public void FirstExpiry_WaitsForNothingAndTheSecondDoes()
    {
        RetryPause pause = new(_time, () => 1);
        ApiFault expired = new(WatchFailure.Expired, "");
        Assert.Equal([0, 1.6, 3.2], new[] { pause.After(expired), pause.After(expired), pause.After(expired) }.Select(each => each.TotalSeconds));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0, 0.4)] // less than what is waited anyway
    [InlineData(100_000, 120)] // a server does not send its edges away for a day
    public void RetryAfter_IsHonouredWithinReason(int asked, double expected) =>
        Assert.Equal(expected, new RetryPause(_time, () => 0.5).After(new ApiFault(WatchFailure.Throttled, "", TimeSpan.FromSeconds(asked))).TotalSeconds);
}
