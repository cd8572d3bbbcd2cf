// Opens listening sockets. A port that is taken fails loudly, although SO_REUSEPORT would let a second edge share it and
// silently take half of the traffic. Start-up thread.

using System.Net;
using System.Net.Sockets;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Listen;

internal static unsafe class ListeningSocket
{
    /// <summary>The kernel cuts it to net.core.somaxconn.</summary>
    private const int Backlog = 4096;

    /// <summary>One descriptor per worker for an address with a port; one in all for a unix socket.</summary>
    /// <returns>The descriptors, and the address with the port the kernel chose where 0 was asked for.</returns>
    public static (int[] Descriptors, string Address) Open(ListenerSettings settings, int workers) =>
        settings.UnixPath is { } path ? ([OpenUnix(path)], $"unix:{path}") : OpenPort(settings.EndPoint!, workers);

    private static (int[], string) OpenPort(IPEndPoint endPoint, int workers)
    {
        if (endPoint.Port != 0)
        {
            _ = Libc.close(Bind(endPoint, shared: false)); // fails if anyone holds the port, shared or not
        }

        int[] descriptors = new int[workers];
        for (int i = 0; i < workers; i++)
        {
            int fd = Bind(endPoint, shared: true);
            descriptors[i] = Listen(fd, endPoint.ToString());
            if (endPoint.Port == 0)
            {
                endPoint = new IPEndPoint(endPoint.Address, PortOf(fd));
            }
        }

        return (descriptors, endPoint.ToString());
    }

    private static int Bind(IPEndPoint endPoint, bool shared)
    {
        bool v6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        int fd = Create(v6 ? Libc.AF_INET6 : Libc.AF_INET, endPoint.ToString());
        Libc.SetOption(fd, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 1);
        if (shared)
        {
            Libc.SetOption(fd, Libc.SOL_SOCKET, Libc.SO_REUSEPORT, 1);
        }

        if (v6)
        {
            // [::] alone takes IPv4 too, as most servers do; beside 0.0.0.0 it must not.
            Libc.SetOption(fd, Libc.IPPROTO_IPV6, Libc.IPV6_V6ONLY, endPoint.Address.Equals(IPAddress.IPv6Any) ? 0 : 1);
        }

        return BindTo(fd, endPoint.Serialize(), endPoint.ToString());
    }

    private static int OpenUnix(string path)
    {
        if (File.Exists(path) && new FileInfo(path).Length == 0 && !IsServed(path)) // a file with content is no socket, whatever its name
        {
            File.Delete(path); // left behind by a process that is gone
        }

        int fd = Create(Libc.AF_UNIX, path);
        return Listen(BindTo(fd, new UnixDomainSocketEndPoint(path).Serialize(), $"unix:{path}"), $"unix:{path}");
    }

    private static bool IsServed(string path)
    {
        int fd = Create(Libc.AF_UNIX, path);
        SocketAddress address = new UnixDomainSocketEndPoint(path).Serialize();
        fixed (byte* bytes = address.Buffer.Span)
        {
            bool refused = Libc.connect(fd, bytes, (uint)address.Size) < 0 && Libc.Errno == Libc.ECONNREFUSED;
            _ = Libc.close(fd);
            return !refused;
        }
    }

    private static int Create(int family, string name)
    {
        int fd = Libc.socket(family, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0);
        return fd >= 0 ? fd : throw new StartException($"cannot listen on {name}: {Libc.Describe(Libc.Errno)}");
    }

    private static int BindTo(int fd, SocketAddress address, string name)
    {
        fixed (byte* bytes = address.Buffer.Span)
        {
            if (Libc.bind(fd, bytes, (uint)address.Size) == 0)
            {
                return fd;
            }
        }

        int error = Libc.Errno;
        _ = Libc.close(fd);
        throw new StartException(error == Libc.EADDRINUSE
            ? $"cannot listen on {name}: another process (perhaps another edge) already does; stop it or choose another port"
            : $"cannot listen on {name}: {Libc.Describe(error)}");
    }

    private static int Listen(int fd, string name)
    {
        if (Libc.listen(fd, Backlog) == 0)
        {
            return fd;
        }

        int error = Libc.Errno;
        _ = Libc.close(fd);
        throw new StartException($"cannot listen on {name}: {Libc.Describe(error)}");
    }

    private static int PortOf(int fd)
    {
        byte* address = stackalloc byte[128];
        uint length = 128;
        return Libc.getsockname(fd, address, &length) == 0 ? (address[2] << 8) | address[3] : 0; // network order, both families
    }
}
