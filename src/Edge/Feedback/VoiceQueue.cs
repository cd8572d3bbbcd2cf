// Voices on their way to the rating: workers and the side port put them in, the control thread takes them out at its ticks.
// Bounded; behind a lock, since voices are rare. Never waits for room.

using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Feedback;

internal sealed class VoiceQueue(int capacity = VoiceQueue.UsualCapacity)
{
    /// <summary>More than the largest batch, and 65,000 single voices a second at four ticks.</summary>
    private const int UsualCapacity = 16_384;

    private readonly Lock _lock = new();
    private readonly Queue<(Voice Voice, int Count)> _entries = new();
    private int _taken; // of the first

    /// <summary>Entries that wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    public bool IsFull => Count >= capacity;

    /// <summary>False: there is no room.</summary>
    /// <param name="count">So many have said the same.</param>
    public bool TryAdd(in Voice voice, int count)
    {
        lock (_lock)
        {
            if (_entries.Count >= capacity)
            {
                return false;
            }

            _entries.Enqueue((voice, count));
            return true;
        }
    }

    /// <summary>The next single voice. False: there is none.</summary>
    public bool TryTake(out Voice voice)
    {
        lock (_lock)
        {
            bool found = _entries.TryPeek(out (Voice Voice, int Count) first);
            voice = first.Voice;
            if (found && ++_taken >= first.Count)
            {
                _entries.Dequeue();
                _taken = 0;
            }

            return found;
        }
    }
}
