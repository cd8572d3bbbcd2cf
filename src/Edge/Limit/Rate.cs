// The arithmetic of one limit: what a word of a key says at a moment, and what it says after one more request. Values only;
// any thread.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Limit;

/// <summary>
/// GCRA. A key's word is the moment at which its whole burst would be there again; it lies as many intervals ahead of now as
/// requests are missing. In every window, requests charged are at most burst + average / period x length.
/// </summary>
/// <remarks>
/// Moments are counted in 1/16 ns since the process started. An interval is rounded up to a whole unit, so a limit lets through at
/// most 2e-4 less than it says at 3,000,000 a second, and less than that at lower rates. A burst spans 366 days at most
/// (5.1e17 units), so no sum below leaves 64 bits for 17 years.
/// </remarks>
internal readonly struct Rate
{
    private const long UnitsPerNanosecond = 16;
    private const long SpanMax = 1L << 60;
    private const long NowMax = (long.MaxValue - 2 * SpanMax) / UnitsPerNanosecond;

    private readonly long _interval; // between two requests at the average
    private readonly long _span; // of the whole burst

    public Rate(RateLimitSettings settings)
    {
        long period = settings.Period.Ticks * TimeSpan.NanosecondsPerTick * UnitsPerNanosecond;
        _interval = (period + settings.Average - 1) / settings.Average;
        _span = Math.Min(settings.Burst * _interval, SpanMax);
    }

    /// <summary>A worker's clock (nanoseconds) as a moment.</summary>
    public static long Moment(long now) => Math.Clamp(now, 0, NowMax) * UnitsPerNanosecond;

    /// <summary>Nanoseconds until one more request may be charged, rounded up; 0: it may be now.</summary>
    public long Wait(long word, long moment)
    {
        long missing = Math.Max(word, moment) + _interval - _span - moment;
        return missing <= 0 ? 0 : (missing + UnitsPerNanosecond - 1) / UnitsPerNanosecond;
    }

    /// <summary>The word after one more request.</summary>
    public long Charged(long word, long moment) => Math.Max(word, moment) + _interval;

    /// <summary>Nanoseconds in which a spent burst is there again.</summary>
    public long RefillNanoseconds => _span / UnitsPerNanosecond;
}
