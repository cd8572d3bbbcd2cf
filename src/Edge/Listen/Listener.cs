// One worker's listening socket: accepts, hands a connection to a clearly less loaded worker, and leaves a backlog to be
// drained. Worker's thread.

using System.Net;
using System.Text;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Listen;

internal sealed unsafe class Listener : Watcher
{
    private const int AcceptsPerTurn = 64;
    private const long PauseWhenOutOfDescriptors = Clock.Second / 10;

    private readonly Worker _worker;
    private readonly IReadOnlyList<Worker> _workers;
    private readonly ListenerContext _context;
    private readonly Admission _admission;
    private int _descriptor;
    private bool _paused;

    public Listener(Worker worker, IReadOnlyList<Worker> workers, ListenerContext context, Admission admission, int descriptor)
    {
        _worker = worker;
        _workers = workers;
        _context = context;
        _admission = admission;
        _descriptor = descriptor;
    }

    /// <summary>Begins to accept. On the worker's thread.</summary>
    public void Open() => _worker.Loop.Watch(this, _descriptor, edgeTriggered: false);

    /// <summary>Accepts what still waits in the backlog, then closes the socket. On the worker's thread.</summary>
    public void Close()
    {
        if (_descriptor >= 0)
        {
            while (AcceptOne())
            {
            }

            _worker.Loop.Forget(this);
            _ = Libc.close(_descriptor);
            _descriptor = -1;
        }
    }

    protected internal override void OnEvents(uint events)
    {
        for (int i = 0; i < AcceptsPerTurn && AcceptOne(); i++)
        {
        }
    }

    protected internal override void OnDeadline()
    {
        _paused = false;
        Open();
    }

    private bool AcceptOne()
    {
        const int AddressBytes = 128; // sockaddr_storage
        byte* address = stackalloc byte[AddressBytes];
        uint length = AddressBytes;
        int fd = Libc.accept4(_descriptor, address, &length, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
        if (fd < 0)
        {
            if (Libc.Errno is Libc.EMFILE or Libc.ENFILE or Libc.ENOBUFS or Libc.ENOMEM && !_paused)
            {
                // Level-triggered: without a pause the loop would spin until the system has what it lacks.
                _paused = true;
                _worker.Counters.DownstreamRefused++;
                _worker.Loop.Unwatch(this, _descriptor);
                _worker.Loop.Timers.Set(this, _worker.Loop.Now + PauseWhenOutOfDescriptors);
            }

            return false;
        }

        byte[] peer = PeerText(new ReadOnlySpan<byte>(address, (int)length));
        if (!_admission.TryEnter(peer))
        {
            _worker.Counters.DownstreamRefused++;
            _ = Libc.close(fd);
            return true;
        }

        if (_context.Settings.UnixPath is null)
        {
            Libc.SetOption(fd, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
        }

        Worker chosen = Choose();
        if (chosen == _worker)
        {
            Adopt(_worker, fd, peer);
        }
        else
        {
            chosen.Connections.Expect();
            chosen.Loop.Post(() =>
            {
                chosen.Connections.Arrived();
                Adopt(chosen, fd, peer);
            });
        }

        return true;
    }

    private void Adopt(Worker worker, int fd, byte[] peer)
    {
        if (SocketTransport.Accepted(worker.Loop, fd, peer) is { } socket)
        {
            Connection.Start(worker, _context, _admission, socket);
        }
        else
        {
            _admission.Leave(peer);
        }
    }

    /// <summary>The kernel spreads connections by a hash; with few of them the spread is uneven, and a long life keeps it so.</summary>
    private Worker Choose()
    {
        Worker best = _worker;
        int fewest = _worker.Connections.Count - 1; // moving one costs a wake-up: only to a worker with clearly fewer
        foreach (Worker other in _workers)
        {
            if (other.Connections.Count < fewest)
            {
                best = other;
                fewest = other.Connections.Count;
            }
        }

        return best;
    }

    private static byte[] PeerText(ReadOnlySpan<byte> address)
    {
        // sockaddr_in: family, port, 4 bytes; sockaddr_in6: family, port, flow, 16 bytes.
        int family = BitConverter.ToUInt16(address);
        IPAddress? ip = family == Libc.AF_INET ? new IPAddress(address.Slice(4, 4)) : family == Libc.AF_INET6 ? new IPAddress(address.Slice(8, 16)) : null;
        return ip is null ? Unknown : Encoding.ASCII.GetBytes((ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip).ToString());
    }

    /// <summary>A client on a unix socket has no address (RFC 7239 6.2 has the word).</summary>
    private static readonly byte[] Unknown = "unknown"u8.ToArray();
}
