// The wheel against a plain list of deadlines, on a clock turned by hand.

using CsCheck;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Tests.Io;

public sealed class TimerWheelTests
{
    private const long Slot = 1L << TimerWheel.SlotShift;

    private sealed class Entry : TimerEntry
    {
        public long FiredAt = -1;
        public long Now;
        public Action? WhenFired;

        protected internal override void OnDeadline()
        {
            FiredAt = Now;
            WhenFired?.Invoke();
        }
    }

    private static void Advance(TimerWheel wheel, long now, params IEnumerable<Entry> entries)
    {
        foreach (Entry entry in entries)
        {
            entry.Now = now;
        }

        wheel.Advance(now);
    }

    [Fact]
    public void RandomDeadlines_FireOnceNeverEarlyAndAtMostASlotLate() =>
        Gen.Select(Gen.Long[0, 400 * Slot].Array[1, 40], Gen.Long[1, 40 * Slot].Array[1, 60]).Sample((deadlines, steps) =>
        {
            TimerWheel wheel = new();
            Entry[] entries = [.. deadlines.Select(_ => new Entry())];
            for (int i = 0; i < entries.Length; i++)
            {
                wheel.Set(entries[i], deadlines[i]);
            }

            long now = 0;
            foreach (long step in steps)
            {
                long pause = wheel.UntilNext(now);
                long before = now;
                now += step;
                Advance(wheel, now, entries);
                for (int i = 0; i < entries.Length; i++)
                {
                    bool fired = entries[i].FiredAt >= 0;
                    Assert.False(fired && entries[i].FiredAt < deadlines[i], "early");
                    Assert.False(!fired && now >= deadlines[i] + (2 * Slot), "late");
                    // A loop that sleeps for UntilNext misses nothing.
                    Assert.False(!fired && (pause < 0 || before + pause > deadlines[i] + Slot), "would oversleep");
                }
            }
        });

    [Fact]
    public void MovedFurtherAway_FiresAtTheNewDeadlineOnly()
    {
        TimerWheel wheel = new();
        Entry entry = new();
        wheel.Set(entry, 10 * Slot);
        wheel.Set(entry, 500 * Slot);
        Advance(wheel, 499 * Slot, entry);
        Assert.Equal(-1, entry.FiredAt);
        Advance(wheel, 502 * Slot, entry);
        Assert.Equal(502 * Slot, entry.FiredAt);
    }

    [Fact]
    public void MovedNearer_FiresInTime()
    {
        TimerWheel wheel = new();
        Entry entry = new();
        wheel.Set(entry, 100 * Slot);
        wheel.Set(entry, 3 * Slot);
        Advance(wheel, 5 * Slot, entry);
        Assert.Equal(5 * Slot, entry.FiredAt);
    }

    [Fact]
    public void CancelledOrSuspended_DoesNotFire()
    {
        TimerWheel wheel = new();
        Entry cancelled = new(), suspended = new();
        wheel.Set(cancelled, Slot);
        wheel.Set(suspended, Slot);
        wheel.Cancel(cancelled);
        TimerWheel.Suspend(suspended);
        Advance(wheel, 300 * Slot, cancelled, suspended);
        Assert.Equal((-1, -1), (cancelled.FiredAt, suspended.FiredAt));
        Assert.Equal(-1, wheel.UntilNext(300 * Slot));
    }

    [Fact]
    public void CallbackThatMovesAnotherOfItsSlot_IsObeyed()
    {
        TimerWheel wheel = new();
        Entry first = new(), second = new();
        first.WhenFired = () => wheel.Set(second, 50 * Slot);
        second.WhenFired = () => wheel.Set(first, 50 * Slot);
        wheel.Set(first, Slot);
        wheel.Set(second, Slot);
        Advance(wheel, 3 * Slot, first, second);
        Assert.Single(new[] { first, second }, entry => entry.FiredAt >= 0);
        first.WhenFired = second.WhenFired = null;
        Advance(wheel, 52 * Slot, first, second);
        Assert.True(first.FiredAt >= 0 && second.FiredAt >= 0);
    }
}
