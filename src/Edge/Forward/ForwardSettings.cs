// What forwarding needs of a snapshot, computed ahead of time. Immutable; any worker reads it.

using OpenClaw.Edge.Io;
using OpenClaw.Edge.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

internal sealed class ForwardSettings(EdgeSettings edge)
{
    /// <summary>Peers whose word about the client is believed.</summary>
    public NetworkSet Trusted { get; } = new(edge.TrustedNetworks);

    public ParseLimits HeadLimits { get; } = new(edge.Limits.HeadBytes, edge.Limits.LineBytes, edge.Limits.Fields);

    /// <summary>Largest request body, bytes; <see cref="long.MaxValue"/>: any.</summary>
    public long BodyBytesMax { get; } = edge.Limits.BodyBytes == 0 ? long.MaxValue : edge.Limits.BodyBytes;

    /// <summary>Nanoseconds without progress of a request's body.</summary>
    public long BodyStall { get; } = Clock.Nanoseconds(edge.Timeouts.BodyStall);

    /// <summary>Nanoseconds that a peer may refuse to read.</summary>
    public long WriteStall { get; } = Clock.Nanoseconds(edge.Timeouts.WriteStall);

    public byte[] ViaLine { get; } = edge.Fields.Via ? "Via: 1.1 openclaw-edge\r\n"u8.ToArray() : [];

    /// <summary>Field lines that go to the client with an answer of a fallback, instead of those of its request.</summary>
    public byte[] FallbackAnswerLines { get; init; } = [];

    /// <summary>The same, after the version was taken out while the request waited.</summary>
    public byte[] RecallAnswerLines { get; init; } = [];

    public FieldRewrite RequestEdits { get; } = new(edge.Fields.Request);

    public FieldRewrite ResponseEdits { get; } = new(edge.Fields.Response);

    /// <summary>Whether a peer's word about the client is believed.</summary>
    /// <param name="peer">Its address as text.</param>
    public bool Trusts(ReadOnlySpan<byte> peer) => Trusted.Contains(peer);
}
