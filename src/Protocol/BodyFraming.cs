// How the end of a body is found. A value; any thread.

namespace OpenClaw.Protocol;

/// <summary>Where a body ends (RFC 9112 6.3).</summary>
public enum BodyKind : byte
{
    /// <summary>No body: an answer to HEAD, a 1xx, 204 or 304 (6.3 rule 1), or a request without either field (rule 7).</summary>
    None,

    /// <summary>As many bytes as Content-Length says, which may be 0 (6.3 rule 6).</summary>
    Length,

    /// <summary>Until the last chunk and its trailers (6.3 rule 4).</summary>
    Chunked,

    /// <summary>Until the upstream closes; only answers (6.3 rule 8).</summary>
    UntilClose,
}

/// <summary>Kind of a body and, for <see cref="BodyKind.Length"/>, its size.</summary>
public readonly struct BodyFraming
{
    internal BodyFraming(BodyKind kind, long length = 0)
    {
        Kind = kind;
        Length = length;
    }

    public BodyKind Kind { get; }

    /// <summary>Bytes; 0 for every kind but <see cref="BodyKind.Length"/>.</summary>
    public long Length { get; }

    /// <summary>True when no byte of a body follows the head, a Content-Length of 0 included.</summary>
    public bool IsEmpty => Kind == BodyKind.None || (Kind == BodyKind.Length && Length == 0);
}
