// The exact share at one weight: hands out positions and says which of them are the canary's turn. Take runs on every
// worker, HandOver on the control thread. Never locks, never waits, never allocates in Take. Why it is exact:
// docs/decisions/0001-exact-share.md.

using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace OpenClaw.Edge.Split;

/// <summary>
/// Stratified turns: position n covers the piece from n·w + phase to (n+1)·w + phase of an axis of turns. Between two whole numbers,
/// in a stratum, lies one point, drawn by a keyed hash, and the position that covers it is a turn. So each position is a turn
/// with the chance w, whatever its number, and after any number of positions and any sequence of weights turns and the sum of the
/// weights differ by less than one. Above one half it is the others that are drawn so, and turns are the rest.
/// </summary>
public sealed class ShareSchedule
{
    private readonly ShareTotals _start;
    private readonly ulong _key;

    // Strata belong to the rarer of the two kinds, turns or the rest, so that their steps are at most half a stratum long. A step is
    // _step / 2^64; 0 stands for a kind that never comes.
    private readonly bool _turnsAreCommon;
    private readonly UInt128 _asked; // the weight x 2^64
    private readonly ulong _step;
    private readonly ulong _twoSteps; // or nearly a whole stratum
    private readonly ulong _phase;

    // The first stratum may be the rest of one that an earlier schedule began.
    private readonly bool _firstIsTaken;
    private readonly ulong _firstPoint;

    private PaddedWord _positions; // all workers add; the control thread seals
    private volatile ShareSchedule? _next; // the control thread writes, before it seals

    /// <param name="weight">Share of positions that are turns, 0..1; to 15 digits, as it was written, and rounded up to 2^-64.</param>
    /// <param name="key">Secret of the hash that places the turns, so that nobody outside can foresee them.</param>
    public ShareSchedule(double weight, ulong key) : this(weight, key, default) { }

    private ShareSchedule(double weight, ulong key, ShareTotals start)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(weight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, 1);
        Weight = weight;
        _start = start;
        _key = key;
        _turnsAreCommon = weight > 0.5;
        _asked = FixedPoint(weight);
        _step = _turnsAreCommon ? 0 - (ulong)_asked : (ulong)_asked;
        _twoSteps = _step + Math.Min(_step, ulong.MaxValue - _step);
        _phase = _turnsAreCommon ? 0 - (ulong)start.Asked : (ulong)start.Asked;
        _firstIsTaken = IsTaken(start.Asked, start.TurnTaken);
        _firstPoint = PointRightOf(_phase, 0);
    }

    /// <summary>The schedule in use from now on: <paramref name="previous"/> itself at the same weight, its successor at another, and without one a first.</summary>
    public static ShareSchedule After(ShareSchedule? previous, double weight) =>
        previous is null ? new ShareSchedule(weight, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))))
        : previous.Weight == weight ? previous
        : previous.HandOver(weight);

    /// <summary>Share of positions that are turns, 0..1.</summary>
    public double Weight { get; }

    /// <summary>Takes the next position. True: it is a turn.</summary>
    public bool Take()
    {
        long position = Interlocked.Increment(ref _positions.Value) - 1;
        if (position < 0)
        {
            return Latest().Take(); // sealed; what this call added here counts for nothing
        }

        return (_step != 0 && IsRare((ulong)position)) != _turnsAreCommon;
    }

    /// <summary>What has been handed out so far, by this schedule and those before it (after it, once handed over).</summary>
    public ShareTotals Totals()
    {
        long positions = Volatile.Read(ref _positions.Value);
        return positions < 0 ? Latest().Totals() : TotalsAt(positions);
    }

    /// <summary>
    /// Ends this schedule and begins one with another weight exactly where it stopped; callers that still hold this one
    /// are led on to it. Once, by one thread.
    /// </summary>
    public ShareSchedule HandOver(double weight)
    {
        while (true)
        {
            long positions = Volatile.Read(ref _positions.Value);
            if (positions < 0)
            {
                throw new InvalidOperationException("This schedule has been handed over already.");
            }

            // A successor for this very count stands ready before the seal, so a worker that meets the seal never waits.
            // A position taken meanwhile makes the exchange fail, and the next successor is built for the new count.
            ShareSchedule next = new ShareSchedule(weight, SplitMix.Mix(_key), TotalsAt(positions));
            _next = next;
            if (Interlocked.CompareExchange(ref _positions.Value, positions | PaddedWord.Sealed, positions) == positions)
            {
                return next;
            }
        }
    }

    /// <summary>The schedule at the end of the chain, which was in use a moment ago.</summary>
    private ShareSchedule Latest()
    {
        ShareSchedule schedule = this;
        while (Volatile.Read(ref schedule._positions.Value) < 0)
        {
            schedule = schedule._next!;
        }

        return schedule;
    }

    /// <summary>Whether the rarer kind's stratum has had its own, from whether the turns' has, or the other way round.</summary>
    private bool IsTaken(UInt128 asked, bool taken) => _turnsAreCommon ? (ulong)asked != 0 && !taken : taken;

    private ShareTotals TotalsAt(long positions)
    {
        UInt128 asked = _start.Asked + _asked * (ulong)positions;
        if (_step == 0)
        {
            return new ShareTotals(_start.Eligible + positions, asked, _start.TurnTaken);
        }

        ulong stratum = Math.BigMul((ulong)positions, _step, out ulong low);
        ulong offset = low + _phase;
        stratum += offset < low ? 1UL : 0;
        bool taken = stratum == 0 ? _firstIsTaken || _firstPoint < offset : Point(stratum, offset % _step) < offset;
        return new ShareTotals(_start.Eligible + positions, asked, IsTaken(asked, taken));
    }

    /// <summary>Whether a position covers the point of the stratum that it stands in, or of the next, into which it may reach.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsRare(ulong position)
    {
        ulong stratum = Math.BigMul(position, _step, out ulong low);
        ulong offset = low + _phase;
        stratum += offset < low ? 1UL : 0;
        bool covers = stratum == 0
            ? !_firstIsTaken && Covers(offset, _firstPoint)
            : MayCover(offset, Hash(stratum)) && Covers(offset, Point(stratum, offset % _step));
        ulong over = offset + _step; // how far it reaches into the next stratum, if the sum went over
        return covers || (over < offset && TakesLeftmost(stratum + 1, over));
    }

    private bool Covers(ulong offset, ulong point) => point >= offset && point - offset < _step;

    /// <summary>
    /// The point lies at the stratum's hash or less than a step behind it, or in no position that begins in the stratum. So a position
    /// more than a step away from the hash, on either side, does not cover it, and most need no division.
    /// </summary>
    private bool MayCover(ulong offset, ulong hash) => offset - hash + _step <= _twoSteps;

    /// <summary>The point of a stratum after the first, as a fraction of it.</summary>
    /// <param name="into">How far the position that stands across its left border reaches into it; 0: none does.</param>
    private ulong Point(ulong stratum, ulong into) =>
        TakesLeftmost(stratum, into) && !TookRightmost(stratum - 1, _step - into) ? 0 : PointRightOf(into, stratum);

    /// <summary>
    /// The point lies in the position across the left border, unless the stratum before has its own there. That leaves it a chance of
    /// 1 - left, of which it takes so much that its chance is <paramref name="into"/> in all.
    /// </summary>
    private bool TakesLeftmost(ulong stratum, ulong into) => Math.BigMul(SplitMix.Mix(Hash(stratum)), into - _step, out _) < into; // 1 - (step - into), modulo 1

    /// <summary>The point, if it lies behind the position across the left border: anywhere there alike.</summary>
    private ulong PointRightOf(ulong into, ulong stratum) => into == 0 ? Hash(stratum) : into + Math.BigMul(Hash(stratum), 0 - into, out _);

    /// <summary>Whether a stratum has its point in the position across its right border. Asked for few, and seldom further back than once.</summary>
    /// <param name="part">How much of the stratum that position covers.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TookRightmost(ulong stratum, ulong part)
    {
        ulong offset = 0 - part;
        return stratum == 0 ? !_firstIsTaken && _firstPoint >= offset : Point(stratum, offset % _step) >= offset;
    }

    /// <summary>
    /// The weight x 2^64. 0.3 as a double is a little less than 3/10, and 300 times that is not 90; so it is the decimal number that
    /// counts, rounded up.
    /// </summary>
    private static UInt128 FixedPoint(double weight)
    {
        const decimal twoTo64 = 18446744073709551616m;
        decimal written = (decimal)weight; // to 15 digits
        return written >= 1 ? UInt128.One << 64 : (UInt128)Math.Ceiling(written * twoTo64);
    }

    private ulong Hash(ulong stratum) => SplitMix.Mix(stratum + _key);
}
