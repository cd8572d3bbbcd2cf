// A request's head: request line, fields, and what they mean together. Reused; belongs to the worker that parses it.

namespace OpenClaw.Protocol;

/// <summary>The head of a request. Spans are valid as long as <see cref="MessageHead.Bytes"/> is.</summary>
public sealed class RequestHead : MessageHead
{
    private RequestLine _line;

    /// <summary>The rare target that cannot be forwarded as a slice of the head: absolute-form with a query but no path.</summary>
    private byte[] _rebuiltTarget = [];

    public RequestHead() : base(ParseError.RequestLineTooLong, mayFollowEmptyLines: true)
    {
    }

    public Method Method => _line.Method;

    public ReadOnlySpan<byte> MethodText => Bytes.Span[.._line.MethodLength];

    /// <summary>The target as it came, byte for byte.</summary>
    public ReadOnlySpan<byte> Target => Bytes.Span.Slice(_line.TargetStart, _line.TargetLength);

    public TargetForm Form => _line.Form;

    /// <summary>The client waits for 100 before it sends its body. Never true without a body or in HTTP/1.0 (RFC 9110 10.1.1).</summary>
    public bool ExpectContinue { get; internal set; }

    /// <summary>Max-Forwards of OPTIONS and TRACE (RFC 9110 7.6.2); -1: none, or another method.</summary>
    public long MaxForwards { get; internal set; } = -1;

    /// <summary>Host and optional port the request is for; empty only in HTTP/1.0 (RFC 9112 3.3).</summary>
    public ReadOnlySpan<byte> Authority => Bytes.Span.Slice(_line.AuthorityStart, _line.AuthorityLength);

    /// <summary>The target in the form in which it is forwarded: path and query, or <c>*</c> (RFC 9112 3.2.1, 3.2.4).</summary>
    public ReadOnlySpan<byte> OriginTarget => _line.Origin switch
    {
        OriginSource.Head => Bytes.Span[_line.OriginStart.._line.TargetEnd],
        OriginSource.Root => "/"u8,
        OriginSource.Asterisk => "*"u8,
        _ => _rebuiltTarget.AsSpan(0, 1 + _line.TargetEnd - _line.OriginStart),
    };

    /// <summary>Forgets the message and keeps the memory. Needed before every new message.</summary>
    public void Reset()
    {
        _line = default;
        ResetShared();
    }

    internal void SetAuthority(int start, int length)
    {
        _line.AuthorityStart = start;
        _line.AuthorityLength = length;
    }

    internal override ParseResult ParseStartLine(ReadOnlySpan<byte> bytes)
    {
        ParseResult result = RequestParser.RequestLine(bytes, ref _line, ref Progress.Scanned);
        if (result.Status != ParseStatus.Complete) { return result; }
        MinorVersion = _line.MinorVersion;
        if (_line.Origin == OriginSource.Rebuilt) { RebuildTarget(bytes[_line.OriginStart.._line.TargetEnd]); }
        return result;
    }

    internal override ParseResult ApplyRules(ReadOnlySpan<byte> bytes) => MessageRules.Apply(this, bytes);

    private void RebuildTarget(ReadOnlySpan<byte> query)
    {
        if (_rebuiltTarget.Length <= query.Length) { _rebuiltTarget = new byte[query.Length + 1]; }
        _rebuiltTarget[0] = (byte)'/';
        query.CopyTo(_rebuiltTarget.AsSpan(1));
    }
}

/// <summary>Offsets of the request line's parts; a length of 0 means: not reached yet.</summary>
internal struct RequestLine
{
    internal int MethodLength;
    internal int TargetLength;
    internal int OriginStart;
    internal int AuthorityStart;
    internal int AuthorityLength;
    internal int MinorVersion;
    internal Method Method;
    internal TargetForm Form;
    internal OriginSource Origin;

    internal readonly int TargetStart => MethodLength + 1;

    internal readonly int TargetEnd => TargetStart + TargetLength;
}

/// <summary>Where the bytes of <see cref="RequestHead.OriginTarget"/> come from.</summary>
internal enum OriginSource : byte
{
    Head,
    Root,
    Asterisk,
    Rebuilt,
}
