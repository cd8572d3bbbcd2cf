// An answer that the edge decides on before any version is asked. A value; worker's thread.

using OpenClaw.Edge.Split;

namespace OpenClaw.Edge;

/// <summary>Status 0: none, the request goes on.</summary>
internal readonly struct Refusal(int status, string text, bool consume = true, ReadOnlyMemory<byte> fields = default, Reason reason = Reason.Rejected)
{
    public int Status { get; } = status;

    public string Text { get; } = text;

    /// <summary>Further field lines.</summary>
    public ReadOnlyMemory<byte> Fields { get; } = fields;

    public Reason Reason { get; } = reason;

    /// <summary>There is a whole head to take off the connection.</summary>
    public bool Consume { get; } = consume;
}
