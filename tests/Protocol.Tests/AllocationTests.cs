// Steady state allocates nothing, in one segment, in many, and for bodies.

using System.Buffers;

namespace OpenClaw.Protocol.Tests;

public sealed class AllocationTests
{
    private static readonly byte[] Request =
        "POST http://h?q HTTP/1.1\r\nHost: h\r\nUser-Agent: x\r\nConnection: keep-alive, y\r\nY: 1\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray();

    private static readonly byte[] Answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: now\r\nServer: s\r\n\r\n"u8.ToArray();
    private static readonly byte[] Broken = "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"u8.ToArray();
    private static readonly byte[] Body = "5;a=b\r\nhello\r\n0\r\nx: y\r\n\r\n"u8.ToArray();

    private readonly RequestHead _request = new();
    private readonly ResponseHead _response = new();
    private readonly ParseLimits _limits = new();
    private readonly byte[] _room = new byte[512];

    [Fact]
    public void SteadyState_AllocatesNothing()
    {
        ReadOnlySequence<byte> whole = new(Request), cut = Cuts.SegmentedEvery(Request, 7), broken = new(Broken), answer = new(Answer);
        Turn(whole, cut, broken, answer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) { Turn(whole, cut, broken, answer); }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void Turn(in ReadOnlySequence<byte> whole, in ReadOnlySequence<byte> cut, in ReadOnlySequence<byte> broken, in ReadOnlySequence<byte> answer)
    {
        Expect(ParseStatus.Complete, whole);
        HeadWriter writer = new(_room);
        writer.Write(_request.MethodText);
        writer.Write(_request.OriginTarget);
        writer.WriteKept(_request.Bytes.Span, _request.Fields, 0);
        writer.WriteNumber(writer.Written);
        Expect(ParseStatus.Complete, cut);
        Expect(ParseStatus.Incomplete, whole.Slice(0, 40));
        Expect(ParseStatus.Invalid, broken);
        _response.Reset();
        if (ResponseParser.Parse(answer, _response, _limits, Method.Get).Status != ParseStatus.Complete) { Assert.Fail("answer"); }
        ChunkedDecoder decoder = default;
        if (decoder.Decode(Body, _room, out _, out int written) != ChunkedStatus.Done) { Assert.Fail("body"); }
        _ = ChunkedEncoder.Frame(_room, 10, written);
    }

    private void Expect(ParseStatus status, in ReadOnlySequence<byte> bytes)
    {
        _request.Reset();
        if (RequestParser.Parse(bytes, _request, _limits).Status != status) { Assert.Fail(status.ToString()); }
    }
}
