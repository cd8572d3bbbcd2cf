// The plaintext side of a TLS connection as a PipeReader. Waits for whole records on the socket and only then asks
// SslStream, which therefore nearly always answers at once: an idle connection holds no buffer and no suspended read.
// Loop thread only.

using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Tls;

internal sealed class TlsReader(TlsTransport transport) : PipeReader
{
    private ByteBlock _bytes;
    private int _examined;
    private bool _ended;

    public bool HasUnread => !_bytes.IsEmpty || _ended;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        HasNews() ? new(Result(canceled: false)) : FillAsync();

    public override bool TryRead(out ReadResult result)
    {
        result = HasNews() ? Result(canceled: false) : default;
        return HasNews();
    }

    public override void AdvanceTo(SequencePosition consumed) => Advance(consumed.GetInteger(), consumed.GetInteger());

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => Advance(consumed.GetInteger(), examined.GetInteger());

    public override void CancelPendingRead() => transport.CancelRead();

    public override void Complete(Exception? exception = null)
    {
        _ended = true;
        _bytes.Abandon(); // perhaps still being read by whoever closed us
        _examined = 0;
    }

    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private async ValueTask<ReadResult> FillAsync()
    {
        PipeReader ciphertext = transport.Socket.Input;
        while (true)
        {
            if (!ciphertext.TryRead(out ReadResult raw))
            {
                transport.Socket.SendReady(); // session tickets, if nothing has taken them along
                raw = await ciphertext.ReadAsync();
            }

            bool whole = RecordStream.StartsWithWholeRecord(raw.Buffer);
            ciphertext.AdvanceTo(raw.Buffer.Start, whole ? raw.Buffer.Start : raw.Buffer.End);
            if (raw.IsCanceled)
            {
                return Result(canceled: true);
            }

            if (whole || raw.IsCompleted)
            {
                break;
            }
        }

        int unexamined = _bytes.End - _examined;
        _bytes.Reserve(transport.Loop.Slabs, SlabPool.RecordBytes);
        _examined = _bytes.End - unexamined;
        int count = await DecryptAsync();
        if (count > 0)
        {
            _bytes.Append(count);
        }
        else
        {
            _ended = true;
            if (_bytes.IsEmpty)
            {
                _bytes.Release(transport.Loop.Slabs);
            }
        }

        return Result(canceled: false);
    }

    /// <summary>0: the peer said close_notify, or ended without it (then the transport has a fault: what came may be cut short).</summary>
    private async ValueTask<int> DecryptAsync()
    {
        try
        {
            int count = await transport.Ssl.ReadAsync(_bytes.Free);
            if (count == 0 && transport.Records.ReachedEnd)
            {
                transport.Fail();
            }

            return count;
        }
        catch (Exception e) when (TlsTransport.IsOfThePeer(e))
        {
            transport.Fail();
            return 0;
        }
    }

    private bool HasNews() => _bytes.End > _examined || _ended;

    private ReadResult Result(bool canceled) =>
        new(new ReadOnlySequence<byte>(_bytes.Array, _bytes.Start, _bytes.Length), canceled, _ended);

    private void Advance(int consumed, int examined)
    {
        if (_ended && _bytes.IsEmpty)
        {
            return;
        }

        _examined = examined;
        _bytes.ConsumeTo(transport.Loop.Slabs, consumed);
        if (_bytes.IsEmpty)
        {
            _examined = 0;
        }
    }
}
