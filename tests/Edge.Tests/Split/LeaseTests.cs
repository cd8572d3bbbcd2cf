// Leases over the cap's word: several workers and ranks, run by one thread, so that every order of steps can be tried.

using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class LeaseTests
{
    private const long Second = 1_000_000_000;

    /// <summary>Rates whose tokens cost whole units, so that the model and the word agree to the last one.</summary>
    private static readonly Gen<double> Rates = Gen.OneOf<double>(0, 2, 1000, 62_500, 4_000_000);

    private static readonly Gen<BucketPolicy> Policies = Gen.Select(
        Gen.OneOf<double>(1, 20.5, 511, 1100, 2050.25, 6200),
        Rates,
        Gen.OneOf<double[]>([0], [0], [0, 0.5], [0, 0.5, 0.5], [0.2, 0], [0.9, 0.1, 1]),
        Gen.Int[1, 4],
        (capacity, rate, floors, workers) => new BucketPolicy(capacity, rate, floors, workers));

    private static readonly Gen<long> Steps = Gen.OneOf(Gen.Const(0L), Gen.Long[0, 700], Gen.Long[0, 2_000_000], Gen.Long[0, 3 * Second]);

    private static readonly Gen<(int What, int Worker, int Rank, int Most, long Step)> Calls =
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3], Gen.Int[0, 2], Gen.OneOf(Gen.Int[1, 20], Gen.Int[1, 3000]), Steps);

    [Fact]
    public void AnyCallsAndReloads_HoldTheCapTheFloorsAndThePrice()
    {
        Gen.Select(Policies, Policies.Array[1, 3], Calls.Array[1, 40]).Sample(
            (first, others, calls) =>
            {
                long now = Second;
                BucketWorld world = new(first, now, clocksAgree: true);
                foreach (var (what, worker, rank, most, step) in calls)
                {
                    now += step + 1; // no admission and change share an instant
                    switch (what)
                    {
                        case 0:
                            world.HandOver(others[most % others.Length], now);
                            break;
                        case 1 or 2:
                            world.Balance(now);
                            break;
                        default:
                            world.Take(worker, rank, most, now);
                            break;
                    }
                }

                Assert.True(world.WorstExcess <= 0, $"{world.WorstExcess} tokens too many");
            },
            iter: 600);
    }

    [Fact]
    public void ClocksThatLagAndStepBack_AddNoMoreThanTheRefillOfTheirLag()
    {
        const long LagMax = 50_000_000;
        Gen.Select(Policies, Policies, Gen.Select(Calls, Gen.Long[0, LagMax]).Array[1, 40]).Sample(
            (first, second, calls) =>
            {
                long now = Second;
                BucketWorld world = new(first, now, clocksAgree: false);
                foreach (var ((what, worker, rank, most, step), lag) in calls)
                {
                    now += step + 1;
                    switch (what)
                    {
                        case 0:
                            world.HandOver(most % 2 == 0 ? first : second, now);
                            break;
                        case 1 or 2:
                            world.Balance(now - lag);
                            break;
                        default:
                            world.Take(worker, rank, most, now, lag);
                            break;
                    }
                }

                decimal refill = (decimal)Math.Max(first.Rate, second.Rate) * LagMax / Second;
                Assert.True(world.WorstExcess <= refill, $"{world.WorstExcess} tokens too many, {refill} are explained");
            },
            iter: 600);
    }

    [Theory]
    [InlineData(1023, 1, 2, 0)]
    [InlineData(1024, 1, 2, 8)]
    [InlineData(1024, 2, 2, 0)]
    [InlineData(10_000, 3, 4, 13)]
    public void Lease_IsItsPartOfTheCapacityWhereThatIsWorthIt(double capacity, int ranks, int workers, long lease)
    {
        TokenBucket bucket = new(new BucketSettings(capacity, 1), new double[ranks], workers, now: 0);

        Assert.Equal(lease * ranks * workers, bucket.Leasable);
    }

    [Theory]
    [InlineData(6399 - 100, 100)]
    [InlineData(6399 - 99, 0)]
    public void FloorAboveTheCentralBurst_OneWordDecides(double floor, long leasable)
    {
        TokenBucket bucket = new(new BucketSettings(6400, 1), [floor], workers: 1, now: 0);

        Assert.Equal(leasable, bucket.Leasable);
        Assert.Equal(6400 - floor, TakeAll(bucket, 0, 0, 0), (double)leasable);
    }

    [Fact]
    public void FullBucket_GivesItsCapacityToOneWorker()
    {
        TokenBucket bucket = new(new BucketSettings(6400, 1), [0], workers: 4, now: 0);

        Assert.Equal(6400, bucket.Level(0));
        Assert.Equal(6400, TakeAll(bucket, 2, 0, 0));
        Assert.Equal(0, TakeAll(bucket, 1, 0, Second - 1));
        Assert.Equal(1, TakeAll(bucket, 1, 0, Second));
    }

    [Fact]
    public void IdleAndFull_IsFullAgainWithTheNextBalance()
    {
        TokenBucket bucket = new(new BucketSettings(6400, 1000), [0, 0.5], workers: 2, now: 0);
        TakeAll(bucket, 0, 0, 0);

        bucket.Balance(6400 * Second / 1000);
        for (long now = 7 * Second; now < 10 * Second; now += Second / 4)
        {
            bucket.Balance(now);
        }

        Assert.Equal(6400, bucket.Level(10 * Second));
        Assert.Equal(6400, TakeAll(bucket, 0, 0, 10 * Second));
    }

    [Fact]
    public void IdleLease_GoesBackToWhereALowerRankFindsIt()
    {
        const long Lease = 25; // 6400 / 64 / (2 workers x 2 ranks)
        TokenBucket bucket = new(new BucketSettings(6400, 0), [0, 0], workers: 2, now: 0);
        bucket.Balance(0);
        Assert.Equal(6400 - (2 * Lease), TakeAll(bucket, 0, 1, 0)); // all but what the higher rank has leased

        Assert.True(bucket.TryTake(0, 0, 0)); // that shard is in use
        bucket.Balance(Second / 4);
        Assert.Equal(Lease, TakeAll(bucket, 0, 1, Second / 4)); // the other was idle, and the refusal is forgotten
        bucket.Balance(Second / 2);
        Assert.Equal(Lease - 1, TakeAll(bucket, 1, 1, Second / 2));
        Assert.Equal(0, bucket.Level(Second));
    }

    [Fact]
    public void Scarcity_HigherRankStealsFromTheLowerAndNotTheOtherWayRound()
    {
        const int Lease = 25;
        double[] floors = [0, 3200];
        TokenBucket bucket = new(new BucketSettings(6400, 0), floors, workers: 2, now: 0);

        // The lower rank stops at its floor, with its own leases spent and those of the higher untouched.
        Assert.Equal(3200 - (2 * Lease), TakeAll(bucket, 0, 1, 0));
        Assert.Equal(3200 + (2 * Lease), bucket.Level(0));
        Assert.Equal(3200 + (2 * Lease), TakeAll(bucket, 1, 0, 0));

        bucket = new(new BucketSettings(6400, 0), floors, workers: 2, now: 0);
        Assert.Equal(6400, TakeAll(bucket, 0, 0, 0)); // the lower rank's leases too
        Assert.Equal(0, TakeAll(bucket, 0, 1, 0));
    }

    [Fact]
    public void LowerRankWithALowerFloor_IsNoWayRoundOnesOwnFloor()
    {
        TokenBucket bucket = new(new BucketSettings(6400, 0), floors: [3200, 0], workers: 2, now: 0);

        Assert.Equal(3200 - 50, TakeAll(bucket, 0, 0, 0));
        Assert.Equal(50 + 3200, TakeAll(bucket, 1, 1, 0));
    }

    [Fact]
    public void MoreAskedThanRefilled_HigherRankGetsAllItAsksAndTheLowerTheRest()
    {
        const int Higher = 600, Lower = 1000, Refill = 1000; // a second
        TokenBucket bucket = new(new BucketSettings(6400, Refill), [0, 3200], workers: 2, now: 0);
        TakeAll(bucket, 0, 0, 0);
        int higher = 0, lower = 0;
        for (int ms = 1; ms <= 20_000; ms++)
        {
            long now = ms * (Second / 1000);
            bool isHigherDue = ms % 10 < Higher / 100;
            lower += bucket.TryTake(ms % 2, 1, now) ? 1 : 0;
            higher += isHigherDue && bucket.TryTake(ms % 2, 0, now) ? 1 : 0;
            if (ms % 250 == 0)
            {
                bucket.Balance(now);
            }
        }

        Assert.Equal(20 * Higher, higher);
        Assert.InRange(lower, (20 * (Refill - Higher)) - 3200 - 100, (20 * (Refill - Higher)) - 3200);
        Assert.True(lower < 20 * Lower);
    }

    [Fact]
    public void HandOver_RecallsEveryLeaseAndLeadsLateCallersOn()
    {
        TokenBucket bucket = new(new BucketSettings(6400, 0), [0, 10], workers: 2, now: 0);
        for (int i = 0; i < 100; i++)
        {
            Assert.True(bucket.TryTake(i % 2, i / 2 % 2, 0));
        }

        TokenBucket more = bucket.HandOver(new BucketSettings(12_800, 0), [0], workers: 3, 0);
        Assert.Equal(6300, more.Level(0));
        TokenBucket single = more.HandOver(new BucketSettings(500.5, 0), [0], workers: 1, 0);
        Assert.Equal(500.5, single.Level(0), 9);

        Assert.True(bucket.TryTake(1, 1, 0));
        Assert.Equal(499.5, bucket.Level(0), 9);
        Assert.Equal(499, TakeAll(more, 2, 0, 0));
    }

    [Fact]
    public void FullBucketHandedOver_IsFull()
    {
        TokenBucket bucket = new(new BucketSettings(6400.75, 5), [0], workers: 2, now: 0);

        TokenBucket next = bucket.HandOver(new BucketSettings(6400.75, 7), [0], workers: 3, Second);

        Assert.Equal(6400.75, next.Level(Second), 6);
        Assert.Equal(6400, TakeAll(next, 0, 0, Second));
    }

    [Fact]
    public void IsFor_TheSameSettingsFloorsAndWorkers()
    {
        TokenBucket bucket = new(new BucketSettings(20, 2), [0, 10], workers: 2, now: 0);

        Assert.True(bucket.IsFor(new BucketSettings(20, 2), [0, 10], 2));
        Assert.False(bucket.IsFor(new BucketSettings(21, 2), [0, 10], 2));
        Assert.False(bucket.IsFor(new BucketSettings(20, 2), [0, 11], 2));
        Assert.False(bucket.IsFor(new BucketSettings(20, 2), [0], 2));
        Assert.False(bucket.IsFor(new BucketSettings(20, 2), [0, 10], 3));
    }

    [Fact]
    public void TakeAndRefusal_AllocateNothing()
    {
        TokenBucket leased = new(new BucketSettings(6400, 1000), [0, 100], workers: 2, now: 0);
        TokenBucket small = new(new BucketSettings(20, 1000), [0, 10], workers: 2, now: 0);
        Assert.NotEqual(0, leased.Leasable);
        int taken = 0;
        Allocations.AssertNone(20_000, i =>
        {
            taken += leased.TryTake(i & 1, i >> 1 & 1, i) ? 1 : 0;
            taken += small.TryTake(i & 1, i >> 1 & 1, i) ? 1 : 0;
        });
        Assert.InRange(taken, 6400, 6420);
    }

    private static int TakeAll(TokenBucket bucket, int worker, int rank, long now)
    {
        int taken = 0;
        while (bucket.TryTake(worker, rank, now))
        {
            taken++;
        }

        return taken;
    }
}
