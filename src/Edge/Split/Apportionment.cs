// Which of several canaries a turn belongs to, in proportion to their weights. Take runs on every worker, for turns only;
// HandOver on the control thread. Never locks, never waits, never allocates in Take. Why no canary is a whole turn ahead
// or behind while the weights stay: docs/decisions/0001-exact-share.md.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Split;

/// <summary>
/// Apportions turns by quota: after n turns a canary with the proportion p has had less than one more or less than n·p of them. Two
/// canaries share them as two versions share requests, by a <see cref="ShareSchedule"/>. Of three or more, each whose next turn is
/// not too early may have it, and the one whose next turn is due first gets it (earliest deadline first, which keeps every quota when
/// the proportions sum to 1: Tijdeman 1980, Baruah et al. 1996), unless a coin lets its neighbour go first, where that harms no quota.
/// </summary>
internal sealed class Apportionment
{
    /// <summary>One turn, as fractions of turns are counted.</summary>
    private const long Unit = 1L << 60;

    // The word: how many turns there were, and for each canary two bits, how far what it had lies above what was due, rounded
    // down, plus Bias. That is 0 or 1 unless a change of weights left more.
    private const int BitsEach = 2;
    private const int Mask = (1 << BitsEach) - 1;
    private const int Bias = 1;
    private const int CountShift = BitsEach * CanaryList.Max;

    private readonly IReadOnlyList<CanarySettings> _canaries;
    private readonly long[] _proportions; // in units, their sum is one
    private readonly int _largest;
    private readonly double[] _turnsPerUnit; // 1 / proportion
    private readonly long[] _due; // at the start, in units; the fraction that counts
    private readonly ulong _key;
    private readonly ShareSchedule? _first; // of two canaries: whether it is the first one's turn
    private readonly double _rest; // of two canaries: what the first is due beyond its schedule, in turns, too little to be owed

    private PaddedWord _owed; // of two canaries: turns that the first is due beyond its schedule, or, below 0, has had; all workers exchange
    private PaddedWord _word; // all workers exchange; the control thread seals

    /// <param name="canaries">Two or more, with a sum of weights above 0.</param>
    /// <param name="key">Secret of the hash by which neighbours change places.</param>
    public Apportionment(IReadOnlyList<CanarySettings> canaries, ulong key)
        : this(canaries, key, canaries.Count == 2 ? new ShareSchedule(PartOfFirst(canaries), key) : null, new double[canaries.Count]) { }

    /// <param name="lags">Turns that each was due and has not had, more than -2 and less than 2; of two canaries, beyond what their schedule knows.</param>
    private Apportionment(IReadOnlyList<CanarySettings> canaries, ulong key, ShareSchedule? first, double[] lags)
    {
        _first = first;
        _canaries = canaries;
        _key = key;
        double sum = canaries.Sum(canary => canary.Weight);
        _proportions = [.. canaries.Select(canary => (long)(canary.Weight / sum * Unit))];
        _largest = Array.IndexOf(_proportions, _proportions.Max());
        _proportions[_largest] += Unit - _proportions.Sum();
        _turnsPerUnit = [.. _proportions.Select(proportion => 1.0 / proportion)];
        _due = new long[canaries.Count];
        if (first is not null)
        {
            _owed.Value = (long)Math.Round(lags[0]);
            _rest = lags[0] - _owed.Value;
            return;
        }

        for (int i = 0; i < lags.Length; i++)
        {
            double whole = Math.Floor(lags[i]);
            _due[i] = (long)((lags[i] - whole) * Unit);
            _word.Value |= (Bias - (long)whole) << (BitsEach * i);
        }
    }

    /// <summary>The apportionment in use from now on: <paramref name="previous"/> itself if nothing changed, its successor at other weights, and for other canaries a first.</summary>
    /// <param name="error">Turns of all canaries together minus what they asked for, at this moment.</param>
    public static Apportionment After(Apportionment? previous, IReadOnlyList<CanarySettings> canaries, ulong key, double error)
    {
        if (previous is null || !previous._canaries.Select(canary => canary.Version).SequenceEqual(canaries.Select(canary => canary.Version)))
        {
            return new Apportionment(canaries, key);
        }

        bool isSame = previous._canaries.Select(canary => canary.Weight).SequenceEqual(canaries.Select(canary => canary.Weight));
        return isSame ? previous : previous.HandOver(canaries, error);
    }

    /// <summary>Takes the next turn: the place in the list of the canary it belongs to.</summary>
    public int Take()
    {
        if (_first is not null)
        {
            return TakeOfTwo(_first.Take());
        }

        long word = Volatile.Read(ref _word.Value);
        while (true)
        {
            int canary = Choose(word & long.MaxValue);
            if (word < 0)
            {
                return canary; // overtaken by a change of weights: by the old ones, and not counted in the new
            }

            long seen = Interlocked.CompareExchange(ref _word.Value, After(word, canary), word);
            if (seen == word)
            {
                return canary;
            }

            word = seen;
        }
    }

    /// <summary>
    /// Ends these weights and begins others of the same canaries, each as far ahead or behind as it is. Once, by one thread. Of the error
    /// of all together each has its part by its proportion; where that changes, the difference is a lag of its own, or errors would add up.
    /// </summary>
    private Apportionment HandOver(IReadOnlyList<CanarySettings> canaries, double error)
    {
        double sum = canaries.Sum(canary => canary.Weight);
        double[] lags = [.. canaries.Select((canary, i) => error * ((canary.Weight / sum) - ((double)_proportions[i] / Unit)))];
        if (_first is not null)
        {
            lags[0] += _rest + Volatile.Read(ref _owed.Value);
            return new Apportionment(canaries, _key, ShareSchedule.After(_first, PartOfFirst(canaries)), lags);
        }

        long word = Interlocked.Or(ref _word.Value, PaddedWord.Sealed);
        const double most = 2 - 1e-9;
        return new Apportionment(canaries, SplitMix.Mix(_key), null, [.. lags.Select((lag, i) => Math.Clamp(lag + ((double)Fraction(word, i) / Unit) - Ahead(word, i), -most, most))]);
    }

    /// <summary>By the schedule, unless the other is owed a turn and may have one at all.</summary>
    private int TakeOfTwo(bool isFirst)
    {
        long owed = Volatile.Read(ref _owed.Value);
        if (owed != 0 && owed > 0 != isFirst && _first!.Weight is > 0 and < 1)
        {
            isFirst ^= Interlocked.CompareExchange(ref _owed.Value, owed - Math.Sign(owed), owed) == owed;
        }

        return isFirst ? 0 : 1;
    }

    private static double PartOfFirst(IReadOnlyList<CanarySettings> canaries) => canaries[0].Weight / (canaries[0].Weight + canaries[1].Weight);

    /// <summary>
    /// The one whose turn is due first; or, for every second turn and by a coin, the one that would come after it, if neither leaves its
    /// quota in between: afterwards all is as it would have been.
    /// </summary>
    private int Choose(long word)
    {
        int first = EarliestDue(word);
        long turn = word >> CountShift;
        if ((turn & 1) != 0 || (SplitMix.Mix(_key + (ulong)turn) & 1) == 0)
        {
            return first;
        }

        int second = EarliestDue(After(word, first));
        return MayTake(word, second) && !MustTake(word, first) ? second : first;
    }

    /// <summary>
    /// Earliest deadline first: what is due in so many units, with the proportion p, is due in units/p turns. Deadlines that a double cannot
    /// tell apart are a tie; that may break a quota by the rounding of a double.
    /// </summary>
    private int EarliestDue(long word)
    {
        int best = _largest; // all others may be early, where a weight of 0 has left a canary behind for good
        double earliest = double.PositiveInfinity;
        for (int i = 0; i < _proportions.Length; i++)
        {
            long fraction = Fraction(word, i), ahead = Ahead(word, i);
            if (_proportions[i] == 0 || ahead > (fraction + _proportions[i]) >> 60)
            {
                continue; // no turn is its own, or one more would put it a whole turn ahead
            }

            double due = ((1 + ahead) * Unit - fraction) * _turnsPerUnit[i];
            if (due < earliest || (due == earliest && IsHeads(word, i)))
            {
                (best, earliest) = (i, due);
            }
        }

        return best;
    }

    private bool IsHeads(long word, int canary) => (SplitMix.Mix(_key ^ (ulong)(word >> CountShift) ^ ((ulong)(canary + 1) << 56)) & 1) != 0;

    /// <summary>One turn more would not put it a whole turn ahead.</summary>
    private bool MayTake(long word, int canary) => Ahead(word, canary) - Wraps(word, canary) <= 0;

    /// <summary>Without this turn it would be a whole turn behind.</summary>
    private bool MustTake(long word, int canary) => Ahead(word, canary) - Wraps(word, canary) < 0;

    private long After(long word, int taken)
    {
        long next = word + (1L << CountShift);
        for (int i = 0; i < _proportions.Length; i++)
        {
            long change = (i == taken ? 1 : 0) - Wraps(word, i);
            next += Math.Clamp(Ahead(word, i) + change, -Bias, Mask - Bias) - Ahead(word, i) << (BitsEach * i);
        }

        return next;
    }

    /// <summary>What the canary had, minus what was due rounded down.</summary>
    private static long Ahead(long word, int canary) => ((word >> (BitsEach * canary)) & Mask) - Bias;

    /// <summary>The fraction of what is due, in units. Modulo 2^64, of which a unit is a divisor.</summary>
    private long Fraction(long word, int canary) => (_due[canary] + (word >> CountShift) * _proportions[canary]) & (Unit - 1);

    /// <summary>1 if what is due reaches the next whole turn with this one.</summary>
    private long Wraps(long word, int canary) => (Fraction(word, canary) + _proportions[canary]) >> 60;
}
