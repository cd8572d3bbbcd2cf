// Ports on the loopback address: the one that was wished for, else one that is free. Any thread.

using System.Net;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Listen;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Demo;

internal static class LoopbackPort
{
    /// <summary>Opens a listening socket.</summary>
    /// <param name="wished">0: any.</param>
    public static (int Descriptor, int Port) Listen(int wished)
    {
        (int[] descriptors, string address) = ListeningSocket.Open(new ListenerSettings { EndPoint = new IPEndPoint(IPAddress.Loopback, wished) }, workers: 1);
        return (descriptors[0], IPEndPoint.Parse(address).Port);
    }

    /// <summary>A port for each wish, free at this moment, no two alike.</summary>
    /// <param name="insist">The first wish is an order.</param>
    /// <exception cref="StartException">The order cannot be met.</exception>
    public static int[] Choose(bool insist, params ReadOnlySpan<int> wishes)
    {
        List<(int Descriptor, int Port)> held = [];
        foreach (int wished in wishes)
        {
            held.Add(insist && held.Count == 0 ? Listen(wished) : ListenOrElse(wished));
        }

        held.ForEach(one => _ = Libc.close(one.Descriptor));
        return [.. held.Select(one => one.Port)];
    }

    private static (int Descriptor, int Port) ListenOrElse(int wished)
    {
        try
        {
            return Listen(wished);
        }
        catch (StartException)
        {
            return Listen(0);
        }
    }
}
