// The cap: leases over one central word. TryTake runs on every worker, Balance and HandOver on the control thread. Never locks,
// never waits, never reads a clock. Why it stays exact: docs/decisions/0007-leases.md.

using System.Runtime.CompilerServices;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Split;

/// <summary>
/// A token bucket for many workers and ranks of canaries. Its tokens are in the central word and, where the capacity is large enough, in
/// one shard per worker and rank, which leases them with one compare-and-swap and spends them on its own cache line. In every window,
/// tokens spent are at most the level at its start (shards included) plus rate x length, plus rate x what callers' clocks lag.
/// </summary>
public sealed class TokenBucket
{
    /// <summary>All leases together are at most this part of the capacity: what may be out of somebody's reach at a moment.</summary>
    public const double LeasedPart = 1.0 / 64;

    /// <summary>To fetch a lease costs three swaps more than to take a token from the central word: from so many tokens on it pays (decision 7).</summary>
    private const long SmallestLease = 8;

    private readonly double[] _floors;
    private readonly long[] _floorUnits;
    private readonly int _workers;
    private readonly TokenScale _scale;
    private readonly GcraWord _central;
    private readonly long _lease; // tokens that a shard may hold; 0: there are no shards
    private readonly Shard[] _shards; // [worker x ranks + rank]
    private readonly long[] _lastSeen; // the control thread's: what each shard held when it last looked

    private volatile TokenBucket? _next; // the control thread writes, before it seals

    /// <summary>A bucket that starts full, or empty where the settings say so.</summary>
    /// <param name="floors">For each rank, the tokens that it leaves in the bucket. Rank 0 is served first.</param>
    /// <param name="workers">How many threads take tokens.</param>
    /// <param name="now">Nanoseconds since any fixed point before the process started deciding.</param>
    public TokenBucket(BucketSettings settings, IReadOnlyList<double> floors, int workers, long now)
        : this(settings, floors, workers, settings.StartsEmpty ? 0 : long.MaxValue, cost: 1, settings.StartsEmpty ? now : 0) { }

    /// <param name="left">What it starts with, in units of which a token has <paramref name="cost"/>; rounded down, at most the capacity.</param>
    private TokenBucket(BucketSettings settings, IReadOnlyList<double> floors, int workers, long left, long cost, long now)
    {
        Settings = settings;
        _floors = [.. floors];
        _workers = workers;
        _scale = new TokenScale(settings.Capacity, settings.RefillRate);
        _floorUnits = [.. floors.Select(_scale.Floor)];
        _lease = LeaseSize(settings.Capacity);
        _shards = new Shard[_lease == 0 ? 0 : workers * _floors.Length];
        _lastSeen = new long[_shards.Length];

        // The central word first; what it has no room for goes into the shards, in whole tokens.
        long units = (long)Int128.Min((Int128)left * _scale.Cost / cost, _scale.Capacity);
        long span = _scale.Capacity - Leasable * _scale.Cost;
        long tokens = units <= span ? 0 : (units - span + _scale.Cost - 1) / _scale.Cost;
        _central = new GcraWord(_scale, span, units - tokens * _scale.Cost, now);
        Fill(tokens);
    }

    public BucketSettings Settings { get; }

    /// <summary>Tokens that all shards together may hold: the central word's burst is so many tokens less than the capacity.</summary>
    internal long Leasable => _lease * _shards.Length;

    /// <summary>Whether a bucket made from these would be the same, so that this one can go on.</summary>
    public bool IsFor(BucketSettings settings, IReadOnlyList<double> floors, int workers) =>
        Settings == settings && _workers == workers && _floors.SequenceEqual(floors);

    /// <summary>Takes one token if a whole one is there for this rank.</summary>
    /// <param name="worker">Which of the threads, from 0. Correct for any, quick for one's own.</param>
    /// <param name="now">The caller's clock, in nanoseconds; may lag behind that of other callers.</param>
    public bool TryTake(int worker, int rank, long now)
    {
        if (_lease == 0)
        {
            long taken = _central.Take(1, _floorUnits[rank], now);
            return taken > 0 || (taken < 0 && TryTakeFromSuccessor(worker, rank, now));
        }

        ref Shard shard = ref _shards[worker * _floors.Length + rank];
        return shard.TryTake() || ((now >= shard.NothingBefore || shard.IsSealed) && TryLease(ref shard, worker, rank, now));
    }

    /// <summary>Tokens there at <paramref name="now"/>, shards included, 0..capacity, with their fraction.</summary>
    public double Level(long now)
    {
        long fullAt = _central.FullAt;
        if (fullAt < 0)
        {
            return Latest().Level(now);
        }

        double level = Math.Max(0, (double)_central.Left(fullAt, now) / _scale.Cost);
        foreach (ref Shard shard in _shards.AsSpan())
        {
            level += shard.Tokens;
        }

        return Math.Min(level, Settings.Capacity);
    }

    /// <summary>
    /// To be called now and then. A full central word would lose what is refilled: it fills the shards. From one that has room, beyond
    /// what filling the shards takes, idle shards get nothing and give back what they hold.
    /// </summary>
    public void Balance(long now)
    {
        bool isFull = _central.IsFull(now);
        for (int i = 0; i < _shards.Length; i++)
        {
            ref Shard shard = ref _shards[i];
            long tokens = shard.Tokens;
            if (isFull)
            {
                long room = shard.Claim(_lease);
                if (room > 0)
                {
                    shard.Put(Math.Max(0, _central.Take(room, _floorUnits[i % _floors.Length], now)));
                }
            }
            else if (tokens == _lastSeen[i])
            {
                long unused = Math.Min(tokens, _central.Room(now) - Leasable);
                if (unused > 0 && shard.TryTake(unused))
                {
                    Return(unused, now);
                }
            }

            _lastSeen[i] = shard.Tokens;
            shard.NothingBefore = 0; // what was returned may be somebody's before the refill is
        }
    }

    /// <summary>
    /// Ends this bucket and begins one with other settings at the level this one had, at most the new capacity; callers that
    /// still hold this one are led on to it. Once, by one thread.
    /// </summary>
    public TokenBucket HandOver(BucketSettings settings, IReadOnlyList<double> floors, int workers, long now)
    {
        if (_central.IsSealed)
        {
            throw new InvalidOperationException("This bucket has been handed over already.");
        }

        long recalled = 0; // from here on, callers take from the central word, token by token
        foreach (ref Shard shard in _shards.AsSpan())
        {
            recalled += shard.Seal();
        }

        while (true)
        {
            // Ready before the seal, so a worker that meets the seal never waits; a token taken meanwhile makes the exchange fail.
            long fullAt = _central.FullAt;
            long from = Math.Max(now, _central.EarliestNow(fullAt));
            long left = _central.Left(fullAt, from) + recalled * _scale.Cost;
            TokenBucket next = new TokenBucket(settings, floors, workers, left, _scale.Cost, from);
            _next = next;
            if (_central.TrySeal(fullAt))
            {
                return next;
            }
        }
    }

    /// <summary>
    /// Leases for the shard and spends one; else steals one. Without either, remembers until when that must stay so.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryLease(ref Shard shard, int worker, int rank, long now)
    {
        long room = shard.Claim(_lease);
        long taken = _central.Take(Math.Max(room, 1), _floorUnits[rank], now);
        long spare = Math.Max(taken - 1, 0);
        if (room > 0 && !shard.Put(spare))
        {
            Return(spare, now);
        }

        if (taken != 0)
        {
            return taken > 0 || TryTakeFromSuccessor(worker, rank, now);
        }

        if (TrySteal(worker, rank))
        {
            return true;
        }

        shard.NothingBefore = _central.FreeAt(_floorUnits[rank]);
        return false;
    }

    /// <summary>From shards of this rank and of those served later; never what was leased under a lower floor than this rank's own.</summary>
    private bool TrySteal(int worker, int rank)
    {
        for (int from = rank; from < _floors.Length; from++)
        {
            for (int i = 0; i < _workers && _floors[from] >= _floors[rank]; i++)
            {
                if (_shards[(worker + i) % _workers * _floors.Length + from].TryTake())
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>A late caller's place may be none in the successor; it takes the nearest.</summary>
    private bool TryTakeFromSuccessor(int worker, int rank, long now)
    {
        TokenBucket latest = Latest();
        return latest.TryTake(worker % latest._workers, Math.Min(rank, latest._floors.Length - 1), now);
    }

    /// <summary>Gives tokens that were leased and not spent to the central word, and to the shards once that is full.</summary>
    private void Return(long tokens, long now)
    {
        TokenBucket latest;
        do
        {
            latest = Latest();
            tokens -= latest._central.Return(tokens, now);
        }
        while (tokens > 0 && latest._central.IsSealed);
        latest.Fill(tokens);
    }

    private void Fill(long tokens)
    {
        for (int i = 0; i < _shards.Length && tokens > 0; i++)
        {
            long room = Math.Min(_shards[i].Claim(_lease), tokens);
            if (room > 0 && _shards[i].Put(room))
            {
                tokens -= room;
            }
        }
    }

    /// <summary>The bucket at the end of the chain, which was in use a moment ago.</summary>
    private TokenBucket Latest()
    {
        TokenBucket bucket = this;
        while (bucket._central.IsSealed)
        {
            bucket = bucket._next!;
        }

        return bucket;
    }

    /// <summary>Tokens that one shard may hold, or 0 where leases are not worth it, or a rank's floor would leave it none of the central word's.</summary>
    private long LeaseSize(double capacity)
    {
        int shards = _workers * _floors.Length;
        long lease = (long)Math.Min(capacity * LeasedPart / shards, int.MaxValue);
        long central = _scale.Capacity - lease * shards * _scale.Cost;
        return lease < SmallestLease || _floorUnits.Max() + _scale.Cost > central ? 0 : lease;
    }
}
