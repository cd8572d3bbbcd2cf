// Puts the chunked coding around data in place: the caller leaves room before and behind it. Pure; any thread; copies no data.

using System.Numerics;

namespace OpenClaw.Protocol;

/// <summary>Chunks of RFC 9112 7.1, always with the shortest size line and without extensions.</summary>
public static class ChunkedEncoder
{
    /// <summary>Room to leave before the data: eight hexadecimal digits of an <c>int</c> and CRLF.</summary>
    public const int PrefixRoom = 10;

    /// <summary>Room to leave behind the data: CRLF.</summary>
    public const int SuffixRoom = 2;

    /// <summary>Most bytes that a chunk adds to its data.</summary>
    public const int Overhead = PrefixRoom + SuffixRoom;

    /// <summary>The last chunk and an empty trailer section.</summary>
    public static ReadOnlySpan<byte> LastChunk => "0\r\n\r\n"u8;

    /// <summary>
    /// Completes the chunk around <paramref name="dataLength"/> bytes that stand at <paramref name="dataStart"/>, and returns where in
    /// the block it begins and ends. No data is no chunk: the range is empty then, since a chunk of size 0 would end the body.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The room is not there; a fault of the caller.</exception>
    public static (int Start, int End) Frame(Span<byte> block, int dataStart, int dataLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(dataLength);
        if (dataLength == 0) { return (dataStart, dataStart); }
        ArgumentOutOfRangeException.ThrowIfLessThan(dataStart, PrefixRoom);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)dataStart + dataLength + SuffixRoom, block.Length, nameof(block));

        int digits = (35 - BitOperations.LeadingZeroCount((uint)dataLength)) / 4;
        int start = dataStart - 2 - digits;
        for (int i = digits - 1, rest = dataLength; i >= 0; i--, rest >>= 4)
        {
            block[start + i] = "0123456789abcdef"u8[rest & 15];
        }
        "\r\n"u8.CopyTo(block[(dataStart - 2)..]);
        int end = dataStart + dataLength;
        "\r\n"u8.CopyTo(block[end..]);
        return (start, end + 2);
    }
}
