// The cap: one 64-bit word that says when the canary's tokens will all be back. TryTake runs on every worker, HandOver on
// the control thread. Never locks, never waits, never reads a clock. Why it is exact: docs/decisions/0002-one-word-bucket.md.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Split;

/// <summary>
/// A token bucket in GCRA form. The word is the time at which the bucket would be full again; it lies as many token
/// intervals ahead of now as tokens are missing. In every window, tokens taken are at most the level at its start plus
/// rate x length, for the times that callers pass, in whatever order they come.
/// </summary>
/// <remarks>
/// Scale. The word holds 63 bits of time in units of 1/16 ns. A full bucket's span is kept within 2^61 units (4.5 years), so the
/// clock may go to 2^63 - 2^61 units, which is 13.7 years of 365 days. A token's cost is rounded up to a whole unit, so the rate is
/// at most rate/1.6e10 too low: 2e-4 at 3,000,000 a second, 1e-10 at two a second. A bucket that takes longer to fill has
/// coarser units; one that takes over 73 years, or a rate of 0, has no clock at all and holds only what is there.
/// </remarks>
public sealed class TokenBucket
{
    private const long FinestUnitsPerNanosecond = 16;
    private const long SpanMax = 1L << 61;
    private const long ClockMax = long.MaxValue - SpanMax;

    private readonly long _unitsPerNanosecond;
    private readonly long _nowMax;
    private readonly long _cost; // of one token, in units
    private readonly long _span; // of the whole capacity, in units

    private PaddedWord _fullAt; // all workers exchange; the control thread seals
    private volatile TokenBucket? _next; // the control thread writes, before it seals

    /// <summary>A bucket that starts full, or empty where the settings say so.</summary>
    /// <param name="now">Nanoseconds since any fixed point before the process started deciding.</param>
    public TokenBucket(BucketSettings settings, long now) : this(settings)
    {
        _fullAt.Value = settings.StartsEmpty ? Clock(now) + _span : 0;
    }

    private TokenBucket(BucketSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Capacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(settings.RefillRate);
        Settings = settings;
        double capacity = Math.Min(settings.Capacity, SpanMax);
        double interval = 1e9 / settings.RefillRate; // nanoseconds a token; infinite without a rate

        _unitsPerNanosecond = FinestUnitsPerNanosecond;
        while (_unitsPerNanosecond > 0 && capacity * Math.Ceiling(interval * _unitsPerNanosecond) >= SpanMax)
        {
            _unitsPerNanosecond /= 2;
        }

        _nowMax = ClockMax / Math.Max(_unitsPerNanosecond, 1);

        // Up for the cost, down for the span: both against the canary. The whole tokens are multiplied as integers, since a
        // double would lose the last one of a slow bucket.
        _cost = _unitsPerNanosecond > 0 ? (long)Math.Ceiling(interval * _unitsPerNanosecond) : (long)(SpanMax / capacity);
        long whole = (long)capacity;
        _span = whole * _cost + (long)((capacity - whole) * _cost);
    }

    public BucketSettings Settings { get; }

    /// <summary>Takes one token if a whole one is there. One compare-and-swap unless another worker comes between.</summary>
    /// <param name="now">The caller's clock, in nanoseconds; may lag behind that of other callers.</param>
    public bool TryTake(long now)
    {
        long clock = Clock(now);
        long latest = clock + _span - _cost; // the furthest that "full at" may lie with a whole token left
        long fullAt = Volatile.Read(ref _fullAt.Value);
        while (fullAt >= 0)
        {
            long from = Math.Max(fullAt, clock);
            if (from > latest)
            {
                return false;
            }

            long seen = Interlocked.CompareExchange(ref _fullAt.Value, from + _cost, fullAt);
            if (seen == fullAt)
            {
                return true;
            }

            fullAt = seen;
        }

        return Latest().TryTake(now); // sealed
    }

    /// <summary>Tokens there at <paramref name="now"/>, 0..capacity, with their fraction.</summary>
    public double Level(long now)
    {
        long fullAt = Volatile.Read(ref _fullAt.Value);
        return fullAt < 0 ? Latest().Level(now) : Math.Max(0, (double)Left(fullAt, now) / _cost);
    }

    /// <summary>
    /// Ends this bucket and begins one with other settings at the level this one had, at most the new capacity; callers that
    /// still hold this one are led on to it. Once, by one thread.
    /// </summary>
    public TokenBucket HandOver(BucketSettings settings, long now)
    {
        TokenBucket next = new TokenBucket(settings);
        while (true)
        {
            long fullAt = Volatile.Read(ref _fullAt.Value);
            if (fullAt < 0)
            {
                throw new InvalidOperationException("This bucket has been handed over already.");
            }

            // Ready before the seal, so a worker that meets the seal never waits; a token taken meanwhile makes the exchange fail.
            long from = Math.Max(now, EarliestNow(fullAt));
            next._fullAt.Value = next.FullAtFor(Left(fullAt, from), _cost, from);
            _next = next;
            if (Interlocked.CompareExchange(ref _fullAt.Value, fullAt | PaddedWord.Sealed, fullAt) == fullAt)
            {
                return next;
            }
        }
    }

    /// <summary>The bucket at the end of the chain, which was in use a moment ago.</summary>
    private TokenBucket Latest()
    {
        TokenBucket bucket = this;
        while (Volatile.Read(ref bucket._fullAt.Value) < 0)
        {
            bucket = bucket._next!;
        }

        return bucket;
    }

    /// <summary>
    /// How far some caller's clock must have come for the word to be where it is. Callers may be ahead of the thread that
    /// hands over; a change then counts from their time on.
    /// </summary>
    private long EarliestNow(long fullAt) =>
        _unitsPerNanosecond == 0 ? 0 : (Math.Max(fullAt - _span, 0) + _unitsPerNanosecond - 1) / _unitsPerNanosecond;

    /// <summary>Units left at <paramref name="now"/>; below 0 when a caller with a later clock has taken what is not there yet.</summary>
    private long Left(long fullAt, long now)
    {
        long clock = Clock(now);
        return _span - (Math.Max(fullAt, clock) - clock);
    }

    /// <summary>The word at which this bucket has <paramref name="left"/> units of another bucket's cost left, rounded down.</summary>
    private long FullAtFor(long left, long cost, long now)
    {
        Int128 mine = (Int128)left * _cost / cost;
        return Clock(now) + _span - (long)Int128.Min(mine, _span);
    }

    private long Clock(long now) => Math.Clamp(now, 0, _nowMax) * _unitsPerNanosecond;
}
