// One connection to one endpoint, and what the pool needs to know of it. Belongs to one worker.

using System.Net;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Forward;

internal sealed class UpstreamConnection
{
    public UpstreamConnection(Transport transport, EndpointPool pool, SocketAddress address, long openedAt)
    {
        Address = address;
        Transport = transport;
        Pool = pool;
        OpenedAt = openedAt;
        WhenUnattended = _ => Pool.Drop(this);
    }

    public Transport Transport { get; }

    public EndpointPool Pool { get; }

    /// <summary>What <see cref="Endpoint.Address"/> was when it was opened.</summary>
    public SocketAddress Address { get; }

    /// <summary>Nanoseconds of the loop's clock.</summary>
    public long OpenedAt { get; }

    /// <summary>It has carried an exchange before: a failure may be the race of a keep-alive timeout, not the version's fault.</summary>
    public bool IsReused { get; set; }

    /// <summary>Place in the pool's idle stack; -1 while in use.</summary>
    public int IdleIndex { get; set; } = -1;

    /// <summary>What an idle connection does when its peer speaks or hangs up, or when it has idled too long.</summary>
    public Action<Transport> WhenUnattended { get; }
}
