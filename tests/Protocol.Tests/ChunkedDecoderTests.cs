// What the corpus cannot say about the decoder: its states between calls and its budget over many chunks.

using System.Text;

namespace OpenClaw.Protocol.Tests;

public sealed class ChunkedDecoderTests
{
    private ChunkedDecoder _decoder;

    [Fact]
    public void FullDestination_IsToldOnlyWhileDataWaits()
    {
        byte[] source = "5\r\nhello\r\n0\r\n\r\n"u8.ToArray();
        byte[] room = new byte[5];
        Assert.Equal(ChunkedStatus.DestinationFull, _decoder.Decode(source, room.AsSpan(0, 3), out int consumed, out int written));
        Assert.Equal((6, 3), (consumed, written));
        Assert.Equal(ChunkedStatus.Done, _decoder.Decode(source.AsSpan(6), room.AsSpan(3), out consumed, out written));
        Assert.Equal((9, 2), (consumed, written));
        Assert.Equal("hello", Encoding.ASCII.GetString(room));
    }

    [Fact]
    public void NoSource_NeedsMoreWhateverTheRoom()
    {
        Assert.Equal(ChunkedStatus.NeedMore, _decoder.Decode("5\r\n"u8, default, out _, out _));
        Assert.Equal(ChunkedStatus.NeedMore, _decoder.Decode(default, default, out _, out _));
        Assert.Equal(ChunkedStatus.DestinationFull, _decoder.Decode("h"u8, default, out _, out _));
    }

    [Fact]
    public void AfterTheEnd_NothingIsTaken()
    {
        Assert.Equal(ChunkedStatus.Done, _decoder.Decode("0\r\n\r\n"u8, default, out _, out _));
        Assert.Equal(ChunkedStatus.Done, _decoder.Decode("5\r\n"u8, new byte[9], out int consumed, out int written));
        Assert.Equal((0, 0), (consumed, written));
    }

    [Fact]
    public void AfterAFault_EveryCallIsRefused()
    {
        Assert.Equal(ChunkedStatus.Invalid, _decoder.Decode("x"u8, default, out _, out _));
        Assert.Equal(ChunkedStatus.Invalid, _decoder.Decode("0\r\n\r\n"u8, default, out int consumed, out _));
        Assert.Equal(0, consumed);
        Assert.Equal(ParseError.InvalidChunkSize, _decoder.Error);
    }

    /// <summary>A signed upload carries some 85 bytes of extension for each 64 KiB, for as many gigabytes as it likes.</summary>
    [Fact]
    public void ExtensionsLighterThanTheirData_NeverRunOut()
    {
        byte[] line = Encoding.ASCII.GetBytes("400;chunk-signature=" + new string('a', 64) + "\r\n");
        byte[] data = new byte[1026];
        data[1024] = (byte)'\r';
        data[1025] = (byte)'\n';
        byte[] room = new byte[1024];
        for (int i = 0; i < 2000; i++)
        {
            Assert.Equal(ChunkedStatus.NeedMore, _decoder.Decode(line, room, out _, out _));
            Assert.Equal(ChunkedStatus.NeedMore, _decoder.Decode(data, room, out int consumed, out int written));
            Assert.Equal((1026, 1024), (consumed, written));
        }
    }
}
