// The stream under an SslStream: hands it the ciphertext of a transport one record at a time, and collects what it writes
// so that a flight leaves in one send, before a read that has to wait or with the owner's flush. Because SslStream never
// holds more than the record it works on, the transport's buffer alone tells whether the next read can finish at once.
// Loop thread only.

using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Tls;

internal sealed class RecordStream(SocketTransport transport) : Stream
{
    /// <summary>Type, version, length (RFC 8446 5.1).</summary>
    private const int HeaderBytes = 5;

    private bool _helloSeen;
    private int _left; // bytes of the current record that have not been handed over

    /// <summary>Our ServerHello took up an earlier session.</summary>
    public bool SaidResumed { get; private set; }

    /// <summary>The handshake is done: from here on a write may wait for the peer beside a read, so that reads must not.</summary>
    public bool IsInSession { get; set; }

    /// <summary>The transport ended, with or without close_notify.</summary>
    public bool ReachedEnd { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>True when a whole record stands at the start of the bytes (or they cannot be one, which SslStream then says).</summary>
    public static bool StartsWithWholeRecord(in ReadOnlySequence<byte> bytes)
    {
        ReadOnlySpan<byte> span = bytes.FirstSpan;
        return span.Length >= HeaderBytes && span.Length >= HeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(span[3..]);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (transport.Input.TryRead(out ReadResult ready) && Take(ready, buffer.Span) is var count and >= 0)
        {
            return new(count);
        }

        return ReadSlowlyAsync(buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_helloSeen && ServerHello.SaysResumed(buffer.Span) is { } resumed)
        {
            (_helloSeen, SaidResumed) = (true, resumed);
        }

        buffer.Span.CopyTo(transport.Output.GetSpan(buffer.Length));
        transport.Output.Advance(buffer.Length);
        return default;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("reads are asynchronous");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("writes are asynchronous");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private async ValueTask<int> ReadSlowlyAsync(Memory<byte> buffer)
    {
        // Whoever is about to wait for an answer must have sent its part.
        if (IsInSession)
        {
            transport.SendReady();
        }
        else if (await transport.Output.FlushAsync() is not { IsCompleted: false, IsCanceled: false })
        {
            throw new IOException("the peer no longer reads");
        }

        while (true)
        {
            int count = Take(await transport.Input.ReadAsync(), buffer.Span);
            if (count >= 0)
            {
                return count;
            }
        }
    }

    /// <summary>Copies up to the end of the current record. -1: not enough is there to know where the record ends.</summary>
    private int Take(in ReadResult result, Span<byte> destination)
    {
        ReadOnlySequence<byte> bytes = result.Buffer;
        if (result.IsCanceled)
        {
            transport.Input.AdvanceTo(bytes.Start);
            throw new IOException("the peer sent nothing in time");
        }

        if (destination.IsEmpty && bytes.Length > 0)
        {
            transport.Input.AdvanceTo(bytes.Start);
            return 0; // a zero-byte read asks to be told of data, no more
        }

        ReadOnlySpan<byte> span = bytes.FirstSpan;
        if (_left == 0 && span.Length >= HeaderBytes)
        {
            _left = HeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(span[3..]);
        }

        if (_left == 0 && !result.IsCompleted)
        {
            transport.Input.AdvanceTo(bytes.Start, bytes.End);
            return -1;
        }

        int count = Math.Min(Math.Min(span.Length, destination.Length), _left == 0 ? int.MaxValue : _left);
        span[..count].CopyTo(destination);
        _left = Math.Max(0, _left - count);
        ReachedEnd |= count == 0;
        transport.Input.AdvanceTo(bytes.GetPosition(count));
        return count;
    }
}
