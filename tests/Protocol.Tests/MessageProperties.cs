// Properties over generated messages: what is valid comes back as it was, what is broken never hurts, and no cut changes a verdict.

using System.Buffers;
using System.Globalization;
using System.Text;
using CsCheck;

namespace OpenClaw.Protocol.Tests;

public sealed class MessageProperties
{
    private const string TokenBytes = "!#$%&'*+-.^_`|~0189AZaz";

    private static readonly Gen<string> Token = Gen.Char[TokenBytes].Array[1, 24].Select(c => new string(c));
    private static readonly Gen<string> Value = Gen.Char["aZ09 \t\"(),/:;<=>?@[\\]{}\u0080\u00ff"].Array[0, 40].Select(c => new string(c));
    private static readonly Gen<string> Blank = Gen.Char[" \t"].Array[0, 3].Select(c => new string(c));
    private static readonly Gen<(string Name, string Before, string Value, string After)[]> Fields =
        Gen.Select(Token.Where(t => KnownFields.Recognize(Encoding.ASCII.GetBytes(t)) == KnownField.Other), Blank, Value, Blank).Array[0, 12];

    private static readonly byte[][] Seeds = [.. CorpusCase.All.Where(c => c.Message.Length is > 0 and < 400).Select(c => c.Message)];

    private static readonly Gen<byte[]> Mutated = Gen.Select(Gen.Int[0, Seeds.Length - 1], Gen.Select(Gen.Int[0, 400], Gen.Int[0, 4], Gen.Byte).Array[0, 6])
        .Select((seed, edits) => edits.Aggregate(Seeds[seed], Mutate));

    [Fact]
    public void ValidRequest_ComesBackAsItWas() => Gen.Select(Token, Gen.Char["az/?%:@~{|"].Array[0, 30], Fields, Gen.Int[0, 3])
        .Sample((method, path, fields, framing) =>
        {
            if (method == "CONNECT") { return; }
            string target = "/" + new string(path);
            string length = framing switch { 0 => "", 1 => "Content-Length: 17\r\n", 2 => "content-length:\t17 \r\n", _ => "Transfer-Encoding: chunked\r\n" };
            string lines = string.Concat(fields.Select(f => $"{f.Name}:{f.Before}{f.Value}{f.After}\r\n"));
            byte[] bytes = Encoding.Latin1.GetBytes($"{method} {target} HTTP/1.1\r\nHost: h\r\n{lines}{length}\r\n");
            RequestHead head = new();

            ParseResult result = RequestParser.Parse(new ReadOnlySequence<byte>(bytes), head, new ParseLimits());
            Assert.Equal((ParseStatus.Complete, bytes.Length), (result.Status, result.Consumed));
            Assert.Equal(method, Encoding.Latin1.GetString(head.MethodText));
            Assert.Equal(target, Encoding.Latin1.GetString(head.OriginTarget));
            Assert.Equal(framing switch { 0 => BodyKind.None, 3 => BodyKind.Chunked, _ => BodyKind.Length }, head.Body.Kind);
            for (int i = 0; i < fields.Length; i++)
            {
                Assert.Equal(fields[i].Name, Encoding.Latin1.GetString(head.Name(head.Fields[i + 1])));
                Assert.Equal(fields[i].Value.Trim(' ', '\t'), Encoding.Latin1.GetString(head.Value(head.Fields[i + 1])));
            }
            byte[] room = new byte[bytes.Length];
            HeadWriter writer = new(room);
            writer.WriteKept(head.Bytes.Span, head.Fields, 0);
            Assert.Equal($"Host: h\r\n{lines}{(framing == 3 ? "" : length)}", Encoding.Latin1.GetString(room, 0, writer.Written));
        });

    [Fact]
    public void MutatedMessage_HasOneVerdictInEveryCut() => Gen.Select(Mutated, Gen.Int[0, 400].Array[0, 5], Gen.Bool).Sample((bytes, cuts, request) =>
    {
        int[] borders = [.. cuts.Select(c => c % (bytes.Length + 1)).Order()];
        Probe probe = request ? Probe.Request() : Probe.Response(Method.Get);
        string whole = probe.Once(new ReadOnlySequence<byte>(bytes)).ToString();
        Assert.Equal(whole, probe.Once(Cuts.Segmented(bytes, borders)).ToString());
        Assert.Equal(whole, probe.Growing(bytes, borders, move: true).ToString());
    }, iter: 20_000);

    [Fact]
    public void MutatedMessage_HasOneVerdictUnderSmallLimits() => Gen.Select(Mutated, Gen.Int[8, 90], Gen.Int[8, 60], Gen.Int[0, 4]).Sample((bytes, head, line, fields) =>
    {
        Probe probe = Probe.Request(new ParseLimits(head, line, fields));
        string whole = probe.Once(new ReadOnlySequence<byte>(bytes)).ToString();
        Assert.Equal(whole, probe.Once(Cuts.SegmentedEvery(bytes, 3)).ToString());
        Assert.Equal(whole, probe.Growing(bytes, Enumerable.Range(0, bytes.Length), move: false).ToString());
    }, iter: 5_000);

    [Fact]
    public void MutatedBody_HasOneVerdictInEveryCut() => Gen.Select(Mutated, Gen.Int[0, 400].Array[0, 5], Gen.Int[1, 9]).Sample((bytes, cuts, room) =>
    {
        IEnumerable<int> borders = cuts.Select(c => c % (bytes.Length + 1)).Order();
        Assert.Equal(ChunkedFeed.Decode(bytes, [], bytes.Length).ToString(), ChunkedFeed.Decode(bytes, borders, room).ToString());
    }, iter: 20_000);

    [Fact]
    public void EncodedData_ComesBackThroughAnyCut() => Gen.Select(Gen.Byte.Array[0, 300].Array[0, 6], Gen.Int[0, 2000].Array[0, 5], Gen.Int[1, 50]).Sample((pieces, cuts, room) =>
    {
        MemoryStream coded = new();
        foreach (byte[] piece in pieces)
        {
            byte[] block = new byte[piece.Length + ChunkedEncoder.Overhead];
            piece.CopyTo(block, ChunkedEncoder.PrefixRoom);
            (int start, int end) = ChunkedEncoder.Frame(block, ChunkedEncoder.PrefixRoom, piece.Length);
            coded.Write(block, start, end - start);
        }
        coded.Write(ChunkedEncoder.LastChunk);
        coded.Write("next"u8);
        byte[] bytes = coded.ToArray();
        Outcome outcome = ChunkedFeed.Decode(bytes, cuts.Select(c => c % (bytes.Length + 1)).Order(), room);
        Assert.Equal("done", outcome.Status);
        Assert.Equal("4", outcome["rest"]);
        Assert.Equal(Encoding.Latin1.GetString([.. pieces.SelectMany(p => p)]), outcome["data"]);
    });

    [Fact]
    public void AnyNumber_IsALength() => Gen.Long[0, long.MaxValue / 10].Sample(length =>
    {
        byte[] bytes = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n"));
        RequestHead head = new();
        Assert.Equal(ParseStatus.Complete, RequestParser.Parse(new ReadOnlySequence<byte>(bytes), head, new ParseLimits()).Status);
        Assert.Equal(length, head.Body.Length);
    });

    private static byte[] Mutate(byte[] bytes, (int Place, int Kind, byte Value) edit)
    {
        int at = bytes.Length == 0 ? 0 : edit.Place % bytes.Length;
        byte special = " \t\r\n:;,\0\"\\=5aH/"u8.ToArray()[edit.Value % 15];
        return edit.Kind switch
        {
            0 => [.. bytes[..at], edit.Value, .. bytes[at..]],
            1 => [.. bytes[..at], special, .. bytes[at..]],
            2 when bytes.Length > 0 => [.. bytes[..at], .. bytes[(at + 1)..]],
            3 when bytes.Length > 0 => [.. bytes[..at], special, .. bytes[(at + 1)..]],
            _ => [.. bytes[..at], .. bytes[(at / 2)..]],
        };
    }
}
