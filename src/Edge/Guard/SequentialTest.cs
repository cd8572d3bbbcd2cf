// Whether one canary is worse than the baseline in one signal: an e-process over pairs of outcomes, in epochs. Control thread only.
// Never allocates after construction, never reads a clock.

using System.Numerics;

namespace OpenClaw.Edge.Guard;

/// <summary>
/// Looks at matched outcomes as often as it likes and rejects "the canary is no worse", wrongly with a chance of alpha at most over all time
/// (docs/decisions/0009-sequential-test.md has the proof).
/// </summary>
public sealed class SequentialTest
{
    /// <summary>A new epoch begins after so many pairs: what a canary has earned before it goes bad must not protect it for long.</summary>
    internal const int EpochPairs = 1000;

    /// <summary>So many outcomes of one arm wait for counterparts of the other; more are averaged away.</summary>
    internal const int WaitingMax = 4;

    private readonly double _logAlpha;

    /// <summary>The first epoch, which lasts for ever, and at i + 1 the one that lasts 2^(i + 1) times <see cref="EpochPairs"/>.</summary>
    private readonly Epoch[] _epochs = new Epoch[1 + 63];

    private int _used = 1;
    private long _begun = 1;
    private double _pairsOfLatest;
    private Arm _canary; // waiting
    private Arm _baseline;
    private bool _isRejected;

    /// <param name="alpha">Chance of ever rejecting a canary that is no worse; above 0, below 1.</param>
    public SequentialTest(double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(alpha, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(alpha, 1);
        _logAlpha = Math.Log(alpha);
        _epochs[0].Begin(1, _logAlpha);
    }

    /// <summary>The numbers of the strongest epoch; once the test has rejected, those of that moment.</summary>
    public Evidence Evidence
    {
        get
        {
            Evidence strongest = _epochs[0].Evidence;
            for (int i = 1; i < _used; i++)
            {
                Evidence evidence = _epochs[i].Evidence;
                if (evidence.LogE - evidence.LogThreshold > strongest.LogE - strongest.LogThreshold)
                {
                    strongest = evidence;
                }
            }

            return strongest;
        }
    }

    /// <summary>Takes what came since the last call. True from the moment the test rejects, for ever; nothing is added then.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Counts below 0, or more badness than outcomes.</exception>
    public bool Add(Arm canary, Arm baseline)
    {
        Check(canary);
        Check(baseline);
        if (_isRejected)
        {
            return true;
        }

        _canary += canary;
        _baseline += baseline;
        long pairs = Math.Min(_canary.Count, _baseline.Count);
        if (pairs > 0)
        {
            Add(pairs, _canary.Of(pairs).Bad, _baseline.Of(pairs).Bad);
        }

        _canary = Waiting(_canary, pairs);
        _baseline = Waiting(_baseline, pairs);
        return _isRejected;
    }

    private void Add(long pairs, double canaryBad, double baselineBad)
    {
        if (_pairsOfLatest >= EpochPairs)
        {
            Begin();
        }

        _pairsOfLatest += pairs;
        for (int i = 0; i < _used; i++)
        {
            ref Epoch epoch = ref _epochs[i];
            epoch.Add(pairs, canaryBad, baselineBad);
            _isRejected |= epoch.IsRejected;
        }
    }

    /// <summary>Epoch number 1 + i takes the place of the one that lasts as long as it: the largest power of two that divides i says how long.</summary>
    private void Begin()
    {
        int place = 1 + BitOperations.TrailingZeroCount(_begun);
        _begun++;
        _pairsOfLatest = 0;
        _used = Math.Max(_used, place + 1);
        _epochs[place].Begin(_begun, _logAlpha);
    }

    private static Arm Waiting(Arm arm, long paired) => arm.Count == paired ? default
        : new Arm(arm.Count - paired, arm.Bad * (arm.Count - paired) / arm.Count).Of(WaitingMax);

    private static void Check(Arm arm)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(arm.Count);
        if (!(arm.Bad >= 0 && arm.Bad <= arm.Count))
        {
            throw new ArgumentOutOfRangeException(nameof(arm), arm, "badness is 0..1 an outcome");
        }
    }

    /// <summary>What was counted since some moment, and how much it takes.</summary>
    private struct Epoch
    {
        private long _number;
        private double _logThreshold;
        private double _pairs;
        private double _canaryBad;
        private double _baselineBad;

        public void Begin(long number, double logAlpha) =>
            this = new Epoch { _number = number, _logThreshold = -Math.Log(Spending.Of(1, number)) - logAlpha };

        public void Add(long pairs, double canaryBad, double baselineBad)
        {
            _pairs += pairs;
            _canaryBad += canaryBad;
            _baselineBad += baselineBad;
        }

        /// <summary>Nothing is won by any bet while the canary has no more badness, and most of the time nothing could have been won that is enough.</summary>
        public readonly bool IsRejected => _canaryBad > _baselineBad
            && Bets.LogCapitalInHindsight(_pairs, _canaryBad, _baselineBad) >= _logThreshold
            && LogE >= _logThreshold;

        public readonly Evidence Evidence => _pairs == 0
            ? new Evidence(0, 0, 0, 0, _logThreshold, _number)
            : new Evidence((long)_pairs, _canaryBad / _pairs, _baselineBad / _pairs, LogE, _logThreshold, _number);

        private readonly double LogE => Bets.LogCapital(_pairs, _canaryBad, _baselineBad);
    }
}
