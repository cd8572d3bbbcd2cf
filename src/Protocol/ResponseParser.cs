// Reads the head of an answer, the status line by itself and the fields by HeadScanner. Pure but for the head it fills;
// runs on the caller's thread; never throws on any bytes.

using System.Buffers;

namespace OpenClaw.Protocol;

public static class ResponseParser
{
    /// <summary>Behind <c>HTTP/1.1 200 </c>.</summary>
    internal const int ReasonStart = 13;

    private const int StatusStart = 9;
    private const int StatusEnd = 12;

    /// <summary>
    /// Parses the answer's head at the start of <paramref name="buffer"/>, as <see cref="RequestParser.Parse"/> does. Whatever is refused
    /// here is ambiguous or broken and must become a 502 (RFC 9112 6.3, RFC 9110 15.6.3).
    /// </summary>
    public static ParseResult Parse(in ReadOnlySequence<byte> buffer, ResponseHead head, ParseLimits limits, Method requestMethod)
    {
        head.RequestMethod = requestMethod;
        return HeadScanner.Scan(buffer, head, limits);
    }

    /// <summary>
    /// HTTP-version SP 3DIGIT [SP reason-phrase] CRLF (RFC 9112 4). The last space may be missing: servers that send no reason often
    /// leave it out. Codes over 599 are refused like those under 100: RFC 9110 15 has a recipient treat them as a 5xx, and the
    /// gateway's own 502 is one, while relaying an invalid code would hand the question on to the client.
    /// </summary>
    internal static ParseResult StatusLine(ReadOnlySpan<byte> bytes, ref StatusLine line, ref int scanned)
    {
        if (line.StatusCode == 0)
        {
            ParseResult status = VersionAndStatus(bytes, ref line);
            if (status.Status != ParseStatus.Complete) { return status; }
            scanned = StatusEnd;
        }
        if (scanned == StatusEnd)
        {
            if (bytes.Length == StatusEnd) { return ParseResult.Incomplete; }
            if (bytes[StatusEnd] == ' ') { scanned = ReasonStart; }
            else if (bytes[StatusEnd] != '\r') { return Fault(ParseError.InvalidStatusCode, bytes, StatusEnd); }
        }
        int stop = bytes[scanned..].IndexOfAny(Grammar.Controls);
        if (stop < 0)
        {
            scanned = bytes.Length;
            return ParseResult.Incomplete;
        }
        scanned += stop;
        if (bytes[scanned] != '\r') { return Fault(ParseError.InvalidReason, bytes, scanned); }
        if (scanned + 1 == bytes.Length) { return ParseResult.Incomplete; }
        if (bytes[scanned + 1] != '\n') { return ParseResult.Invalid(ParseError.BareCarriageReturn, scanned); }
        line.ReasonLength = Math.Max(0, scanned - ReasonStart);
        return ParseResult.Complete(scanned + 2);
    }

    private static ParseResult VersionAndStatus(ReadOnlySpan<byte> bytes, ref StatusLine line)
    {
        if (bytes.StartsWith("HTTP/1.1 "u8)) { line.MinorVersion = 1; }
        else
        {
            ParseResult version = ProtocolVersion.Parse(bytes, out line.MinorVersion);
            if (version.Status != ParseStatus.Complete) { return version; }
            if (bytes.Length < StatusStart) { return ParseResult.Incomplete; }
            if (bytes[StatusStart - 1] != ' ') { return Fault(ParseError.InvalidVersion, bytes, StatusStart - 1); }
        }
        for (int i = StatusStart; i < StatusEnd; i++)
        {
            if (i == bytes.Length) { return ParseResult.Incomplete; }
            bool fits = i == StatusStart ? bytes[i] is >= (byte)'1' and <= (byte)'5' : Grammar.IsDigit(bytes[i]);
            if (!fits) { return Fault(ParseError.InvalidStatusCode, bytes, i); }
        }
        line.StatusCode = (bytes[9] - '0') * 100 + (bytes[10] - '0') * 10 + (bytes[11] - '0');
        return ParseResult.Complete(StatusEnd);
    }

    private static ParseResult Fault(ParseError error, ReadOnlySpan<byte> bytes, int offset) =>
        ParseResult.Invalid(bytes[offset] == '\n' ? ParseError.BareLineFeed : error, offset);
}
