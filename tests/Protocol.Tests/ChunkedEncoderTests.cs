// Chunks written in place.

using System.Text;

namespace OpenClaw.Protocol.Tests;

public sealed class ChunkedEncoderTests
{
    [Theory]
    [InlineData(1, "1")]
    [InlineData(15, "f")]
    [InlineData(16, "10")]
    [InlineData(255, "ff")]
    [InlineData(4096, "1000")]
    [InlineData(0xABCDE, "abcde")]
    public void SizeLine_IsTheShortestBeforeTheData(int length, string size)
    {
        byte[] block = new byte[length + ChunkedEncoder.Overhead];
        block.AsSpan().Fill((byte)'.');
        (int start, int end) = ChunkedEncoder.Frame(block, ChunkedEncoder.PrefixRoom, length);

        Assert.Equal(block.Length, end);
        Assert.Equal(size + "\r\n" + new string('.', length) + "\r\n", Encoding.ASCII.GetString(block, start, end - start));
        Assert.All(block[..start], b => Assert.Equal((byte)'.', b));
    }

    [Fact]
    public void NoData_IsNoChunk()
    {
        (int start, int end) = ChunkedEncoder.Frame(new byte[12], 10, 0);
        Assert.Equal(start, end);
    }

    [Fact]
    public void MissingRoom_IsAFaultOfTheCaller()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ChunkedEncoder.Frame(new byte[20], 9, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChunkedEncoder.Frame(new byte[20], 10, 9));
    }

    [Fact]
    public void LastChunk_EndsABody()
    {
        ChunkedDecoder decoder = default;
        Assert.Equal(ChunkedStatus.Done, decoder.Decode(ChunkedEncoder.LastChunk, default, out int consumed, out _));
        Assert.Equal(ChunkedEncoder.LastChunk.Length, consumed);
    }
}
