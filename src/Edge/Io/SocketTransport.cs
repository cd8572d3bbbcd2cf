// A connected stream socket on a loop: joins a SocketReader and a SocketWriter to one descriptor and passes epoll's
// reports and the deadline on to them. Loop thread only.

using System.IO.Pipelines;
using System.Net;
using System.Threading.Tasks.Sources;

namespace OpenClaw.Edge.Io;

internal sealed unsafe class SocketTransport : Transport
{
    private readonly SocketReader _reader;
    private readonly SocketWriter _writer;
    private readonly SocketWatcher _watcher;
    private TransportFault _fault;

    private SocketTransport(EventLoop loop, int descriptor, byte[] peerText)
    {
        Loop = loop;
        Descriptor = descriptor;
        PeerText = peerText;
        _reader = new SocketReader(this);
        _writer = new SocketWriter(this);
        _watcher = new SocketWatcher(this);
    }

    public int Descriptor { get; private set; }

    public override PipeReader Input => _reader;

    public override PipeWriter Output => _writer;

    public override PipeReader RawInput => _reader;

    public override EventLoop Loop { get; }

    public override TransportFault Fault => _fault;

    public override bool IsClosed => Descriptor < 0;

    public override bool IsTls => false;

    public override byte[] PeerText { get; }

    public override bool HasUnreadInput => _reader.HasUnread;

    public override Action<Transport>? Unattended { get; set; }

    /// <summary>Takes over a descriptor that accept gave. Null, with the descriptor closed, when the kernel will not watch it.</summary>
    public static SocketTransport? Accepted(EventLoop loop, int descriptor, byte[] peerText)
    {
        SocketTransport transport = new(loop, descriptor, peerText);
        return transport.Watch() ? transport : null;
    }

    /// <summary>Opens a connection. The result is 0, or the errno that says why there is none (the transport is closed then).</summary>
    public static (SocketTransport Transport, ValueTask<int> Connected) Connect(EventLoop loop, SocketAddress address, byte[] peerText)
    {
        int family = (int)address.Family switch { (int)System.Net.Sockets.AddressFamily.InterNetwork => Libc.AF_INET, (int)System.Net.Sockets.AddressFamily.InterNetworkV6 => Libc.AF_INET6, _ => Libc.AF_UNIX };
        int fd = Libc.socket(family, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0);
        SocketTransport transport = new(loop, fd, peerText);
        if (fd < 0)
        {
            return (transport, new(Libc.Errno));
        }

        if (family != Libc.AF_UNIX)
        {
            Libc.SetOption(fd, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
        }

        int result;
        fixed (byte* bytes = address.Buffer.Span)
        {
            result = Libc.connect(fd, bytes, (uint)address.Size);
        }

        int error = result == 0 ? 0 : Libc.Errno;
        if (error is not (0 or Libc.EINPROGRESS))
        {
            transport.Close();
            return (transport, new(error));
        }

        if (!transport.Watch())
        {
            return (transport, new(Libc.ENOBUFS));
        }

        return (transport, error == 0 ? new(0) : transport._watcher.WaitForConnect());
    }

    public override void SetDeadline(long at)
    {
        if (Descriptor < 0)
        {
            return;
        }

        if (at == long.MaxValue)
        {
            TimerWheel.Suspend(_watcher);
        }
        else
        {
            Loop.Timers.Set(_watcher, at);
        }
    }

    public override ValueTask<bool> ShutdownAsync()
    {
        if (Descriptor >= 0)
        {
            _ = Libc.shutdown(Descriptor, Libc.SHUT_WR);
        }

        return new(true);
    }

    /// <summary>Sends what has been written as far as the socket takes it now. For the reading side, which may not wait where the writing side does.</summary>
    public void SendReady() => _writer.SendReady();

    public override void CancelRead() => _reader.CancelPendingRead();

    public override void Close()
    {
        Release();
        _watcher.EndConnect(Libc.ECONNREFUSED);
    }

    private void Release()
    {
        int fd = Descriptor;
        if (fd < 0)
        {
            return;
        }

        Descriptor = -1;
        Unattended = null;
        Loop.Forget(_watcher);
        _ = Libc.close(fd);
        _reader.End();
        _writer.End();
    }

    public override void Abort()
    {
        if (Descriptor >= 0)
        {
            long lingerOnForZeroSeconds = 1; // struct linger { int on = 1; int seconds = 0; }
            _ = Libc.setsockopt(Descriptor, Libc.SOL_SOCKET, Libc.SO_LINGER, &lingerOnForZeroSeconds, sizeof(long));
        }

        Close();
    }

    internal void Fail(TransportFault fault)
    {
        if (_fault == TransportFault.None)
        {
            _fault = fault;
        }
    }

    private bool Watch()
    {
        if (Loop.Watch(_watcher, Descriptor))
        {
            return true;
        }

        Fail(TransportFault.Reset);
        Close();
        return false;
    }

    private void OnEvents(uint events)
    {
        const uint HangUp = Libc.EPOLLRDHUP | Libc.EPOLLHUP | Libc.EPOLLERR;
        if (_watcher.IsConnecting)
        {
            _watcher.EndConnect(PendingError());
            return;
        }

        if ((events & (Libc.EPOLLIN | HangUp)) != 0)
        {
            bool attended = _reader.IsWaiting;
            _reader.OnReadable((events & HangUp) != 0);
            if (!attended)
            {
                Unattended?.Invoke(this);
            }
        }

        if (_writer.IsWaiting && (events & (Libc.EPOLLOUT | Libc.EPOLLHUP | Libc.EPOLLERR)) != 0)
        {
            _writer.OnWritable();
        }
    }

    private void OnDeadline()
    {
        if (_watcher.IsConnecting)
        {
            Fail(TransportFault.TimedOut);
            _watcher.EndConnect(Libc.ETIMEDOUT);
        }
        else if (_reader.IsWaiting || _writer.IsWaiting)
        {
            Fail(TransportFault.TimedOut);
            _writer.CancelPendingFlush();
            _reader.CancelPendingRead();
        }
        else
        {
            Unattended?.Invoke(this);
        }
    }

    private int PendingError()
    {
        int error = 0;
        uint size = sizeof(int);
        _ = Libc.getsockopt(Descriptor, Libc.SOL_SOCKET, Libc.SO_ERROR, &error, &size);
        return error;
    }

    /// <summary>The transport's face towards the loop, and the wait for a connect.</summary>
    private sealed class SocketWatcher(SocketTransport transport) : Watcher, IValueTaskSource<int>
    {
        private LoopSignal _connected;
        private int _error;

        public bool IsConnecting => _connected.IsPending;

        public ValueTask<int> WaitForConnect() => new(this, _connected.Begin());

        public void EndConnect(int error)
        {
            if (_connected.IsPending)
            {
                _error = error;
                if (error != 0)
                {
                    transport.Release();
                }

                _connected.Complete();
            }
        }

        int IValueTaskSource<int>.GetResult(short token)
        {
            _connected.Check(token);
            return _error;
        }

        ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _connected.Status(token);

        void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _connected.OnCompleted(continuation, state, token);

        protected internal override void OnEvents(uint events) => transport.OnEvents(events);

        protected internal override void OnDeadline() => transport.OnDeadline();
    }
}
