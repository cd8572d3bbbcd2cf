// Reads the head of a request, the request line by itself and the fields by HeadScanner. Pure but for the head it fills;
// runs on the caller's thread; never throws on any bytes.

using System.Buffers;

namespace OpenClaw.Protocol;

public static class RequestParser
{
    /// <summary>
    /// Parses the request head at the start of <paramref name="buffer"/>. After <see cref="ParseStatus.Incomplete"/>, call again with the
    /// same bytes and more, moved or cut otherwise as may be; only what is new is looked at. After any other verdict the head must be
    /// reset before its next use.
    /// </summary>
    public static ParseResult Parse(in ReadOnlySequence<byte> buffer, RequestHead head, ParseLimits limits) =>
        HeadScanner.Scan(buffer, head, limits);

    /// <summary>method SP request-target SP HTTP-version CRLF, single spaces only (RFC 9112 3).</summary>
    internal static ParseResult RequestLine(ReadOnlySpan<byte> bytes, ref RequestLine line, ref int scanned)
    {
        if (line.MethodLength == 0)
        {
            int stop = bytes[scanned..].IndexOfAnyExcept(Grammar.Token);
            if (stop < 0) { return OutOfBytes(bytes, ref scanned); }
            stop += scanned;
            if (stop == 0 || bytes[stop] != ' ') { return Fault(ParseError.InvalidMethod, bytes, stop); }
            line.MethodLength = stop;
            scanned = stop + 1;
        }
        if (line.TargetLength == 0)
        {
            int stop = bytes[scanned..].IndexOfAnyExcept(Grammar.Target);
            if (stop < 0) { return OutOfBytes(bytes, ref scanned); }
            stop += scanned;
            if (bytes[stop] != ' ' || stop == line.TargetStart)
            {
                return Fault(bytes[stop] == '\r' ? ParseError.MissingVersion : ParseError.InvalidTarget, bytes, stop);
            }
            line.TargetLength = stop - line.TargetStart;
            scanned = stop + 1;
        }
        ParseResult end = VersionAndLineEnd(bytes, scanned, out line.MinorVersion);
        return end.Status == ParseStatus.Complete ? Target(bytes, ref line, end) : end;
    }

    private static ParseResult VersionAndLineEnd(ReadOnlySpan<byte> bytes, int start, out int minor)
    {
        ReadOnlySpan<byte> rest = bytes[start..];
        if (rest.StartsWith("HTTP/1.1\r\n"u8))
        {
            minor = 1;
            return ParseResult.Complete(start + 10);
        }
        ParseResult version = ProtocolVersion.Parse(rest, out minor);
        if (version.Status != ParseStatus.Complete) { return version.ShiftedBy(start); }

        int end = start + version.Consumed;
        if (end == bytes.Length) { return ParseResult.Incomplete; }
        if (bytes[end] != '\r') { return Fault(ParseError.InvalidVersion, bytes, end); }
        if (end + 1 == bytes.Length) { return ParseResult.Incomplete; }
        return bytes[end + 1] == '\n' ? ParseResult.Complete(end + 2) : ParseResult.Invalid(ParseError.BareCarriageReturn, end);
    }

    /// <summary>Whether form and method fit (RFC 9112 3.2), and what to forward.</summary>
    private static ParseResult Target(ReadOnlySpan<byte> bytes, ref RequestLine line, ParseResult end)
    {
        line.Method = MethodRules.Recognize(bytes[..line.MethodLength]);
        if (line.Method == Method.Connect) { return ParseResult.Invalid(ParseError.MethodNotAllowed, 0); }

        line.OriginStart = line.TargetStart;
        ReadOnlySpan<byte> target = bytes[line.TargetStart..line.TargetEnd];
        if (target[0] == '/') { return end; } // origin-form is the default value
        if (target.SequenceEqual("*"u8) && line.Method == Method.Options)
        {
            line.Form = TargetForm.Asterisk;
            return end;
        }
        ParseError error = AbsoluteTarget(target, ref line);
        return error == ParseError.None ? end : ParseResult.Invalid(error, line.TargetStart);
    }

    private static ParseError AbsoluteTarget(ReadOnlySpan<byte> target, ref RequestLine line)
    {
        int scheme = SchemeLength(target);
        if (scheme == 0) { return ParseError.InvalidTargetForm; }
        ReadOnlySpan<byte> afterScheme = target[scheme..];
        int authority = afterScheme.IndexOfAny((byte)'/', (byte)'?');
        if (authority < 0) { authority = afterScheme.Length; }
        if (!HostGrammar.IsAuthority(afterScheme[..authority])) { return ParseError.InvalidHost; }

        line.Form = TargetForm.Absolute;
        line.AuthorityStart = line.TargetStart + scheme;
        line.AuthorityLength = authority;
        line.OriginStart = line.AuthorityStart + authority;
        if (authority == afterScheme.Length)
        {
            // RFC 9112 3.2.4: OPTIONS for a URI with neither path nor query is OPTIONS * at the last hop.
            line.Origin = line.Method == Method.Options ? OriginSource.Asterisk : OriginSource.Root;
        }
        else if (afterScheme[authority] == '?')
        {
            line.Origin = OriginSource.Rebuilt; // RFC 9112 3.2.1: an empty path is sent as "/"
        }
        return ParseError.None;
    }

    private static int SchemeLength(ReadOnlySpan<byte> target)
    {
        if (target.Length >= 7 && System.Text.Ascii.EqualsIgnoreCase(target[..7], "http://"u8)) { return 7; }
        return target.Length >= 8 && System.Text.Ascii.EqualsIgnoreCase(target[..8], "https://"u8) ? 8 : 0;
    }

    private static ParseResult OutOfBytes(ReadOnlySpan<byte> bytes, ref int scanned)
    {
        scanned = bytes.Length;
        return ParseResult.Incomplete;
    }

    private static ParseResult Fault(ParseError error, ReadOnlySpan<byte> bytes, int offset) =>
        ParseResult.Invalid(bytes[offset] == '\n' ? ParseError.BareLineFeed : error, offset);
}
