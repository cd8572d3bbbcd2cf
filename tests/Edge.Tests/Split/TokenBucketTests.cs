// The absolute cap: judged from the times at which tokens were taken. One worker and one rank; more of them: LeaseTests.

using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class TokenBucketTests
{
    private const long Second = 1_000_000_000;
    private const long Day = 86_400 * Second;

    private static readonly Gen<BucketSettings> AnySettings = Gen.Select(
        Gen.OneOf<double>(1.0, 1.5, 2, 3.25, 20, 1000),
        Gen.OneOf<double>(0, 0.1, 2, 7.5, 333, 3e6),
        (capacity, rate) => new BucketSettings(capacity, rate));

    /// <summary>Steps between calls that matter at the rates above: none at all, around a token's interval, and long silence.</summary>
    private static readonly Gen<long> Steps = Gen.OneOf(Gen.Long[0, 3], Gen.Long[0, 700], Gen.Long[0, Second], Gen.Long[0, 30 * Second]);

    [Fact]
    public void FullBucket_GivesItsCapacityAtOnceAndOneMoreEveryInterval()
    {
        TokenBucket bucket = Create(new BucketSettings(20, 2), 5 * Second);

        Assert.Equal(20, TakeAll(bucket, 5 * Second));
        Assert.False(bucket.TryTake(0, 0, 5 * Second + Second / 2 - 1));
        Assert.True(bucket.TryTake(0, 0, 5 * Second + Second / 2));
        Assert.False(bucket.TryTake(0, 0, 5 * Second + Second / 2));
        Assert.Equal(20, TakeAll(bucket, 60 * Second));
    }

    [Theory]
    [InlineData(0.1, 10 * Second)]
    [InlineData(3e6, 334)]
    [InlineData(1.0 / 86_400, Day)]
    public void OneToken_IsBackAfterItsIntervalAndNotBefore(double rate, long interval)
    {
        TokenBucket bucket = Create(new BucketSettings(1, rate), 0);

        Assert.True(bucket.TryTake(0, 0, 7));
        Assert.False(bucket.TryTake(0, 0, 7 + interval - 1));
        Assert.True(bucket.TryTake(0, 0, 7 + interval));
    }

    [Fact]
    public void StartsEmpty_FirstTokenComesWithTheRefill()
    {
        TokenBucket bucket = Create(new BucketSettings(20, 2, StartsEmpty: true), 3 * Second);

        Assert.Equal(0, bucket.Level(3 * Second));
        Assert.False(bucket.TryTake(0, 0, 3 * Second));
        Assert.Equal(20, TakeAll(bucket, 13 * Second));
    }

    [Fact]
    public void NoRefill_OnlyWhatIsThere()
    {
        TokenBucket bucket = Create(new BucketSettings(3.5, 0), 0);

        Assert.Equal(3, TakeAll(bucket, Second));
        Assert.Equal(0.5, bucket.Level(1000 * Day), 9);
        Assert.False(bucket.TryTake(0, 0, long.MaxValue));
    }

    [Fact]
    public void SlowAndLargeBucket_HoldsItsCapacityAndRefills()
    {
        TokenBucket bucket = Create(new BucketSettings(10_000, 1 / 86_400.0), 0);

        Assert.Equal(10_000, TakeAll(bucket, 0));
        Assert.Equal(1, TakeAll(bucket, Day + 1));
        Assert.Equal(9, TakeAll(bucket, 10 * Day + 1));
    }

    [Fact]
    public void BucketThatFillsInOverALifetime_GivesItsCapacityAndNoMore()
    {
        TokenBucket bucket = Create(new BucketSettings(100, 1e-9), 0);

        Assert.Equal(100, TakeAll(bucket, 0));
        Assert.Equal(0, TakeAll(bucket, 3650 * Day));
    }

    [Fact]
    public void TenYearsIdle_FullAndNoMoreThanFull()
    {
        TokenBucket bucket = Create(new BucketSettings(20, 3e6), 0);
        TakeAll(bucket, 1);

        Assert.Equal(20, bucket.Level(3650 * Day));
        Assert.Equal(20, TakeAll(bucket, 3650 * Day));
        Assert.False(bucket.TryTake(0, 0, 3650 * Day + 100));
        Assert.True(bucket.TryTake(0, 0, 3650 * Day + 400));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void ClockOutOfRange_StillGivesNoMoreThanTheCapacity(long now)
    {
        foreach (double rate in new[] { 0, 1e-6, 2, 1e12 })
        {
            TokenBucket bucket = Create(new BucketSettings(4, rate), now);
            Assert.Equal(4, Enumerable.Range(0, 10).Count(_ => bucket.TryTake(0, 0, now)));
            Assert.InRange(bucket.HandOver(new BucketSettings(9, 5), [0], 1, now).Level(now), 0, 0);
        }
    }

    [Fact]
    public void ClockStepsBack_TokensDoNotComeTwice()
    {
        TokenBucket bucket = Create(new BucketSettings(5, 1), 0);

        Assert.Equal(5, TakeAll(bucket, 100 * Second));
        Assert.Equal(0, TakeAll(bucket, 50 * Second));
        Assert.Equal(1, TakeAll(bucket, 101 * Second));
        Assert.Equal(0, TakeAll(bucket, 0));
    }

    [Fact]
    public void HandOver_CarriesTheLevelAndClampsIt()
    {
        TokenBucket bucket = Create(new BucketSettings(20, 2), 0);
        Assert.True(bucket.TryTake(0, 0, 0) && bucket.TryTake(0, 0, 0) && bucket.TryTake(0, 0, 0));

        TokenBucket larger = bucket.HandOver(new BucketSettings(100, 10), [0], 1, Second / 2);
        Assert.Equal(18, larger.Level(Second / 2), 9);
        TokenBucket frozen = larger.HandOver(new BucketSettings(100, 0), [0], 1, Second);
        Assert.Equal(23, frozen.Level(Second), 9);
        TokenBucket small = frozen.HandOver(new BucketSettings(4.5, 1), [0], 1, 2 * Second);
        Assert.Equal(4.5, small.Level(2 * Second), 9);
        Assert.Equal(4, TakeAll(bucket, 2 * Second)); // the first reference is led on to the last
        Assert.Throws<InvalidOperationException>(() => bucket.HandOver(new BucketSettings(1, 1), [0], 1, 0));
    }

    [Fact]
    public void HandOverBehindTheCallersClock_DoesNotCreateTokens()
    {
        TokenBucket bucket = Create(new BucketSettings(10, 1000), 0);
        Assert.Equal(10, TakeAll(bucket, 2 * Second));

        // The thread that hands over is 100 ms (100 tokens) behind the worker that emptied the bucket.
        TokenBucket next = bucket.HandOver(new BucketSettings(10, 1), [0], 1, 19 * Second / 10);

        Assert.Equal(0, TakeAll(next, 2 * Second));
        Assert.Equal(1, TakeAll(next, 3 * Second));
    }

    [Fact]
    public void EveryWindowOverReloads_HoldsTheCap()
    {
        var calls = Gen.Select(Steps, Gen.Int[1, 8]).Array[1, 60];
        Gen.Select(AnySettings, calls).Array[1, 5].Sample(
            stretches =>
            {
                AdmissionLog log = new AdmissionLog();
                TokenBucket? bucket = null;
                long now = Second;
                foreach (var (settings, steps) in stretches)
                {
                    now++; // so that no admission and change share an instant
                    bucket = bucket?.HandOver(settings, [0], 1, now) ?? Create(settings, now);
                    log.SettingsFrom(now, settings);
                    foreach (var (step, tries) in steps)
                    {
                        now += step;
                        for (int i = 0; i < tries && bucket.TryTake(0, 0, now); i++)
                        {
                            log.Admit(now);
                        }
                    }
                }

                Assert.True(log.WorstExcess() <= 0, $"{log.WorstExcess()} tokens too many");
            },
            iter: 3000);
    }

    [Fact]
    public void EveryWindowOfOneWordWithClocksThatStepBack_HoldsTheCap()
    {
        var calls = Gen.Select(Steps, Gen.Long[0, 2 * Second]).Array[1, 300];
        Gen.Select(AnySettings, calls).Sample(
            (settings, steps) =>
            {
                AdmissionLog log = new AdmissionLog();
                long now = 10 * Second;
                log.SettingsFrom(0, settings);
                TokenBucket bucket = new TokenBucket(settings, [0], workers: 4, now); // too many for leases
                Assert.Equal(0, bucket.Leasable);
                foreach (var (step, behind) in steps)
                {
                    now += step;
                    while (bucket.TryTake(0, 0, now - behind))
                    {
                        log.Admit(now - behind);
                    }
                }

                Assert.True(log.WorstExcess() <= 0, $"{log.WorstExcess()} tokens too many");
            },
            iter: 300);
    }

    [Theory]
    [InlineData(20, 2, 1e-9)]
    [InlineData(1.5, 0.1, 1e-9)]
    [InlineData(1000, 3e6, 2.1e-4)]
    public void SteadyDemand_GetsWhatThePolicyPromises(double capacity, double rate, double rateError)
    {
        TokenBucket bucket = Create(new BucketSettings(capacity, rate), 0);
        long step = (long)(1e9 / rate / 4);
        const int Calls = 400_000;

        int admitted = 0;
        for (int i = 0; i < Calls; i++)
        {
            admitted += TakeAll(bucket, i * step);
        }

        double promised = capacity + rate * (Calls - 1) * step / 1e9;
        Assert.InRange(admitted, promised * (1 - rateError) - 1, promised);
    }

    private static TokenBucket Create(BucketSettings settings, long now) => new(settings, floors: [0], workers: 1, now);

    private static int TakeAll(TokenBucket bucket, long now)
    {
        int taken = 0;
        while (bucket.TryTake(0, 0, now))
        {
            taken++;
        }

        return taken;
    }
}
