// The ways in which the same bytes can reach a parser: cut into segments, and in calls that know more and more of them.

using System.Buffers;

namespace OpenClaw.Protocol.Tests;

internal static class Cuts
{
    /// <summary>A sequence with a segment border at each of the given offsets; every segment has memory of its own.</summary>
    internal static ReadOnlySequence<byte> Segmented(ReadOnlySpan<byte> bytes, params ReadOnlySpan<int> borders)
    {
        Segment first = new(bytes[..(borders.IsEmpty ? bytes.Length : borders[0])].ToArray(), 0);
        Segment last = first;
        for (int i = 0; i < borders.Length; i++)
        {
            int end = i + 1 < borders.Length ? borders[i + 1] : bytes.Length;
            last = last.Append(bytes[borders[i]..end].ToArray());
        }
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    internal static ReadOnlySequence<byte> SegmentedEvery(ReadOnlySpan<byte> bytes, int size)
    {
        List<int> borders = [];
        for (int i = size; i < bytes.Length; i += size) { borders.Add(i); }
        return Segmented(bytes, borders.ToArray());
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        internal Segment(byte[] bytes, long start)
        {
            Memory = bytes;
            RunningIndex = start;
        }

        internal Segment Append(byte[] bytes)
        {
            Segment next = new(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
