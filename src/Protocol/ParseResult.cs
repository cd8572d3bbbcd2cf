// What a parser answers, and the sizes it is willing to take. Plain values; any thread. Never an exception.

namespace OpenClaw.Protocol;

public enum ParseStatus : byte
{
    /// <summary>The whole head is there and obeys every rule.</summary>
    Complete,

    /// <summary>No fault so far; call again with the same bytes and more.</summary>
    Incomplete,

    /// <summary>Refused. No later byte of this connection may be read as a message.</summary>
    Invalid,
}

/// <summary>Verdict on the bytes at the start of a buffer.</summary>
public readonly struct ParseResult
{
    private ParseResult(ParseStatus status, int consumed, ParseError error, int offset)
    {
        Status = status;
        Consumed = consumed;
        Error = error;
        Offset = offset;
    }

    public ParseStatus Status { get; }

    /// <summary>When complete: bytes from the start of the buffer to the end of the head, skipped empty lines included.</summary>
    public int Consumed { get; }

    /// <summary>When invalid: which rule was broken.</summary>
    public ParseError Error { get; }

    /// <summary>When invalid: where, in bytes from the start of the buffer.</summary>
    public int Offset { get; }

    internal static ParseResult Incomplete => new(ParseStatus.Incomplete, 0, ParseError.None, 0);

    internal static ParseResult Complete(int consumed) => new(ParseStatus.Complete, consumed, ParseError.None, 0);

    internal static ParseResult Invalid(ParseError error, int offset) => new(ParseStatus.Invalid, 0, error, offset);

    internal ParseResult ShiftedBy(int bytes) => Status switch
    {
        ParseStatus.Complete => Complete(Consumed + bytes),
        ParseStatus.Invalid => Invalid(Error, Offset + bytes),
        _ => this,
    };
}

/// <summary>Largest head that is taken. A start line of 8000 octets must fit (RFC 9112 3).</summary>
/// <param name="HeadBytes">Start line, fields, the empty line and any empty lines before it.</param>
/// <param name="LineBytes">One line with its CRLF.</param>
/// <param name="Fields">Field lines.</param>
public sealed record ParseLimits(int HeadBytes = 32768, int LineBytes = 16384, int Fields = 100);
