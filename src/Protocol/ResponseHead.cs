// An answer's head: status line, fields, and what they mean together. Reused; belongs to the worker that parses it.

namespace OpenClaw.Protocol;

/// <summary>The head of an answer, a 1xx included. Spans are valid as long as <see cref="MessageHead.Bytes"/> is.</summary>
public sealed class ResponseHead : MessageHead
{
    private StatusLine _line;

    public ResponseHead() : base(ParseError.StatusLineTooLong, mayFollowEmptyLines: false)
    {
    }

    /// <summary>100 to 599.</summary>
    public int StatusCode => _line.StatusCode;

    /// <summary>The reason phrase, which may be empty and means nothing (RFC 9112 4).</summary>
    public ReadOnlySpan<byte> Reason => Bytes.Span.Slice(ResponseParser.ReasonStart, _line.ReasonLength);

    /// <summary>The fields tell of a body that this answer must not have (to HEAD, or with 204 or 304): there are servers that send it all the same.</summary>
    public bool AnnouncesAbsentBody { get; internal set; }

    /// <summary>Method of the request that is answered; it decides whether there is a body.</summary>
    internal Method RequestMethod { get; set; }

    /// <summary>Forgets the message and keeps the memory. Needed before every new message, so after each 1xx too.</summary>
    public void Reset()
    {
        _line = default;
        ResetShared();
    }

    internal override ParseResult ParseStartLine(ReadOnlySpan<byte> bytes)
    {
        ParseResult result = ResponseParser.StatusLine(bytes, ref _line, ref Progress.Scanned);
        MinorVersion = _line.MinorVersion;
        return result;
    }

    internal override ParseResult ApplyRules(ReadOnlySpan<byte> bytes) => MessageRules.Apply(this, bytes);
}

internal struct StatusLine
{
    internal int StatusCode;
    internal int MinorVersion;
    internal int ReasonLength;
}
