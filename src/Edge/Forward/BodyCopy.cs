// Small steps of moving a body: one read's worth at a time, from one pipe's block to another's. Worker's thread; holds
// nothing itself.

using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using OpenClaw.Edge.Io;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

internal static class BodyCopy
{
    /// <summary>Most decoded bytes that become one chunk, and so one send.</summary>
    private const int ChunkBytesMax = SlabPool.LargeBytes - ChunkedEncoder.Overhead;

    /// <summary>
    /// Decodes what has come of a chunked body and writes it to <paramref name="output"/>, as one chunk or (for an HTTP/1.0
    /// client) bare. Returns how much of <paramref name="source"/> was used; <see cref="ChunkedStatus.DestinationFull"/> asks to flush and go on.
    /// </summary>
    public static ChunkedStatus Recode(ref ChunkedDecoder decoder, in ReadOnlySequence<byte> source, PipeWriter output, bool chunked, out int consumed, out int decoded)
    {
        ReadOnlySpan<byte> bytes = source.FirstSpan; // a loop's reader is always contiguous
        int room = Math.Min(bytes.Length, ChunkBytesMax);
        int before = chunked ? ChunkedEncoder.PrefixRoom : 0;
        Span<byte> block = output.GetSpan(room + ChunkedEncoder.Overhead + ChunkedEncoder.LastChunk.Length);
        ChunkedStatus status = decoder.Decode(bytes, block.Slice(before, room), out consumed, out decoded);
        int written = decoded;
        if (chunked)
        {
            (int start, int end) = ChunkedEncoder.Frame(block, before, decoded);
            block[start..end].CopyTo(block); // the size line's width is known only now
            written = end - start;
            if (status == ChunkedStatus.Done)
            {
                ChunkedEncoder.LastChunk.CopyTo(block[written..]);
                written += ChunkedEncoder.LastChunk.Length;
            }
        }

        output.Advance(written);
        return status;
    }

    /// <summary>Writes bytes of known number as one chunk.</summary>
    public static void WriteChunk(PipeWriter output, ReadOnlySpan<byte> data)
    {
        Span<byte> block = output.GetSpan(data.Length + ChunkedEncoder.Overhead);
        data.CopyTo(block[ChunkedEncoder.PrefixRoom..]);
        (int start, int end) = ChunkedEncoder.Frame(block, ChunkedEncoder.PrefixRoom, data.Length);
        block[start..end].CopyTo(block);
        output.Advance(end - start);
    }

    /// <summary>Part of a buffer as memory to send from. A loop's reader gives one array.</summary>
    public static ReadOnlyMemory<byte> Slice(in ReadOnlySequence<byte> buffer, long offset, long length) =>
        SequenceMarshal.TryGetArray(buffer, out ArraySegment<byte> array) ? array.AsMemory((int)offset, (int)length) : buffer.First.Slice((int)offset, (int)length);
}
