// A bucket with several workers and ranks, run by one thread beside a model that knows capacity, rate and floors alone.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

/// <param name="Floors">As shares of what the capacity can leave.</param>
internal sealed record BucketPolicy(double Capacity, double Rate, double[] Floors, int Workers)
{
    public BucketSettings Settings => new(Capacity, Rate);

    public double[] FloorTokens => [.. Floors.Select(share => share * (Capacity - 1))];
}

/// <summary>Every token taken is compared with an undivided bucket of the same capacity that knows nothing of leases.</summary>
internal sealed class BucketWorld
{
    private const long Second = 1_000_000_000;

    /// <summary>Tokens that the model may be ahead, by what every reload rounds down.</summary>
    private const decimal Rounding = 0.02m;

    private readonly AdmissionLog _log = new();
    private readonly bool _clocksAgree;
    private BucketPolicy _policy;
    private TokenBucket _bucket;
    private decimal _level; // of the undivided bucket, had it given what the real one gave
    private decimal _leasable; // the most that leases held back since the undivided bucket and the real one were last alike
    private int[] _belowFloor; // of each rank: tokens taken since its floor last allowed one
    private long _levelAt;

    /// <param name="clocksAgree">Workers' clocks never lag: then the model knows at every moment what is there.</param>
    public BucketWorld(BucketPolicy policy, long now, bool clocksAgree)
    {
        _clocksAgree = clocksAgree;
        _policy = policy;
        _bucket = new TokenBucket(policy.Settings, policy.FloorTokens, policy.Workers, now);
        _level = (decimal)policy.Capacity;
        _levelAt = now;
        _leasable = _bucket.Leasable;
        _belowFloor = new int[policy.Floors.Length];
        _log.SettingsFrom(now, policy.Settings);
    }

    public TokenBucket Bucket => _bucket;

    public long Lease => _bucket.Leasable / (_policy.Workers * _policy.Floors.Length);

    public decimal WorstExcess => _log.WorstExcess();

    /// <summary>Takes up to so many tokens, all at one time.</summary>
    /// <param name="lag">By how many nanoseconds the worker's clock is behind; what is recorded is the true time.</param>
    public int Take(int worker, int rank, int most, long now, long lag = 0)
    {
        (worker, rank) = (worker % _policy.Workers, rank % _policy.Floors.Length);
        for (int taken = 0; taken < most; taken++)
        {
            if (!_bucket.TryTake(worker, rank, now - lag))
            {
                CheckRefusal(rank, now);
                return taken;
            }

            _log.Admit(now);
            Refill(now);
            CheckFloor(rank);
            _level--;
        }

        return most;
    }

    public void Balance(long now)
    {
        double before = _bucket.Level(now);
        _bucket.Balance(now);
        Assert.True(!_clocksAgree || Math.Abs(_bucket.Level(now) - before) < 1e-6, $"{before} tokens before, {_bucket.Level(now)} after");
    }

    public void HandOver(BucketPolicy next, long now)
    {
        Refill(now);
        double before = _bucket.Level(now);
        _bucket = _bucket.HandOver(next.Settings, next.FloorTokens, next.Workers, now);
        double expected = Math.Min(before, next.Capacity);
        Assert.InRange(_bucket.Level(now), expected - (next.Rate / 1.6e10) - 1e-6, expected + 1e-6); // a unit may be lost, none gained
        _policy = next;
        _level = Math.Min(_level, (decimal)next.Capacity);
        _leasable = Math.Max(_leasable, _bucket.Leasable);
        _belowFloor = new int[next.Floors.Length];
        _log.SettingsFrom(now, next.Settings);
    }

    /// <summary>Nobody is refused what an undivided bucket has beyond the price of the leases, and beyond what ranks before it have leased.</summary>
    private void CheckRefusal(int rank, long now)
    {
        if (!_clocksAgree)
        {
            return;
        }

        Refill(now);
        decimal price = _leasable + (Lease * _policy.Workers * (_policy.Floors.Length - StealableRanks(rank)));
        decimal free = _level - (decimal)_policy.FloorTokens[rank];
        Assert.True(free < 1 + price + Rounding, $"{free} tokens free, {price} the price, and rank {rank} was refused");
    }

    /// <summary>A rank takes what its floor forbids only from what was leased while it did not.</summary>
    private void CheckFloor(int rank)
    {
        _belowFloor[rank] += !_clocksAgree || IsAboveFloor(rank) ? 0 : 1;
        Assert.InRange(_belowFloor[rank], 0, Lease * _policy.Workers * StealableRanks(rank));
    }

    private bool IsAboveFloor(int rank) => _level - 1 >= (decimal)_policy.FloorTokens[rank] - Rounding;

    private int StealableRanks(int rank) =>
        Enumerable.Range(rank, _policy.Floors.Length - rank).Count(other => _policy.Floors[other] >= _policy.Floors[rank]);

    private void Refill(long now)
    {
        _level = Math.Min((decimal)_policy.Capacity, _level + ((decimal)_policy.Rate * (now - _levelAt) / Second));
        _levelAt = now;
        for (int rank = 0; rank < _belowFloor.Length; rank++)
        {
            _belowFloor[rank] = IsAboveFloor(rank) ? 0 : _belowFloor[rank];
        }
    }
}
