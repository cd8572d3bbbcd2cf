// The plaintext side of a TLS connection as a PipeWriter: what collects is encrypted in one go (one record for a head with
// a small body) and its records leave in one send. Loop thread only.

using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Tls;

internal sealed class TlsWriter(TlsTransport transport) : PipeWriter
{
    /// <summary>A body slice up to this size joins what has collected, to share its record and its send.</summary>
    private const int CopyBytesMax = 16 * 1024;

    /// <summary>Largest plaintext of a record (RFC 8446 5.1), and more than any cipher adds to it.</summary>
    private const int RecordBytesMax = 16 * 1024, RecordOverhead = 64;

    private ByteBlock _bytes;
    private bool _busy;
    private bool _broken;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _bytes.Length;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        _bytes.Reserve(transport.Loop.Slabs, Math.Max(sizeHint, 1));
        return _bytes.Free;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes) => _bytes.Append(bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => SendAsync(default);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (!_bytes.IsEmpty && source.Length <= CopyBytesMax)
        {
            source.Span.CopyTo(GetSpan(source.Length));
            Advance(source.Length);
            source = default;
        }

        return SendAsync(source);
    }

    public override void CancelPendingFlush() => transport.Socket.Output.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        _broken = true;
        if (_busy)
        {
            _bytes.Abandon();
        }
        else
        {
            _bytes.Release(transport.Loop.Slabs);
        }
    }

    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private async ValueTask<FlushResult> SendAsync(ReadOnlyMemory<byte> behind)
    {
        if (_broken)
        {
            _bytes.Release(transport.Loop.Slabs);
            return new FlushResult(isCanceled: false, isCompleted: true);
        }

        _busy = true;
        bool encrypted = await EncryptAsync(behind);
        _busy = false;
        _bytes.Release(transport.Loop.Slabs);
        if (!encrypted)
        {
            _broken = true;
            return new FlushResult(isCanceled: false, isCompleted: true);
        }

        return await transport.Socket.Output.FlushAsync();
    }

    private async ValueTask<bool> EncryptAsync(ReadOnlyMemory<byte> behind)
    {
        int plain = _bytes.Length + behind.Length;
        transport.Socket.Output.GetMemory(plain + ((plain / RecordBytesMax) + 2) * RecordOverhead); // room at once, not record by record
        try
        {
            if (!_bytes.IsEmpty)
            {
                await transport.Ssl.WriteAsync(_bytes.Array.AsMemory(_bytes.Start, _bytes.Length));
            }

            if (!behind.IsEmpty)
            {
                await transport.Ssl.WriteAsync(behind);
            }

            return true;
        }
        catch (Exception e) when (TlsTransport.IsOfThePeer(e))
        {
            transport.Fail();
            return false;
        }
    }
}
