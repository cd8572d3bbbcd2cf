// The receiving half of a socket as a PipeReader: one recv per wake-up, into a block that is rented only when bytes are
// there. Edge-triggered: a read that does not fill its room has drained the socket, so none is made to find EAGAIN.
// Loop thread only.

using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace OpenClaw.Edge.Io;

internal sealed class SocketReader(SocketTransport transport) : PipeReader, IValueTaskSource<ReadResult>
{
    private ByteBlock _bytes;
    private LoopSignal _signal;
    private int _examined;
    private int _room = SlabPool.SmallBytes;
    private bool _readable;
    private bool _hungUp;
    private bool _ended;
    private bool _canceled;
    private bool _lent;

    public bool IsWaiting => _signal.IsPending;

    public bool HasUnread => !_bytes.IsEmpty || _hungUp || Receive();

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        transport.Loop.AssertOnLoop();
        return HasNews() || Receive() ? new(Result()) : new(this, _signal.Begin());
    }

    public override bool TryRead(out ReadResult result)
    {
        bool any = HasNews() || Receive();
        result = any ? Result() : default;
        return any;
    }

    public override void AdvanceTo(SequencePosition consumed) => Advance(consumed.GetInteger(), consumed.GetInteger());

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
        Advance(consumed.GetInteger(), examined.GetInteger());

    /// <summary>Ends the read that waits, if one does, with IsCanceled. (One that does not wait is left alone.)</summary>
    public override void CancelPendingRead()
    {
        if (_signal.IsPending)
        {
            _canceled = true;
            _signal.Complete();
        }
    }

    public override void Complete(Exception? exception = null) => _bytes.Release(transport.Loop.Slabs);

    /// <summary>The socket became readable; <paramref name="hungUp"/>: the peer has also closed or failed, so EOF must be read for.</summary>
    public void OnReadable(bool hungUp)
    {
        _readable = true;
        _hungUp |= hungUp;
        if (_signal.IsPending && Receive())
        {
            _signal.Complete();
        }
    }

    /// <summary>No more bytes will come; whoever waits learns it.</summary>
    public void End()
    {
        _ended = true;
        if (_lent)
        {
            _bytes.Abandon();
        }
        else
        {
            _bytes.Release(transport.Loop.Slabs);
        }

        _examined = 0;
        if (_signal.IsPending)
        {
            _signal.Complete();
        }
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        _signal.Check(token);
        return Result();
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _signal.Status(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token);

    private bool HasNews() => _bytes.End > _examined || _ended;

    private ReadResult Result()
    {
        bool canceled = _canceled;
        _canceled = false;
        _lent = !_bytes.IsEmpty;
        return new ReadResult(new ReadOnlySequence<byte>(_bytes.Array, _bytes.Start, _bytes.Length), canceled, _ended);
    }

    private void Advance(int consumed, int examined)
    {
        _lent = false;
        if (_ended && _bytes.IsEmpty)
        {
            return; // closed under the caller's feet: its positions speak of a block that is gone
        }

        _examined = examined;
        _bytes.ConsumeTo(transport.Loop.Slabs, consumed);
        if (_bytes.IsEmpty)
        {
            _examined = 0;
        }
    }

    /// <summary>One recv. True when there is something to tell: bytes, or the end.</summary>
    private unsafe bool Receive()
    {
        if (!_readable || _ended)
        {
            return _ended;
        }

        int unexamined = _bytes.End - _examined;
        _bytes.Reserve(transport.Loop.Slabs, Math.Max(_bytes.IsEmpty ? _room : 1, 1));
        _examined = _bytes.End - unexamined; // the block may have moved
        int room = _bytes.Room;
        nint count;
        fixed (byte* at = _bytes.FreeSpan)
        {
            do
            {
                count = Libc.recv(transport.Descriptor, at, (nuint)room, 0);
            }
            while (count < 0 && Libc.Errno == Libc.EINTR);
        }

        if (count > 0)
        {
            _bytes.Append((int)count);
            Adapt((int)count, room);
            return true;
        }

        if (count < 0 && Libc.Errno == Libc.EAGAIN)
        {
            _readable = false;
            if (_bytes.IsEmpty)
            {
                _bytes.Release(transport.Loop.Slabs);
            }

            return false;
        }

        if (count < 0)
        {
            transport.Fail(TransportFault.Reset);
        }

        _ended = true;
        if (_bytes.IsEmpty)
        {
            _bytes.Release(transport.Loop.Slabs);
        }

        return true;
    }

    /// <summary>A full read asks for larger blocks while a body streams; a small one goes back. A short read means drained.</summary>
    private void Adapt(int count, int room)
    {
        if (count < room)
        {
            _readable = _hungUp; // after a hang-up the end is still to be read
            if (count < _room / 4)
            {
                _room = SlabPool.SmallBytes;
            }
        }
        else if (_room < SlabPool.HugeBytes)
        {
            _room = _room == SlabPool.SmallBytes ? SlabPool.RecordBytes : _room == SlabPool.RecordBytes ? SlabPool.LargeBytes : SlabPool.HugeBytes;
        }
    }
}
