// Makes one piece of a head that arrives in several segments: a copy that grows with the bytes, each copied once.
// Belongs to one head; never larger than the head limit.

using System.Buffers;

namespace OpenClaw.Protocol;

internal sealed class SegmentGatherer
{
    private const int SmallestCopy = 4096; // a pipe's usual segment

    private byte[] _copy = [];

    /// <summary>How many bytes from the start of the buffer the copy holds.</summary>
    private int _filled;

    internal void Clear() => _filled = 0;

    /// <summary>
    /// The buffer's bytes up to the end of the segment that begins at <paramref name="start"/>, in one piece, at most
    /// <paramref name="limit"/> of them. What earlier calls copied is not copied again.
    /// </summary>
    internal ReadOnlyMemory<byte> Gather(ReadOnlySpan<byte> segment, int start, int limit)
    {
        int end = (int)Math.Min((long)start + segment.Length, limit);
        if (end > _filled)
        {
            if (end > _copy.Length)
            {
                int size = Math.Max(Math.Max(end, SmallestCopy), (int)Math.Min(2L * _copy.Length, limit));
                Array.Resize(ref _copy, size);
            }
            segment[(_filled - start)..(end - start)].CopyTo(_copy.AsSpan(_filled));
            _filled = end;
        }
        return _copy.AsMemory(0, _filled);
    }
}
