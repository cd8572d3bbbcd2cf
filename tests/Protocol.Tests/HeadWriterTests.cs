// Writing a head: kept fields, numbers, and the edge of the memory.

using System.Buffers;
using System.Text;

namespace OpenClaw.Protocol.Tests;

public sealed class HeadWriterTests
{
    private const string Request =
        "GET / HTTP/1.1\r\nHost: h\r\nA:1\r\nConnection: x\r\nX: 1\r\nB: 2 \r\nVia: 1.0 a\r\nUser-Agent: u\r\nA: 3\r\nTE: trailers\r\n\r\n";

    [Fact]
    public void KeptFields_ComeInOrderByteForByte() =>
        Assert.Equal("Host: h\r\nA:1\r\nB: 2 \r\nVia: 1.0 a\r\nUser-Agent: u\r\nA: 3\r\n", Kept(0));

    [Fact]
    public void DroppedSet_IsLeftOut() => Assert.Equal(
        "A:1\r\nB: 2 \r\nA: 3\r\n",
        Kept(KnownFields.Mask(KnownField.Host) | KnownFields.Mask(KnownField.Via) | KnownFields.Mask(KnownField.UserAgent)));

    [Fact]
    public void WithheldField_IsLeftOut()
    {
        RequestHead head = Parse();
        head.Fields.Withhold(1);
        Assert.Equal("Host: h\r\nB: 2 \r\nVia: 1.0 a\r\nUser-Agent: u\r\nA: 3\r\n", Kept(head, 0));
    }

    [Fact]
    public void EverythingDropped_WritesNothing() => Assert.Equal("", Kept(ulong.MaxValue));

    [Fact]
    public void FieldsAndNumbers_AreWritten()
    {
        byte[] room = new byte[100];
        HeadWriter writer = new(room);
        writer.Write("HTTP/1.1 "u8);
        writer.WriteNumber(200);
        writer.Write(" OK\r\n"u8);
        writer.WriteField("Content-Length"u8, "0"u8);
        writer.Write("n: "u8);
        writer.WriteNumber(long.MaxValue);
        Assert.False(writer.Overflowed);
        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nn: 9223372036854775807", Encoding.ASCII.GetString(room, 0, writer.Written));
    }

    [Fact]
    public void EveryRoomThatIsTooSmall_OverflowsAndStaysInside()
    {
        RequestHead head = Parse();
        int whole = WriteAll(head, new byte[300], 300, out bool overflowed);
        Assert.False(overflowed);
        for (int room = 0; room <= whole; room++)
        {
            byte[] memory = new byte[300];
            memory.AsSpan().Fill(0xEE);
            int written = WriteAll(head, memory, room, out overflowed);
            Assert.Equal(room < whole, overflowed);
            Assert.InRange(written, 0, room);
            Assert.True(memory.AsSpan(room).IndexOfAnyExcept((byte)0xEE) < 0);
        }
    }

    private static int WriteAll(RequestHead head, byte[] memory, int room, out bool overflowed)
    {
        HeadWriter writer = new(memory.AsSpan(0, room));
        writer.Write("GET / HTTP/1.1\r\n"u8);
        writer.WriteKept(head.Bytes.Span, head.Fields, 0);
        writer.WriteField("n"u8, "v"u8);
        writer.WriteNumber(123456);
        overflowed = writer.Overflowed;
        return writer.Written;
    }

    private static string Kept(ulong drop) => Kept(Parse(), drop);

    private static string Kept(RequestHead head, ulong drop)
    {
        byte[] room = new byte[400];
        HeadWriter writer = new(room);
        writer.WriteKept(head.Bytes.Span, head.Fields, drop);
        return Encoding.ASCII.GetString(room, 0, writer.Written);
    }

    private static RequestHead Parse()
    {
        RequestHead head = new();
        ReadOnlySequence<byte> bytes = new(Encoding.ASCII.GetBytes(Request));
        Assert.Equal(ParseStatus.Complete, RequestParser.Parse(bytes, head, new ParseLimits()).Status);
        return head;
    }
}
