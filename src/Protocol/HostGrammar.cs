// Whether bytes are a host with an optional port, as Host and the authority of a target must be. Pure; any thread.

using System.Net;

namespace OpenClaw.Protocol;

internal static class HostGrammar
{
    /// <summary>
    /// uri-host [ ":" port ] (RFC 9110 7.2, RFC 3986 3.2.2) with a non-empty host, which http requires (RFC 9110 4.2.1), and without
    /// userinfo (4.2.4). An empty port is allowed by the grammar.
    /// </summary>
    internal static bool IsAuthority(ReadOnlySpan<byte> text)
    {
        int host = text.StartsWith("["u8) ? LiteralLength(text) : RegNameLength(text);
        return host > 0 && (host == text.Length || (text[host] == ':' && IsPort(text[(host + 1)..])));
    }

    private static int RegNameLength(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (true)
        {
            int stop = text[at..].IndexOfAnyExcept(Grammar.RegName);
            if (stop < 0) { return text.Length; }
            at += stop;
            bool escape = text[at] == '%' && text.Length - at >= 3 &&
                Grammar.HexValue(text[at + 1]) >= 0 && Grammar.HexValue(text[at + 2]) >= 0;
            if (!escape) { return at; }
            at += 3;
        }
    }

    /// <summary>Length of <c>[...]</c>, or 0 where what is inside is no address.</summary>
    private static int LiteralLength(ReadOnlySpan<byte> text)
    {
        int close = text.IndexOf((byte)']');
        if (close < 0) { return 0; }
        ReadOnlySpan<byte> inside = text[1..close];
        return IsIPv6(inside) || IsFuture(inside) ? close + 1 : 0;
    }

    /// <summary>The base library's reader also takes zones and brackets, which a URI may not have here; the byte check keeps them out.</summary>
    private static bool IsIPv6(ReadOnlySpan<byte> text) =>
        text.Contains((byte)':') && text.IndexOfAnyExcept("0123456789abcdefABCDEF:."u8) < 0 && IPAddress.IsValidUtf8(text);

    /// <summary>IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ).</summary>
    private static bool IsFuture(ReadOnlySpan<byte> text)
    {
        int dot = text.IndexOf((byte)'.');
        if (dot < 2 || (text[0] | 0x20) != 'v' || dot + 1 == text.Length) { return false; }
        foreach (byte b in text[1..dot])
        {
            if (Grammar.HexValue(b) < 0) { return false; }
        }
        foreach (byte b in text[(dot + 1)..])
        {
            if (b != ':' && !Grammar.RegName.Contains(b)) { return false; }
        }
        return true;
    }

    private static bool IsPort(ReadOnlySpan<byte> text) =>
        text.IsEmpty || (Grammar.ReadNumber(text, out long port) == ParseError.None && port <= ushort.MaxValue);
}
