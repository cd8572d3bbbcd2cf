// HTTP-version as it stands in both start lines. Pure; any thread.

namespace OpenClaw.Protocol;

internal static class ProtocolVersion
{
    private const int Length = 8; // "HTTP/" DIGIT "." DIGIT, RFC 9112 2.3

    /// <summary>
    /// Complete (at 8) for any 1.x; the minor version is 0 for 1.0 and 1 for every other. A byte that cannot belong to a version is
    /// refused as soon as it is there; the major version once the whole is.
    /// </summary>
    internal static ParseResult Parse(ReadOnlySpan<byte> bytes, out int minor)
    {
        minor = 0;
        int there = Math.Min(bytes.Length, Length);
        for (int i = 0; i < there; i++)
        {
            bool fits = i switch
            {
                < 5 => bytes[i] == "HTTP/"u8[i],
                6 => bytes[i] == '.',
                _ => Grammar.IsDigit(bytes[i]),
            };
            if (!fits) { return ParseResult.Invalid(bytes[i] == '\n' ? ParseError.BareLineFeed : ParseError.InvalidVersion, i); }
        }
        if (there < Length) { return ParseResult.Incomplete; }
        if (bytes[5] != '1') { return ParseResult.Invalid(ParseError.UnsupportedVersion, 5); }
        minor = bytes[7] == '0' ? 0 : 1;
        return ParseResult.Complete(Length);
    }
}
