// The exact share at one weight: hands out positions and says which of them are the canary's turn. Take runs on every
// worker, HandOver on the control thread. Never locks, never waits, never allocates in Take. Why it is exact:
// docs/decisions/0001-exact-share.md.

using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace OpenClaw.Edge.Split;

/// <summary>What a position is in its stratum.</summary>
public enum Place : byte { Ordinary, Turn, Baseline }

/// <summary>
/// Stratified turns: position n stands at n·w + phase on an axis of turns; the positions between two whole numbers are a
/// stratum, and exactly one of them, picked by a keyed hash of the stratum, is a turn. After any number of positions and
/// any sequence of weights, turns and the sum of the weights differ by less than one. Another place of the same stratum,
/// if it has two, is the turn's baseline: its like among those that go to stable. A stratum cut by a change of weight has none.
/// </summary>
public sealed class ShareSchedule
{
    private readonly ShareTotals _start;
    private readonly ulong _key;

    // The weight is _step / 2^64; a _step of 0 stands for the weights 0 and 1, which _always tells apart.
    private readonly ulong _step;
    private readonly bool _always;
    private readonly ulong _phase;

    // A whole stratum holds _longest positions if its first one stands no further than _slack into it, else one fewer.
    private readonly ulong _longest;
    private readonly ulong _slack;

    // Of the first stratum, which may be the rest of one that an earlier schedule began.
    private readonly ulong _firstIndex;
    private readonly ulong _firstTurn;
    private readonly ulong _firstBaseline = ulong.MaxValue;

    private PaddedWord _positions; // all workers add; the control thread seals
    private volatile ShareSchedule? _next; // the control thread writes, before it seals

    /// <param name="weight">Share of positions that are turns, 0..1; kept to 2^-63.</param>
    /// <param name="key">Secret of the hash that places the turns, so that nobody outside can foresee them.</param>
    public ShareSchedule(double weight, ulong key) : this(weight, key, default) { }

    private ShareSchedule(double weight, ulong key, ShareTotals start)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(weight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, 1);
        Weight = weight;
        _start = start;
        _key = key;
        _always = weight == 1;
        _step = _always ? 0 : (ulong)(weight * (1UL << 63)) << 1; // even, so that no count below reaches 2^64
        if (_step == 0)
        {
            return;
        }

        _phase = (ulong)start.Asked;
        _longest = ulong.MaxValue / _step + 1;
        _slack = ulong.MaxValue % _step;
        ulong left = (ulong.MaxValue - _phase) / _step + 1;
        (_firstIndex, _firstTurn) = (1, 0);
        if (!start.TurnTaken)
        {
            (_firstIndex, _firstTurn) = (0, Draw(Hash(0), left, out ulong baseline));
            _firstBaseline = start.Asked == 0 ? baseline : ulong.MaxValue;
        }
    }

    /// <summary>The schedule in use from now on: <paramref name="previous"/> itself at the same weight, its successor at another, and without one a first.</summary>
    public static ShareSchedule After(ShareSchedule? previous, double weight) =>
        previous is null ? new ShareSchedule(weight, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))))
        : previous.Weight == weight ? previous
        : previous.HandOver(weight);

    /// <summary>Share of positions that are turns, 0..1.</summary>
    public double Weight { get; }

    /// <summary>Takes the next position. True: it is a turn.</summary>
    public bool Take() => Take(out _) == Place.Turn;

    /// <summary>Takes the next position and says what it is.</summary>
    /// <param name="stratum">Number of its stratum, and so of the turn in it, over all schedules.</param>
    public Place Take(out long stratum)
    {
        long position = Interlocked.Increment(ref _positions.Value) - 1;
        if (position < 0)
        {
            return Latest().Take(out stratum); // sealed; what this call added here counts for nothing
        }

        stratum = (long)(ulong)(_start.Asked >> 64);
        if (_step == 0)
        {
            stratum += _always ? position : 0;
            return _always ? Place.Turn : Place.Ordinary;
        }

        stratum += (long)Find((ulong)position, out ulong index, out ulong turn, out ulong baseline);
        return index == turn ? Place.Turn : index == baseline ? Place.Baseline : Place.Ordinary;
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

    private ShareTotals TotalsAt(long positions)
    {
        bool taken = _start.TurnTaken;
        UInt128 asked = _start.Asked + (_always ? (UInt128)(ulong)positions << 64 : (UInt128)_step * (ulong)positions);
        if (_step != 0)
        {
            Find((ulong)positions, out ulong index, out ulong turn, out _);
            taken = turn < index;
        }

        return new ShareTotals(_start.Eligible + positions, asked, taken);
    }

    /// <summary>A position's stratum, its place inside, and the places there of the turn and its baseline.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Find(ulong position, out ulong index, out ulong turn, out ulong baseline)
    {
        ulong stratum = Math.BigMul(position, _step, out ulong low);
        ulong offset = low + _phase;
        if (offset < low)
        {
            stratum++;
        }

        if (stratum == 0)
        {
            (index, turn, baseline) = (position + _firstIndex, _firstTurn, _firstBaseline);
            return 0;
        }

        index = offset / _step;
        ulong count = offset - index * _step <= _slack ? _longest : _longest - 1;
        turn = Draw(Hash(stratum), count, out baseline);
        return stratum;
    }

    /// <summary>
    /// Two different places of <paramref name="count"/>. The hash as a fraction of 2^64 times the count is the first; what stands
    /// behind the point is a fraction again, and picks among the others. Of a single place the second lies outside.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Draw(ulong hash, ulong count, out ulong baseline)
    {
        ulong turn = Math.BigMul(hash, count, out ulong rest);
        baseline = Math.BigMul(rest, count - 1, out _);
        baseline += baseline >= turn ? 1UL : 0;
        return turn;
    }

    private ulong Hash(ulong stratum) => SplitMix.Mix(stratum + _key);
}
