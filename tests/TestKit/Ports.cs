// Finds ports for servers that cannot be told to take any (nginx, haproxy). Any thread.

using System.Net;
using System.Net.Sockets;

namespace OpenClaw.TestKit;

public static class Ports
{
    private static readonly HashSet<int> Given = [];

    /// <summary>A port of 127.0.0.1 that nobody held a moment ago and that no other caller of this process was given.</summary>
    public static int Free()
    {
        while (true)
        {
            using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            int port = ((IPEndPoint)probe.LocalEndPoint!).Port;
            lock (Given)
            {
                if (Given.Add(port))
                {
                    return port;
                }
            }
        }
    }

    /// <summary>Whether something accepts connections there now.</summary>
    public static bool IsServed(int port)
    {
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public static bool HasIPv6Loopback()
    {
        try
        {
            using Socket probe = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
