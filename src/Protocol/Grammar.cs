// The byte classes of RFC 9110 5.6 and RFC 3986, as vectorised sets, and the few scalars built on them. Pure; any thread.

using System.Buffers;

namespace OpenClaw.Protocol;

internal static class Grammar
{
    /// <summary>tchar (RFC 9110 5.6.2).</summary>
    internal static readonly SearchValues<byte> Token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>
    /// What a request target may have: every visible ASCII byte but '#', which begins a fragment and is never sent. RFC 3986 is
    /// narrower, but clients in daily use send <c>|</c>, <c>{</c>, <c>^</c> raw in queries, and they can hide no line or word end.
    /// </summary>
    internal static readonly SearchValues<byte> Target = SearchValues.Create(
        "!\"$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>Bytes that end or spoil a field value: all controls but HTAB, and DEL (RFC 9110 5.5).</summary>
    internal static readonly SearchValues<byte> Controls = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    /// <summary>unreserved and sub-delims (RFC 3986 2.2, 2.3): a reg-name, but for its percent-escapes.</summary>
    internal static readonly SearchValues<byte> RegName = SearchValues.Create(
        "-._~!$&'()*+,;=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    internal static bool IsDigit(byte b) => (uint)(b - '0') <= 9;

    internal static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t';

    /// <summary>Value of a hexadecimal digit, or -1.</summary>
    internal static int HexValue(byte b)
    {
        if (IsDigit(b)) { return b - '0'; }
        int letter = (b | 0x20) - 'a';
        return (uint)letter <= 5 ? letter + 10 : -1;
    }

    /// <summary>1*DIGIT without sign, space or overflow of 63 bits; tells overflow apart from bad syntax.</summary>
    internal static ParseError ReadNumber(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        if (text.IsEmpty || text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0) { return ParseError.InvalidLength; }
        foreach (byte digit in text)
        {
            if (number > (long.MaxValue - 9) / 10)
            {
                number = 0;
                return ParseError.LengthOverflow;
            }
            number = number * 10 + (digit - '0');
        }
        return ParseError.None;
    }
}
