// Deadlines of one loop: a wheel of 256 slots of 67 ms. Moving a deadline further away is one store (the entry is looked
// at when its old slot comes round and put off then), which is what a keep-alive connection does all day.
// Used by the loop's thread only; time comes in as an argument.

namespace OpenClaw.Edge.Io;

/// <summary>Something with a deadline. Fires once, at most one slot (67 ms) late.</summary>
internal abstract class TimerEntry
{
    internal TimerEntry? Next, Previous, NextDue;
    internal int Slot = -1;
    internal long SlotTick;

    /// <summary>Nanoseconds of the loop's clock; <see cref="long.MaxValue"/>: none.</summary>
    internal long Deadline = long.MaxValue;

    protected internal abstract void OnDeadline();
}

internal sealed class TimerWheel
{
    public const int SlotShift = 26; // 2^26 ns = 67.1 ms a slot
    private const int Slots = 256;

    private readonly TimerEntry?[] _heads = new TimerEntry?[Slots];
    private readonly ulong[] _occupied = new ulong[Slots / 64];
    private long _tick;

    /// <summary>Sets or moves the deadline of an entry.</summary>
    public void Set(TimerEntry entry, long deadline)
    {
        entry.Deadline = deadline;
        long tick = TickOf(deadline);
        if (entry.Slot >= 0)
        {
            if (entry.SlotTick <= tick)
            {
                return; // looked at earlier than needed: put off then
            }

            Unlink(entry);
        }

        Link(entry, tick);
    }

    public void Cancel(TimerEntry entry)
    {
        entry.Deadline = long.MaxValue;
        if (entry.Slot >= 0)
        {
            Unlink(entry);
        }
    }

    /// <summary>Forgets the deadline but leaves the entry linked: the cheap form for one that is soon set again.</summary>
    public static void Suspend(TimerEntry entry) => entry.Deadline = long.MaxValue;

    /// <summary>Fires every entry whose deadline has passed.</summary>
    public void Advance(long now)
    {
        long target = now >> SlotShift;
        if (target <= _tick)
        {
            return;
        }

        // After a long sleep one round over all slots is enough.
        long first = Math.Max(_tick + 1, target - Slots + 1);
        _tick = target;
        for (long tick = first; tick <= target; tick++)
        {
            int slot = (int)(tick & (Slots - 1));
            if ((_occupied[slot >> 6] & (1ul << slot)) != 0)
            {
                Visit(slot, now);
            }
        }
    }

    /// <summary>Nanoseconds until the next occupied slot has passed; -1 when there is none.</summary>
    public long UntilNext(long now)
    {
        int at = (int)((_tick + 1) & (Slots - 1));
        for (int i = 0; i <= _occupied.Length; i++)
        {
            int word = (at >> 6) + i;
            ulong bits = _occupied[word & 3];
            if (i == 0)
            {
                bits &= ~0ul << at;
            }

            if (bits != 0)
            {
                int slot = ((word & 3) << 6) + System.Numerics.BitOperations.TrailingZeroCount(bits);
                long tick = _tick + 1 + ((slot - at) & (Slots - 1));
                return Math.Max(0, (tick << SlotShift) - now);
            }
        }

        return -1;
    }

    private void Visit(int slot, long now)
    {
        TimerEntry? entry = _heads[slot];
        _heads[slot] = null;
        _occupied[slot >> 6] &= ~(1ul << slot);
        TimerEntry? due = null;
        while (entry is not null)
        {
            // Detach first: a callback may set, cancel or drop any entry, also one of this slot.
            TimerEntry? next = entry.Next;
            entry.Slot = -1;
            entry.Next = entry.Previous = null;
            if (entry.Deadline <= now)
            {
                entry.NextDue = due;
                due = entry;
            }
            else if (entry.Deadline != long.MaxValue)
            {
                Link(entry, TickOf(entry.Deadline));
            }

            entry = next;
        }

        while (due is not null)
        {
            TimerEntry fire = due;
            due = fire.NextDue;
            fire.NextDue = null;
            if (fire.Deadline <= now)
            {
                Cancel(fire);
                fire.OnDeadline();
            }
        }
    }

    /// <summary>The first tick that lies wholly behind the deadline.</summary>
    private static long TickOf(long deadline) => (deadline >> SlotShift) + 1;

    private void Link(TimerEntry entry, long tick)
    {
        tick = Math.Clamp(tick, _tick + 1, _tick + Slots - 1);
        int slot = (int)(tick & (Slots - 1));
        entry.Slot = slot;
        entry.SlotTick = tick;
        entry.Previous = null;
        entry.Next = _heads[slot];
        if (entry.Next is not null)
        {
            entry.Next.Previous = entry;
        }

        _heads[slot] = entry;
        _occupied[slot >> 6] |= 1ul << slot;
    }

    private void Unlink(TimerEntry entry)
    {
        if (entry.Previous is not null)
        {
            entry.Previous.Next = entry.Next;
        }
        else
        {
            _heads[entry.Slot] = entry.Next;
            if (entry.Next is null)
            {
                _occupied[entry.Slot >> 6] &= ~(1ul << entry.Slot);
            }
        }

        if (entry.Next is not null)
        {
            entry.Next.Previous = entry.Previous;
        }

        entry.Next = entry.Previous = null;
        entry.Slot = -1;
    }
}
