// What one exchange asks of its forwarder. One object per forwarder, filled anew for each request; worker's thread.

using System.Buffers;
using OpenClaw.Edge.Io;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

internal sealed class ForwardRequest
{
    public RequestHead Head { get; } = new();

    public ForwardSettings Settings { get; set; } = null!;

    public VersionUpstreams Version { get; set; } = null!;

    public Transport Downstream { get; set; } = null!;

    /// <summary>What the downstream reader gave, not yet advanced; the head lies at its start.</summary>
    public ReadOnlySequence<byte> Buffer { get; set; }

    /// <summary>Bytes of <see cref="Buffer"/> up to the end of the head.</summary>
    public int HeadEnd { get; set; }

    /// <summary>The value of X-Request-Id, unless a trusted peer brings one.</summary>
    public byte[] RequestId { get; } = new byte[32]; // 128 bits in hexadecimal

    /// <summary>The whole Date line.</summary>
    public byte[] DateLine { get; set; } = [];

    /// <summary>The connection ends after this exchange, whatever happens.</summary>
    public bool Close { get; set; }
}
