// The sending half of a socket as a PipeWriter: what is written collects in one block and leaves in one send; a large
// body slice goes out of the caller's own memory behind it (writev). Sends first, waits for EPOLLOUT only after a partial
// send. Loop thread only.

using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace OpenClaw.Edge.Io;

internal sealed class SocketWriter(SocketTransport transport) : PipeWriter, IValueTaskSource<FlushResult>
{
    /// <summary>Up to here a copy is cheaper than a second vector.</summary>
    private const int CopyBytesMax = 8 * 1024;

    private ByteBlock _bytes;
    private ReadOnlyMemory<byte> _behind;
    private LoopSignal _signal;
    private bool _broken;
    private bool _canceled;

    public bool IsWaiting => _signal.IsPending;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _bytes.Length;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        _bytes.Reserve(transport.Loop.Slabs, Math.Max(sizeHint, 1));
        return _bytes.Free;
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        _bytes.Reserve(transport.Loop.Slabs, Math.Max(sizeHint, 1));
        return _bytes.FreeSpan;
    }

    public override void Advance(int bytes) => _bytes.Append(bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        transport.Loop.AssertOnLoop();
        if (_signal.IsPending)
        {
            throw new InvalidOperationException("a flush waits already"); // its waiter would never be resumed
        }

        return Send() ? new(Result()) : new(this, _signal.Begin());
    }

    /// <summary>Sends what has collected and then <paramref name="source"/>, which must stay as it is until the flush completes.</summary>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (!_bytes.IsEmpty && source.Length <= Math.Max(_bytes.Room, CopyBytesMax))
        {
            source.Span.CopyTo(GetSpan(source.Length));
            Advance(source.Length);
        }
        else
        {
            _behind = source;
        }

        return FlushAsync(cancellationToken);
    }

    /// <summary>Sends what the socket takes at once, without waiting; the rest goes with a flush that waits, or with the next.</summary>
    public void SendReady()
    {
        if (!_signal.IsPending)
        {
            Send();
        }
    }

    public override void CancelPendingFlush()
    {
        if (_signal.IsPending)
        {
            _canceled = true;
            _broken = true; // what is left is a torn message, and the caller takes its memory back: never sent
            Discard();
            _signal.Complete();
        }
    }

    public override void Complete(Exception? exception = null) => Discard();

    /// <summary>The socket takes bytes again.</summary>
    public void OnWritable()
    {
        if (_signal.IsPending && Send())
        {
            _signal.Complete();
        }
    }

    /// <summary>Nothing more can be sent; whoever waits learns it.</summary>
    public void End()
    {
        _broken = true;
        Discard();
        if (_signal.IsPending)
        {
            _signal.Complete();
        }
    }

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token)
    {
        _signal.Check(token);
        return Result();
    }

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _signal.Status(token);

    void IValueTaskSource<FlushResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token);

    private FlushResult Result()
    {
        bool canceled = _canceled;
        _canceled = false;
        return new FlushResult(canceled, _broken);
    }

    private void Discard()
    {
        _bytes.Release(transport.Loop.Slabs);
        _behind = default;
    }

    /// <summary>Sends until all has gone (true), the peer is gone (true, broken) or the socket is full (false).</summary>
    private bool Send()
    {
        while (!_broken && (!_bytes.IsEmpty || !_behind.IsEmpty))
        {
            nint sent = SendOnce();
            if (sent >= 0)
            {
                Take((int)sent);
                continue;
            }

            int error = Libc.Errno;
            if (error == Libc.EAGAIN)
            {
                return false;
            }

            if (error != Libc.EINTR)
            {
                transport.Fail(TransportFault.Reset);
                _broken = true;
            }
        }

        if (_broken)
        {
            Discard();
        }

        return true;
    }

    private unsafe nint SendOnce()
    {
        fixed (byte* first = _bytes.Filled)
        fixed (byte* second = _behind.Span)
        {
            if (second is null)
            {
                return Libc.send(transport.Descriptor, first, (nuint)_bytes.Length, Libc.MSG_NOSIGNAL);
            }

            if (first is null)
            {
                return Libc.send(transport.Descriptor, second, (nuint)_behind.Length, Libc.MSG_NOSIGNAL);
            }

            Libc.IoVector* vectors = stackalloc Libc.IoVector[2];
            vectors[0] = new() { Base = first, Length = (nuint)_bytes.Length };
            vectors[1] = new() { Base = second, Length = (nuint)_behind.Length };
            return Libc.writev(transport.Descriptor, vectors, 2); // SIGPIPE is ignored by the runtime
        }
    }

    private void Take(int sent)
    {
        int fromBlock = Math.Min(sent, _bytes.Length);
        if (fromBlock > 0)
        {
            _bytes.ConsumeTo(transport.Loop.Slabs, _bytes.Start + fromBlock);
        }

        _behind = _behind[(sent - fromBlock)..];
    }
}
