// Reads a ConfigMap.

using System.Buffers;

namespace OpenClaw.Edge.Kubernetes;

public static class ConfigMapReader
{
    /// <returns>Why there is no policy in it; null: there is.</returns>
    public static string? Read(in ReadOnlySequence<byte> json, string key, out byte[]? policy)
    {
        policy = null;
        return "not read yet";
    }
}
