// How tokens and nanoseconds become the units of the cap's word, and which way each rounds. A value; any thread.

namespace OpenClaw.Edge.Split;

/// <summary>The unit of a bucket's word: 1/16 ns, or coarser where a full bucket would not fit.</summary>
/// <remarks>
/// The word holds 63 bits of time. A full bucket's span is kept within 2^61 units (4.5 years at 1/16 ns), so the clock may go to
/// 2^63 - 2^61 units, which is 13.7 years of 365 days. A token's cost is rounded up to a whole unit, so the rate is at most
/// rate/1.6e10 too low: 2e-4 at 3,000,000 a second, 1e-10 at two a second. A bucket that takes longer to fill has coarser units; one
/// that takes over 73 years, or a rate of 0, has no clock at all and holds only what is there.
/// </remarks>
internal readonly struct TokenScale
{
    private const long FinestUnitsPerNanosecond = 16;
    private const long SpanMax = 1L << 61;
    private const long ClockMax = long.MaxValue - SpanMax;

    private readonly long _unitsPerNanosecond; // 0: the clock stands still
    private readonly long _nowMax;

    /// <param name="capacity">Tokens of a full bucket; at least 1.</param>
    /// <param name="refillRate">Tokens per second; 0 or more.</param>
    public TokenScale(double capacity, double refillRate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(refillRate);
        capacity = Math.Min(capacity, SpanMax);
        double interval = 1e9 / refillRate; // nanoseconds a token; infinite without a rate

        _unitsPerNanosecond = FinestUnitsPerNanosecond;
        while (_unitsPerNanosecond > 0 && capacity * Math.Ceiling(interval * _unitsPerNanosecond) >= SpanMax)
        {
            _unitsPerNanosecond /= 2;
        }

        _nowMax = ClockMax / Math.Max(_unitsPerNanosecond, 1);
        Cost = _unitsPerNanosecond > 0 ? (long)Math.Ceiling(interval * _unitsPerNanosecond) : (long)(SpanMax / capacity);
        Capacity = Whole(capacity, out double fraction) + (long)(fraction * Cost);
    }

    /// <summary>Of one token, in units; rounded up, against the canary.</summary>
    public long Cost { get; }

    /// <summary>Of a full bucket, in units; rounded down, against the canary.</summary>
    public long Capacity { get; }

    /// <summary>What a rank leaves, in units; rounded up, against the canary, but a full bucket has one token more.</summary>
    public long Floor(double tokens)
    {
        long units = Whole(Math.Min(tokens, SpanMax / Cost), out double fraction) + (long)Math.Ceiling(fraction * Cost);
        return Math.Min(units, Capacity - Cost);
    }

    /// <summary>A caller's nanoseconds in units; earlier than 0 and later than the word can say count as those ends.</summary>
    public long Clock(long now) => Math.Clamp(now, 0, _nowMax) * _unitsPerNanosecond;

    /// <summary>The first nanosecond whose <see cref="Clock"/> is at least <paramref name="clock"/>; never, where it stands still.</summary>
    public long FirstNow(long clock) =>
        clock <= 0 ? 0 : _unitsPerNanosecond == 0 ? long.MaxValue : ((clock - 1) / _unitsPerNanosecond) + 1;

    /// <summary>The whole tokens are multiplied as integers, since a double would lose the last one of a slow bucket.</summary>
    private long Whole(double tokens, out double fraction)
    {
        long whole = (long)tokens;
        fraction = tokens - whole;
        return whole * Cost;
    }
}
