// What the corpus cannot say about requests: how early a fault is known, and what a head looks like to its user.

using System.Buffers;
using System.Text;

namespace OpenClaw.Protocol.Tests;

public sealed class RequestParserTests
{
    private readonly RequestHead _head = new();
    private readonly ParseLimits _limits = new();

    [Theory]
    [InlineData("\x16", ParseError.InvalidMethod)]
    [InlineData("GET\r", ParseError.InvalidMethod)]
    [InlineData("GET / HTTQ", ParseError.InvalidVersion)]
    [InlineData("GET / HTTP/2.0", ParseError.UnsupportedVersion)]
    [InlineData("GET / HTTP/1.1\n", ParseError.BareLineFeed)]
    [InlineData("GET / HTTP/1.1\r\n ", ParseError.LeadingWhitespace)]
    [InlineData("GET / HTTP/1.1\r\nHost: h\n", ParseError.BareLineFeed)]
    [InlineData("GET / HTTP/1.1\r\nHost ", ParseError.SpaceBeforeColon)]
    [InlineData("GET * HTTP/1.1\r\n", ParseError.InvalidTargetForm)]
    [InlineData("CONNECT h:443 HTTP/1.1\r\n", ParseError.MethodNotAllowed)]
    public void Fault_IsToldWithTheByteThatShowsIt(string text, ParseError expected)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(ParseStatus.Incomplete, Parse(bytes.AsMemory(0, length)).Status);
        }
        ParseResult result = Parse(bytes);
        Assert.Equal(ParseStatus.Invalid, result.Status);
        Assert.Equal(expected, result.Error);
    }

    [Fact]
    public void Head_PointsIntoTheCallersMemory()
    {
        byte[] bytes = "\r\nPOST /p HTTP/1.1\r\nHost: h\r\nX-Y: z \r\n\r\nbody"u8.ToArray();
        ParseResult result = Parse(bytes);

        Assert.Equal(ParseStatus.Complete, result.Status);
        Assert.Equal(bytes.Length - 4, result.Consumed);
        Assert.True(_head.Bytes.Span.Overlaps(bytes, out int start));
        Assert.Equal(-2, start);
        Field field = _head.Fields[1];
        Assert.Equal("X-Y: z \r\n", Encoding.ASCII.GetString(_head.Bytes.Span[field.LineStart..field.LineEnd]));
        Assert.Equal("X-Y", Encoding.ASCII.GetString(_head.Name(field)));
        Assert.Equal("z", Encoding.ASCII.GetString(_head.Value(field)));
    }

    [Fact]
    public void HeadInFirstSegment_IsNotCopied()
    {
        byte[] bytes = "GET / HTTP/1.1\r\nHost: h\r\n\r\nbody"u8.ToArray();
        ReadOnlySequence<byte> sequence = Cuts.Segmented(bytes, bytes.Length - 2);

        Assert.Equal(ParseStatus.Complete, RequestParser.Parse(sequence, _head, _limits).Status);
        Assert.True(_head.Bytes.Span.Overlaps(sequence.FirstSpan));
    }

    [Fact]
    public void ManyEmptySegments_ChangeNothing()
    {
        ReadOnlySequence<byte> sequence = Cuts.Segmented("GET / HTTP/1.1\r\nHost: h\r\n\r\n"u8, 0, 0, 5, 5, 20, 20, 27);
        Assert.Equal(ParseStatus.Complete, RequestParser.Parse(sequence, _head, _limits).Status);
    }

    [Fact]
    public void Reset_ForgetsTheMessageBefore()
    {
        Assert.Equal(ParseStatus.Complete, Parse(
            "OPTIONS http://a?b HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nMax-Forwards: 3\r\nContent-Length: 4\r\n\r\n"u8.ToArray()).Status);
        _head.Reset();
        Assert.Equal(ParseStatus.Complete, Parse("GET /x HTTP/1.0\r\n\r\n"u8.ToArray()).Status);

        Assert.Equal(0, _head.Fields.Count);
        Assert.Equal(0UL, _head.Fields.Present);
        Assert.Equal(-1, _head.MaxForwards);
        Assert.Equal(BodyKind.None, _head.Body.Kind);
        Assert.Equal(TargetForm.Origin, _head.Form);
        Assert.True(_head.Authority.IsEmpty);
        Assert.Equal("/x", Encoding.ASCII.GetString(_head.OriginTarget));
        Assert.False(_head.KeepAlive);
    }

    [Fact]
    public void Reset_ForgetsGatheredSegments()
    {
        RequestParser.Parse(Cuts.SegmentedEvery("GET /first HTTP/1.1\r\nHost: first\r\n\r\n"u8, 5), _head, _limits);
        _head.Reset();
        ReadOnlySequence<byte> second = Cuts.SegmentedEvery("PUT /other HTTP/1.1\r\nHost: other\r\n\r\n"u8, 5);
        Assert.Equal(ParseStatus.Complete, RequestParser.Parse(second, _head, _limits).Status);
        Assert.Equal("PUT /other other", Encoding.ASCII.GetString([.. _head.MethodText, .. " "u8, .. _head.OriginTarget, .. " "u8, .. _head.Authority]));
    }

    [Fact]
    public void OwnLimits_Hold()
    {
        byte[] bytes = "GET /12345 HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n"u8.ToArray();
        Assert.Equal(ParseError.RequestLineTooLong, ParseWith(bytes, new ParseLimits(LineBytes: 20)));
        Assert.Equal(ParseError.None, ParseWith(bytes, new ParseLimits(LineBytes: 21)));
        Assert.Equal(ParseError.HeadTooLarge, ParseWith(bytes, new ParseLimits(HeadBytes: bytes.Length - 1)));
        Assert.Equal(ParseError.None, ParseWith(bytes, new ParseLimits(HeadBytes: bytes.Length)));
        Assert.Equal(ParseError.TooManyFields, ParseWith(bytes, new ParseLimits(Fields: 1)));
        Assert.Equal(ParseError.None, ParseWith(bytes, new ParseLimits(Fields: 2)));
    }

    [Fact]
    public void ManyFields_GrowTheTable()
    {
        string fields = string.Concat(Enumerable.Range(0, 300).Select(i => $"f{i}: {i}\r\n"));
        byte[] bytes = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
        Assert.Equal(ParseError.None, ParseWith(bytes, new ParseLimits(Fields: 301)));
        Assert.Equal(301, _head.Fields.Count);
        Assert.Equal("299", Encoding.ASCII.GetString(_head.Value(_head.Fields[300])));
    }

    private ParseResult Parse(ReadOnlyMemory<byte> bytes) => RequestParser.Parse(new ReadOnlySequence<byte>(bytes), _head, _limits);

    private ParseError ParseWith(byte[] bytes, ParseLimits limits)
    {
        _head.Reset();
        return RequestParser.Parse(new ReadOnlySequence<byte>(bytes), _head, limits).Error;
    }
}
