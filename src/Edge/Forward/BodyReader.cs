// Reads the whole of a small body that the edge itself is meant to understand, in any framing and any cut. The thread of the
// transport's loop; never reads a byte behind the body, and keeps no more than there is room for.

using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using OpenClaw.Edge.Io;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

internal enum BodyEnd : byte
{
    Whole,

    /// <summary>There is more of it than room.</summary>
    TooLarge,

    /// <summary>Its chunks break RFC 9112 7.1.</summary>
    Invalid,

    /// <summary>The deadline passed.</summary>
    Late,

    /// <summary>The sender ended before the body did.</summary>
    Cut,
}

/// <param name="into">Takes the body.</param>
internal sealed class BodyReader(Transport transport, byte[] into)
{
    /// <summary>What was read of the body, without its framing.</summary>
    public ReadOnlyMemory<byte> Bytes => into.AsMemory(0, Length);

    private int Length { get; set; }

    /// <summary>What the reader gave last, not yet advanced.</summary>
    public ReadOnlySequence<byte> Rest { get; private set; }

    /// <summary>Bytes of <see cref="Rest"/> that belong to the message; behind a body that is not whole, nothing can be told apart.</summary>
    public int Used { get; private set; }

    /// <param name="buffer">What the reader gave, not yet advanced; the head lies at its start.</param>
    /// <param name="deadline">For the whole body, so that a drip does not last.</param>
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    public async ValueTask<BodyEnd> ReadAsync(BodyFraming framing, ReadOnlySequence<byte> buffer, int headEnd, long deadline)
    {
        ChunkedDecoder decoder = default;
        (Rest, Used) = (buffer, headEnd);
        if (framing.Length > into.Length)
        {
            return BodyEnd.TooLarge;
        }

        transport.SetDeadline(deadline);
        bool ended = false;
        while (true)
        {
            ReadOnlySpan<byte> bytes = Rest.FirstSpan[Used..]; // a loop's reader is always contiguous
            ChunkedStatus status = framing.Kind == BodyKind.Chunked
                ? decoder.Decode(bytes, into.AsSpan(Length), out int consumed, out int decoded)
                : TakeBare(framing, bytes, out consumed, out decoded);
            Used += consumed;
            Length += decoded;
            if (status != ChunkedStatus.NeedMore)
            {
                return status switch { ChunkedStatus.Done => BodyEnd.Whole, ChunkedStatus.Invalid => BodyEnd.Invalid, _ => BodyEnd.TooLarge };
            }

            if (ended)
            {
                return BodyEnd.Cut;
            }

            transport.Input.AdvanceTo(Rest.GetPosition(Used));
            ReadResult read = await transport.Input.ReadAsync();
            (Rest, Used) = (read.Buffer, 0);
            ended = read.IsCompleted;
            if (read.IsCanceled)
            {
                return BodyEnd.Late;
            }
        }
    }

    private ChunkedStatus TakeBare(BodyFraming framing, ReadOnlySpan<byte> bytes, out int consumed, out int decoded)
    {
        consumed = decoded = (int)Math.Min(framing.Length - Length, bytes.Length);
        bytes[..consumed].CopyTo(into.AsSpan(Length));
        return Length + consumed == framing.Length ? ChunkedStatus.Done : ChunkedStatus.NeedMore;
    }
}
