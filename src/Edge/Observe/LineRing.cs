// Whole lines on their way from one worker to the thread that writes them. The worker adds and never waits: what does not
// fit is refused. One adds, one takes; nothing is locked and nothing allocated after construction.

using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Observe;

internal sealed class LineRing
{
    private readonly byte[] _bytes;
    private PaddedWord _added; // bytes ever added; the worker writes
    private PaddedWord _taken; // bytes ever taken; the writing thread writes

    /// <param name="capacity">Bytes; a power of two.</param>
    public LineRing(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(System.Numerics.BitOperations.IsPow2(capacity), true, nameof(capacity));
        _bytes = GC.AllocateUninitializedArray<byte>(capacity);
    }

    /// <summary>Bytes that wait.</summary>
    public int Length => (int)(Volatile.Read(ref _added.Value) - Volatile.Read(ref _taken.Value));

    /// <summary>Adds a line with its line feed; false: there is no room, and nothing was added.</summary>
    public bool TryAdd(ReadOnlySpan<byte> line)
    {
        long added = _added.Value;
        if (line.Length > _bytes.Length - (added - Volatile.Read(ref _taken.Value)))
        {
            return false;
        }

        int at = (int)(added & (_bytes.Length - 1));
        int before = Math.Min(line.Length, _bytes.Length - at); // up to the ring's seam
        line[..before].CopyTo(_bytes.AsSpan(at));
        line[before..].CopyTo(_bytes);
        Volatile.Write(ref _added.Value, added + line.Length);
        return true;
    }

    /// <summary>The next <paramref name="length"/> bytes, or those before the ring's seam.</summary>
    public ReadOnlySpan<byte> Peek(int length)
    {
        int at = (int)(_taken.Value & (_bytes.Length - 1));
        return _bytes.AsSpan(at, Math.Min(length, _bytes.Length - at));
    }

    public void Take(int length) => Volatile.Write(ref _taken.Value, _taken.Value + length);
}
