// What decides here, and what could instead: the split of the edge, and three other ways to bound the same work. Each is one method that says whether
// a request goes to the canary. Called by any number of threads, each with a number of its own.

using System.Threading.RateLimiting;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Bench;

/// <summary>One request: of the worker, at its clock. True: to the canary.</summary>
public delegate bool Decide(int worker, long now);

public static class Contenders
{
    /// <summary>Nothing is ever short: what is measured is the way to a token, and both refill for ever.</summary>
    private const double Plenty = 1e9;

    /// <summary>One decision as an exchange makes it: the snapshot is read, a position taken, and for a turn a token.</summary>
    /// <param name="weight">Of all canaries together.</param>
    public static Decide Split(double weight, int canaries, int workers, double capacity = Plenty)
    {
        RolloutPolicy policy = new()
        {
            Canaries = [.. Enumerable.Range(0, canaries).Select(i => new CanarySettings($"v{i + 2}", weight / canaries))],
            Bucket = new BucketSettings(capacity, Plenty),
        };
        Holder snapshot = new(Splitter.Create(policy, previous: null, workers, now: 0));
        return (worker, now) => snapshot.Splitter.Decide(worker, now).ToCanary;
    }

    /// <summary>The bucket alone, without a share before it.</summary>
    public static Decide Bucket(int workers, double capacity = Plenty)
    {
        TokenBucket bucket = new(new BucketSettings(capacity, Plenty), floors: [0], workers, now: 0);
        return (worker, now) => bucket.TryTake(worker, rank: 0, now);
    }

    /// <summary>A bucket of one shared word: tokens are added by whoever comes, and taken by compare-and-swap.</summary>
    public static Decide SharedWord()
    {
        StrongBox word = new();
        return (_, now) =>
        {
            while (true)
            {
                long fullAt = Volatile.Read(ref word.Value), next = Math.Max(fullAt, now) + 1;
                if (next > now + (long)Plenty)
                {
                    return false;
                }

                if (Interlocked.CompareExchange(ref word.Value, next, fullAt) == fullAt)
                {
                    return true;
                }
            }
        };
    }

    /// <summary>The textbook's: a level and a time of the last refill, under a lock.</summary>
    public static Decide Locked()
    {
        Lock gate = new();
        double level = Plenty;
        long last = 0;
        return (_, now) =>
        {
            lock (gate)
            {
                level = Math.Min(Plenty, level + Math.Max(0, now - last));
                last = Math.Max(last, now);
                if (level < 1)
                {
                    return false;
                }

                level--;
                return true;
            }
        };
    }

    /// <summary>System.Threading.RateLimiting, refilled by its own timer; a lease is an object that is there already when it is granted.</summary>
    public static Decide BaseLibrary()
    {
        TokenBucketRateLimiter limiter = new(new TokenBucketRateLimiterOptions
        {
            TokenLimit = (int)Plenty, TokensPerPeriod = (int)Plenty, ReplenishmentPeriod = TimeSpan.FromMilliseconds(100), AutoReplenishment = true, QueueLimit = 0,
        });
        return (_, _) =>
        {
            using RateLimitLease lease = limiter.AttemptAcquire();
            return lease.IsAcquired;
        };
    }

    private sealed class Holder(Splitter splitter)
    {
        private volatile Splitter _splitter = splitter;

        public Splitter Splitter => _splitter;
    }

    private sealed class StrongBox
    {
        public long Value;
    }
}
