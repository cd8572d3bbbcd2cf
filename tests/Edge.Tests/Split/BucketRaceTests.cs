// The cap under real threads: workers take and steal, while the control thread balances and reloads.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class BucketRaceTests
{
    private const int Threads = 3;
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(1e7)]
    [InlineData(50_000)]
    [InlineData(5000)]
    [InlineData(60)]
    public void BalanceAndReloadsWhileThreadsTake_EveryTokenIsGivenOnce(double capacity)
    {
        BucketSettings settings = new BucketSettings(capacity, 0);
        double[][] floors = [[0], [0, 0], [0]];
        List<TokenBucket> buckets = [];
        long taken = 0, takenBefore = 0;
        TokenBucket? published = null;
        Add();

        Race.Run(
            Threads,
            step: id =>
            {
                int mine = 0;
                for (int n = 0; n < 20; n++)
                {
                    mine += Volatile.Read(ref published)!.TryTake((id + n) % Threads, 0, n) ? 1 : 0;
                }

                Interlocked.Add(ref taken, mine);
            },
            turns: 2000,
            main: turn =>
            {
                switch (turn % 40)
                {
                    case 0:
                        Add();
                        break;
                    case int step when step % 2 == 0:
                        Volatile.Write(ref published, published!.HandOver(settings, floors[turn % floors.Length], Threads, now: 0));
                        break;
                    default:
                        published!.Balance(0);
                        break;
                }
            });

        Assert.Equal(buckets.Count * capacity, takenBefore + taken + buckets.Sum(bucket => bucket.Level(0)), 1e-3);

        // A lease that a reload overtakes goes to the successor's central word, which must not be full.
        void Add()
        {
            TokenBucket bucket = new TokenBucket(settings, floors[0], Threads, now: 0);
            for (int i = 0; i < capacity / 32 && bucket.TryTake(0, 0, 0); i++)
            {
                takenBefore++;
            }

            buckets.Add(bucket);
            Volatile.Write(ref published, bucket);
        }
    }

    /// <summary>One word, and leases of 10 to 40 tokens.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void ReloadsWhileThreadsWithDifferentClocksTake_EveryWindowHoldsTheCap(int times)
    {
        const long Behind = 50_000; // nanoseconds by which a caller's clock may lag
        const double HighestRate = 200_000;
        BucketSettings[] policies = [new(50 * times, 50_000), new(20.5 * times, HighestRate), new(80 * times, 0), new(40 * times, 1000)];
        AdmissionLog log = new AdmissionLog();
        TokenBucket published = new TokenBucket(policies[0], [0], Threads, now: 0);
        log.SettingsFrom(0, policies[0]);
        long clock = Second, lease = 0;
        var taken = Enumerable.Range(0, Threads).Select(_ => new List<long>()).ToArray();

        Race.Run(
            Threads,
            step: id =>
            {
                // Each call has a clock of its own, which lags by a step unlike the last.
                long now = Interlocked.Add(ref clock, 700);
                long lagging = now - (now * 7919 % Behind);
                if (Volatile.Read(ref published).TryTake(id, 0, lagging))
                {
                    taken[id].Add(now);
                }
            },
            turns: 1000,
            main: reload =>
            {
                // Every policy is taken under: a busy machine might otherwise run all the reloads before it runs a thread.
                long until = Volatile.Read(ref clock) + (20 * 700);
                SpinWait.SpinUntil(() => Volatile.Read(ref clock) >= until, TimeSpan.FromSeconds(10));
                published.Balance(Volatile.Read(ref clock));
                BucketSettings last = policies[reload % policies.Length], next = policies[(reload + 1) % policies.Length];
                long now = Interlocked.Add(ref clock, 700);
                Volatile.Write(ref published, published.HandOver(next, [0], Threads, now));
                lease = Math.Max(lease, published.Leasable / Threads);
                // Somewhere in between the change took place; the judge lets the more generous of the two hold until it surely has.
                BucketSettings generous = new BucketSettings(Math.Max(last.Capacity, next.Capacity), Math.Max(last.RefillRate, next.RefillRate));
                log.SettingsFrom(now, generous);
                log.SettingsFrom(Volatile.Read(ref clock) + 1, next);
            });

        foreach (long admission in taken.SelectMany(times => times))
        {
            log.Admit(admission);
        }

        // A caller that lags may take, at its own earlier time, what was refilled later; and so may one token, or one lease, of each
        // thread that was put to sleep between reading its clock and taking.
        decimal allowance = ((decimal)HighestRate * Behind / Second) + (Threads * Math.Max(lease, 1));
        Assert.True(log.Count > 50, $"{log.Count} tokens");
        Assert.True(log.WorstExcess() <= allowance, $"{log.WorstExcess()} tokens too many");
        Assert.Equal(times > 1, lease > 0);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(8000)]
    public void ThreadsThatStealFromEachOther_GetAllThatIsThereAndNoMore(double capacity)
    {
        for (int round = 0; round < 20; round++)
        {
            TokenBucket bucket = new TokenBucket(new BucketSettings(capacity, 0), [0, 0], Threads, now: 0);
            long taken = 0;
            Race.Run(
                Threads,
                step: id =>
                {
                    long mine = 0;
                    for (int n = 0; n < 100; n++)
                    {
                        mine += bucket.TryTake(id, id == 0 ? 0 : 1, n) ? 1 : 0;
                    }

                    Interlocked.Add(ref taken, mine);
                },
                turns: 100,
                main: turn => bucket.Balance(turn));

            for (int rank = 0; rank < 2; rank++)
            {
                bucket.Balance(0);
                while (bucket.TryTake(1, rank, 0))
                {
                    taken++;
                }
            }

            Assert.Equal(capacity, taken);
            Assert.Equal(0, bucket.Level(0));
        }
    }
}
