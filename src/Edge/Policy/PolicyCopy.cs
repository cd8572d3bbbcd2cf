// A policy as it was read, or sent, by somebody: its bytes and what faults call it. Immutable.

namespace OpenClaw.Edge.Policy;

/// <param name="Name">What stands before line and column in a fault: a path, or an object of Kubernetes.</param>
/// <param name="Bytes">Null: there is no policy, as <paramref name="Problem"/> says or somebody has said already.</param>
public sealed record PolicyCopy(string Name, byte[]? Bytes, string? Problem = null)
{
    /// <summary>Equal for equal policies, whatever their names; of a problem its text.</summary>
    public string Digest { get; } = Bytes is null ? Problem ?? "" : ConfigurationFile.Digest(Bytes);
}
