// The truth of the cap: one 64-bit word that says when the tokens it holds will all be back. Any thread takes and returns; the
// control thread seals. Never locks, never waits, never reads a clock. Why it is exact: docs/decisions/0002-one-word-bucket.md.

namespace OpenClaw.Edge.Split;

/// <summary>
/// A token bucket in GCRA form. The word is the time at which the bucket would be full again; it lies as many token
/// intervals ahead of now as tokens are missing. In every window, tokens taken are at most the level at its start plus
/// rate x length, for the times that callers pass, in whatever order they come.
/// </summary>
internal sealed class GcraWord
{
    private readonly TokenScale _scale;
    private readonly long _span; // of all the tokens that the word can hold, in units

    private PaddedWord _fullAt; // all workers exchange; the control thread seals

    /// <param name="span">Units of all the tokens it can hold: the bucket's, but for those that are counted elsewhere.</param>
    /// <param name="left">Units of the tokens it holds at <paramref name="now"/>.</param>
    public GcraWord(TokenScale scale, long span, long left, long now)
    {
        _scale = scale;
        _span = span;
        _fullAt.Value = scale.Clock(now) + span - left;
    }

    /// <summary>The word itself; negative once it is sealed.</summary>
    public long FullAt => Volatile.Read(ref _fullAt.Value);

    public bool IsSealed => FullAt < 0;

    /// <summary>
    /// Takes up to so many tokens, as long as the floor stays; fails without a whole one. One compare-and-swap unless another
    /// thread comes between.
    /// </summary>
    /// <param name="floor">Units that must stay.</param>
    /// <param name="now">The caller's clock, in nanoseconds; may lag behind that of other callers.</param>
    /// <returns>Tokens taken, 0: none is there; -1: the word is sealed.</returns>
    public long Take(long most, long floor, long now)
    {
        long clock = _scale.Clock(now);
        long latest = clock + _span - floor; // the furthest that "full at" may lie afterwards
        long fullAt = FullAt;
        while (fullAt >= 0)
        {
            long from = Math.Max(fullAt, clock);
            if (latest - from < _scale.Cost)
            {
                return 0;
            }

            long tokens = most == 1 ? 1 : Math.Min(most, (latest - from) / _scale.Cost);
            long seen = Interlocked.CompareExchange(ref _fullAt.Value, from + tokens * _scale.Cost, fullAt);
            if (seen == fullAt)
            {
                return tokens;
            }

            fullAt = seen;
        }

        return -1;
    }

    /// <summary>Puts tokens back that were taken and not spent, as many as there is room for at <paramref name="now"/>.</summary>
    /// <returns>How many that were; 0 once the word is sealed.</returns>
    public long Return(long tokens, long now)
    {
        long fullAt = FullAt;
        while (fullAt >= 0)
        {
            long fitting = Math.Min(tokens, Room(fullAt, now));
            if (fitting == 0)
            {
                return 0;
            }

            long seen = Interlocked.CompareExchange(ref _fullAt.Value, fullAt - fitting * _scale.Cost, fullAt);
            if (seen == fullAt)
            {
                return fitting;
            }

            fullAt = seen;
        }

        return 0;
    }

    /// <summary>Whole tokens missing at <paramref name="now"/>.</summary>
    public long Room(long now) => Room(FullAt, now);

    /// <summary>Nothing is missing, so that what is refilled now is lost.</summary>
    public bool IsFull(long now) => FullAt <= _scale.Clock(now);

    /// <summary>The time before which no token can be had over this floor, unless some are returned.</summary>
    public long FreeAt(long floor) => _scale.FirstNow(FullAt - (_span - floor - _scale.Cost));

    /// <summary>
    /// Units that a word with the value <paramref name="fullAt"/> has left; below 0 when a caller with a later clock has taken what
    /// is not there yet.
    /// </summary>
    public long Left(long fullAt, long now)
    {
        long clock = _scale.Clock(now);
        return _span - (Math.Max(fullAt, clock) - clock);
    }

    /// <summary>
    /// How far some caller's clock must have come for the word to be where it is. Callers may be ahead of the thread that
    /// hands over; a change then counts from their time on.
    /// </summary>
    public long EarliestNow(long fullAt) => _scale.FirstNow(fullAt - _span);

    /// <summary>Ends the word's life if it is still <paramref name="fullAt"/>. Its last value is then known, and nobody takes from it any more.</summary>
    public bool TrySeal(long fullAt) =>
        Interlocked.CompareExchange(ref _fullAt.Value, fullAt | PaddedWord.Sealed, fullAt) == fullAt;

    private long Room(long fullAt, long now) => Math.Max(fullAt - _scale.Clock(now), 0) / _scale.Cost;
}
