// The arithmetic of one key's word, held against numbers worked out by hand and against a plain bucket in decimals.

using CsCheck;
using OpenClaw.Edge.Limit;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Limit;

public sealed class RateTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void SpentBurst_ComesBackAtTheAverage()
    {
        Rate rate = Of(average: 2, TimeSpan.FromSeconds(1), burst: 3);
        long word = 0;
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(0, rate.Wait(word, Rate.Moment(10 * Second)));
            word = rate.Charged(word, Rate.Moment(10 * Second));
        }

        Assert.Equal(Second / 2, rate.Wait(word, Rate.Moment(10 * Second)));
        Assert.Equal(1, rate.Wait(word, Rate.Moment((10 * Second) + (Second / 2) - 1)));
        Assert.Equal(0, rate.Wait(word, Rate.Moment((10 * Second) + (Second / 2))));
        Assert.Equal(3 * Second / 2, rate.RefillNanoseconds);
    }

    [Fact]
    public void SlowestAndLargest_StayWithinTheWord()
    {
        Rate slow = Of(average: 1, TimeSpan.FromDays(1), burst: 366), fast = Of(average: 1_000_000_000, TimeSpan.FromMilliseconds(1), burst: 1_000_000_000);
        long late = Rate.Moment(long.MaxValue);
        Assert.Equal(TimeSpan.FromDays(366), TimeSpan.FromTicks(slow.RefillNanoseconds / 100));
        Assert.Equal(0, slow.Wait(0, late));
        Assert.True(slow.Charged(0, late) > late);
        Assert.Equal(0, fast.Wait(0, 0));
        Assert.Equal(1, fast.Wait(fast.RefillNanoseconds * 16, 0));
    }

    [Fact]
    public void AnyRequests_AreJudgedAsByABucket() =>
        Gen.Select(Gen.Int[1, 50], Gen.Int[1, 10_000], Gen.Int[1, 20], Gen.Long[0, 400_000_000].Array[1, 60]).Sample(
            (average, milliseconds, burst, pauses) =>
            {
                Rate rate = Of(average, TimeSpan.FromMilliseconds(milliseconds), burst);
                decimal interval = Math.Ceiling(milliseconds * 16_000_000m / average) / 16; // as it is rounded
                decimal level = burst;
                long now = 0, word = 0;
                foreach (long pause in pauses)
                {
                    now += pause;
                    level = Math.Min(burst, level + (pause / interval));
                    long wait = rate.Wait(word, Rate.Moment(now));
                    if (Math.Abs(level - 1) > 1e-12m)
                    {
                        Assert.Equal(level > 1, wait == 0);
                    }

                    if (wait == 0)
                    {
                        word = rate.Charged(word, Rate.Moment(now));
                        level -= 1;
                    }
                    else
                    {
                        Assert.InRange(wait - ((1 - level) * interval), -0.001m, 1.001m);
                    }
                }
            });

    private static Rate Of(int average, TimeSpan period, int burst) =>
        new(new RateLimitSettings(new KeySource(KeySourceKind.ClientAddress, ""), average, period, burst));
}
