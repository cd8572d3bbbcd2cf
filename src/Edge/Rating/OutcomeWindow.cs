// The outcomes of the last minute (or other window), in slots that fall out one by one. Control thread only.

namespace OpenClaw.Edge.Rating;

/// <summary>A ring of slots with a running sum. What is added at a time leaves the sum one window later, to the slot.</summary>
internal sealed class OutcomeWindow(TimeSpan window)
{
    public const int Slots = 240; // 60 s in ticks of 250 ms

    private readonly OutcomeCounts[] _slots = new OutcomeCounts[Slots];
    private readonly long _slotNanoseconds = Math.Max(1, (long)(window.TotalNanoseconds / Slots));
    private long _latest = -1;

    public OutcomeCounts Sum { get; private set; }

    /// <summary>The same outcomes over another length: what it no longer reaches is gone, what had left does not come back.</summary>
    public OutcomeWindow Resized(TimeSpan length)
    {
        OutcomeWindow resized = new(length);
        for (long slot = Math.Max(0, _latest - Slots + 1); slot <= _latest; slot++)
        {
            resized.Add(_slots[slot % Slots], slot * _slotNanoseconds);
        }

        return resized;
    }

    /// <summary>Moves the window's end to <paramref name="now"/>, 0 or more, and adds what came since the last call. A clock that runs back stands still.</summary>
    public void Add(OutcomeCounts counts, long now)
    {
        long slot = now / _slotNanoseconds;
        for (long expired = Math.Max(_latest + 1, slot - Slots + 1); expired <= slot; expired++)
        {
            ref OutcomeCounts old = ref _slots[expired % Slots];
            Sum -= old;
            old = default;
        }

        _latest = Math.Max(_latest, slot);
        _slots[_latest % Slots] += counts;
        Sum += counts;
    }
}
