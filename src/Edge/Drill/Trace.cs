// What was seen of the canary during one run, look by look, from a minute before the fault until a little after the trip; and the
// same in slots, few enough to draw. Main thread.

using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Simulate;

namespace OpenClaw.Edge.Drill;

/// <param name="onset">When the fault begins, in nanoseconds from the start of the run.</param>
internal sealed class Trace(long onset)
{
    private const long Second = 1_000_000_000;
    private const long Lead = 60 * Second, TailLeast = 10 * Second;

    /// <summary>A slot holds two looks at least.</summary>
    private const long StepLeast = Second / 2;

    private readonly List<Sight> _sights = [];
    private long _ended, _failed;
    private long _latest;

    /// <summary>Nanoseconds from the start of the run to that of the trace.</summary>
    public long From { get; } = Math.Max(0, onset - Lead);

    /// <summary>When the fault begins, from <see cref="From"/>.</summary>
    public long Onset => onset - From;

    /// <summary>When the canary was taken out, from <see cref="From"/>; null: never.</summary>
    public long? TrippedAt { get; private set; }

    public long Duration => Math.Max(_latest - From, StepLeast);

    /// <summary>Nothing more is to be seen: the trip was a while ago.</summary>
    public bool IsFull(long now) => TrippedAt is { } at && now - From > at + Math.Max(TailLeast, at / 6);

    /// <summary>One request of the canary has ended.</summary>
    public void Count(bool failed)
    {
        _ended++;
        _failed += failed ? 1 : 0;
    }

    public void Trip(long now) => TrippedAt = Math.Max(0, now - From);

    /// <summary>One look of the control thread.</summary>
    public void Look(long now, CanaryStatus seen)
    {
        if (now >= From)
        {
            _sights.Add(new Sight(now - From, seen.Score, Math.Max(seen.Errors.Ratio, seen.Latency.Ratio), _ended, _failed));
            _latest = now;
        }

        _ended = _failed = 0;
    }

    /// <summary>Cut into slots of equal length: the last value of each, and the error rate within it.</summary>
    public Excerpt Cut()
    {
        long step = Math.Max(StepLeast, Timeline.StepFor(Duration));
        int slots = (int)((Duration + step - 1) / step);
        Excerpt cut = new(step, slots);
        long[] ended = new long[slots], failed = new long[slots];
        int next = 0;
        for (int slot = 0; slot < slots; slot++)
        {
            cut.CarryOn(slot);
            for (; next < _sights.Count && _sights[next].At <= (slot + 1) * step; next++)
            {
                Sight sight = _sights[next];
                cut.Put(slot, sight.Score, sight.Evidence);
                (ended[slot], failed[slot]) = (ended[slot] + sight.Ended, failed[slot] + sight.Failed);
            }

            cut.Errors[slot] = ended[slot] == 0 ? 0 : (double)failed[slot] / ended[slot];
        }

        return cut;
    }

    private readonly record struct Sight(long At, Score Score, double Evidence, long Ended, long Failed);
}

/// <summary>A trace in slots.</summary>
/// <param name="step">Nanoseconds of a slot.</param>
internal sealed class Excerpt(long step, int slots)
{
    public long Step => step;

    public double[] Score { get; } = new double[slots];

    public double[] Lower { get; } = new double[slots];

    public double[] Upper { get; } = new double[slots];

    /// <summary>Of what the sequential test takes to reject; 1: it does.</summary>
    public double[] Evidence { get; } = new double[slots];

    /// <summary>Share of the canary's requests that ended in the slot; 0 where none did.</summary>
    public double[] Errors { get; } = new double[slots];

    public void Put(int slot, Score score, double evidence) =>
        (Score[slot], Lower[slot], Upper[slot], Evidence[slot]) = (score.Value, score.Lower, score.Upper, Math.Clamp(evidence, 0, 1));

    /// <summary>Until something is put there, a slot is as the one before.</summary>
    public void CarryOn(int slot)
    {
        if (slot > 0)
        {
            (Score[slot], Lower[slot], Upper[slot], Evidence[slot]) = (Score[slot - 1], Lower[slot - 1], Upper[slot - 1], Evidence[slot - 1]);
        }
    }
}
