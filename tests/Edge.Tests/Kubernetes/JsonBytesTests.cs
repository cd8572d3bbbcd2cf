// Values found in JSON where they lie; anything else has none, and nothing throws.

using System.Buffers;
using System.Text;
using CsCheck;
using OpenClaw.Edge.Kubernetes;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class JsonBytesTests
{
    private const string Event = """{"type":"MODIFIED","object":{"metadata":{"name":"päge","namespace":"n","resourceVersion":"8","labels":{"a":"\u00fc"}},"spec":{"rules":[{"x":[1,2,{"y":null}]}],"name":"no"}}}""";

    /// <summary>The bytes in pieces that end at these places.</summary>
    internal static ReadOnlySequence<byte> Split(byte[] bytes, params IEnumerable<int> cuts)
    {
        Piece? first = null, last = null;
        int from = 0;
        foreach (int cut in cuts.Append(bytes.Length).Where(cut => cut >= 0 && cut <= bytes.Length).Order())
        {
            last = new Piece(bytes.AsMemory(from, cut - from), last);
            first ??= last;
            from = cut;
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private static ReadOnlySequence<byte> Bytes(string json) => new(Encoding.UTF8.GetBytes(json));

    [Theory]
    [InlineData("""{"a":{"b":"x"}}""", "x")]
    [InlineData("""{"b":"no","a":{"a":{"b":"no"},"b":"x","b":"second"}}""", "x")]
    [InlineData("""{"\u0061":{"b":"\u00fc"}}""", "ü")]
    [InlineData("""{"a":{"b":7}}""", null)]
    [InlineData("""{"a":["b","x"]}""", null)]
    [InlineData("""{"a":null}""", null)]
    [InlineData("""{"a":{"b":"x""", null)]
    [InlineData("""[{"a":{"b":"x"}}]""", null)]
    [InlineData("", null)]
    [InlineData("nonsense", null)]
    public void Text_IsFoundByItsPath(string json, string? expected) => Assert.Equal(expected, JsonBytes.Text(Bytes(json), "a", "b"));

    [Fact]
    public void TextThatIsNoUtf8_IsNone() => Assert.Null(JsonBytes.Text(new ReadOnlySequence<byte>([.. "{\"a\":\""u8, 0xff, .. "\"}"u8]), "a"));

    [Theory]
    [InlineData("""{"a":-7}""", -7)]
    [InlineData("""{"a":7.5}""", 0)]
    [InlineData("""{"a":99999999999}""", 0)]
    [InlineData("""{"a":"7"}""", 0)]
    [InlineData("{}", 0)]
    public void Number_IsWholeOrNone(string json, int expected) => Assert.Equal(expected, JsonBytes.Number(Bytes(json), "a"));

    [Fact]
    public void Elements_AreAsTheyStand()
    {
        IReadOnlyList<ReadOnlySequence<byte>> elements = JsonBytes.Elements(Bytes("""{"a":[1, {"b": [2]} ,"c",[],null]}"""), "a")!;
        Assert.Equal(["1", """{"b": [2]}""", "\"c\"", "[]", "null"], elements.Select(element => Encoding.UTF8.GetString(element)));
        Assert.Equal((0, 0), (JsonBytes.Elements(Bytes("""{"a":null}"""), "a")!.Count, JsonBytes.Elements(Bytes("""{"a":[]}"""), "a")!.Count));
        Assert.Null(JsonBytes.Elements(Bytes("""{"a":{}}"""), "a"));
        Assert.Null(JsonBytes.Elements(Bytes("""{"a":[1,}"""), "a"));
    }

    [Fact]
    public void PiecesOfAnySize_AreReadAlike() => Gen.Int[0, 220].List[0, 8].Sample(cuts =>
    {
        bool isRead = WatchEvent.TryRead(Split(Encoding.UTF8.GetBytes(Event), cuts), out WatchEvent read);
        bool isNamed = ObjectMetadata.TryRead(read.Item, out ObjectMetadata metadata);
        return isRead && isNamed && read.Type == WatchEventType.Modified && metadata == new ObjectMetadata("n", "päge", "8") && Event.EndsWith(Encoding.UTF8.GetString(read.Item) + "}");
    });

    [Fact]
    public void BytesThatWereChanged_AreReadOrNot_ButNeverThrow() =>
        Gen.Select(Gen.Int[0, Encoding.UTF8.GetByteCount(Event) - 1], Gen.Byte, Gen.Int[0, 220]).List[1, 4].Sample(changes =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(Event);
            foreach ((int at, byte to, int _) in changes)
            {
                bytes[at] = to;
            }

            ReadOnlySequence<byte> line = Split(bytes, changes.Select(change => change.Item3));
            _ = WatchEvent.TryRead(line, out WatchEvent read) && ObjectMetadata.TryRead(read.Item, out _);
            ApiStatus.Read(line);
            JsonBytes.Elements(line, "object", "spec", "rules");
        }, iter: 20_000);

    [Fact]
    public void VersionOfAnyLength_IsNotCarriedAround()
    {
        static bool TryRead(int length) => ObjectMetadata.TryRead(Bytes($$$"""{"metadata":{"resourceVersion":"{{{new string('9', length)}}}"}}"""), out _);
        Assert.True(TryRead(256));
        Assert.False(TryRead(257));
        Assert.False(TryRead(0));
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
