// The side port: where operators, probes and Prometheus ask. An HTTP/1.1 server on a loop and thread of its own, so that no
// page delays a worker, and so that it answers while workers drain. Its thread ends with the process.

using System.Net;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Listen;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Observe;

internal sealed class SidePort : IDisposable
{
    /// <summary>Probes, scrapers and some operators; whoever leaves connections open loses the oldest idle one.</summary>
    public const int ConnectionsMax = 64;

    private readonly Acceptor _acceptor;
    private readonly SidePages _pages;
    private readonly List<SideConnection> _connections = [];
    private Thread? _thread;

    private SidePort(int descriptor, string address, SidePages pages, TimeProvider time)
    {
        Address = address;
        Date = new DateLine(time);
        _pages = pages;
        _acceptor = new Acceptor(this, descriptor);
    }

    /// <summary>host:port, with the port the kernel chose where 0 was asked for.</summary>
    public string Address { get; }

    public EventLoop Loop { get; } = new();

    public DateLine Date { get; }

    /// <exception cref="StartException">The address cannot be listened on.</exception>
    public static SidePort Open(IPEndPoint endPoint, SidePages pages, TimeProvider time)
    {
        (int[] descriptors, string address) = ListeningSocket.Open(new ListenerSettings { EndPoint = endPoint }, workers: 1);
        return new SidePort(descriptors[0], address, pages, time);
    }

    public void Start()
    {
        Loop.Post(_acceptor.Begin);
        _thread = new Thread(Loop.Run) { Name = "side-port", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Closes everything. For tests; the process does not stop answering before it ends.</summary>
    public void Dispose()
    {
        Loop.Post(() =>
        {
            _acceptor.End();
            _connections.ToList().ForEach(connection => connection.Close());
        });
        Loop.Stop();
        _thread?.Join();
        Loop.Dispose();
    }

    internal void Leave(SideConnection connection) => _connections.Remove(connection);

    private void Adopt(int descriptor)
    {
        if (_connections.Count >= ConnectionsMax)
        {
            _connections.Find(connection => connection.IsIdle)?.Close();
        }

        if (_connections.Count >= ConnectionsMax)
        {
            _ = Libc.close(descriptor);
        }
        else if (SocketTransport.Accepted(Loop, descriptor, "unknown"u8.ToArray()) is { } transport)
        {
            SideConnection connection = new(this, transport, _pages);
            _connections.Add(connection);
            _ = connection.RunAsync();
        }
    }

    private sealed unsafe class Acceptor(SidePort port, int descriptor) : Watcher
    {
        private const long PauseWhenOutOfDescriptors = Clock.Second / 10;

        public void Begin() => port.Loop.Watch(this, descriptor, edgeTriggered: false);

        public void End()
        {
            port.Loop.Forget(this);
            _ = Libc.close(descriptor);
        }

        protected internal override void OnEvents(uint events)
        {
            int fd = Libc.accept4(descriptor, null, null, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
            if (fd >= 0)
            {
                port.Adopt(fd);
            }
            else if (Libc.Errno is Libc.EMFILE or Libc.ENFILE)
            {
                // Level-triggered: without a pause the loop would spin until a descriptor is free.
                port.Loop.Unwatch(this, descriptor);
                port.Loop.Timers.Set(this, port.Loop.Now + PauseWhenOutOfDescriptors);
            }
        }

        protected internal override void OnDeadline() => Begin();
    }
}
