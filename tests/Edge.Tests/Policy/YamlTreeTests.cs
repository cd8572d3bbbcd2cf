using System.Text;
using CsCheck;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Policy;

public sealed class YamlTreeTests
{
    public static TheoryData<string, string> Broken => new()
    {
        { "", "1:1: the file is empty" },
        { "# only words\n", "1:1: the file is empty" },
        { "---\n", "1:1: the file is empty" },
        { "- a\n- b\n", "1:1: the file must hold keys with values (key: value)" },
        { "word", "1:1: the file must hold keys with values (key: value)" },
        { "bucket:\n\tcapacity: 20\n", "2:1: a tab stands in the indentation; YAML is indented with spaces" },
        { "bucket:\n  capacity: 20\n\trefillRate: 1\n", "3:1: a tab stands in the indentation; YAML is indented with spaces" },
        { "bucket:\n  capacity: 20\n  \trefillRate: 1\n", "3:3: a tab stands in the indentation; YAML is indented with spaces" },
        { "a: 1\n---\nb: 2\n", "2:1: a second document begins here; one file holds one document" },
        { "a: \"open\n", "1:4: cannot be read as YAML: " },
        { "a: b: c\n", "1:5: cannot be read as YAML: " },
        { "a: [1, 2\n", "2:1: cannot be read as YAML: " },
        { "bucket: {capacity: 20\ncanary: 3\n", "2:1: cannot be read as YAML: a { or [ is not closed where it should be" },
        { "a: [[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]", "1:19: cannot be read as YAML: nested deeper than 16 levels" },
        { "%TAG ! \n---\n{}\n", "1:8: cannot be read as YAML: a %TAG line says nothing" },
        { "a: \u0001\n", "1:4: a control character stands here" },
        { "a: 1\nb: \0\n", "2:4: a control character stands here" },
    };

    [Theory, MemberData(nameof(Broken))]
    public void BrokenText_IsOneFaultWithItsPlace(string text, string expected)
    {
        Findings findings = new Findings(strict: false);
        Assert.Null(YamlTree.Read("f", Encoding.UTF8.GetBytes(text), findings));
        Assert.StartsWith(expected, TestFolder.Brief(Assert.Single(findings.Of(Severity.Error))));
    }

    public static TheoryData<string, string> LeftOut => new()
    {
        { "a: &x 1", "1:4: &x: anchors are not read; write the value where it belongs" },
        { "a: *x", "1:4: *x: aliases are not read; write the value out" },
        { "<<: {a: 1}", "1:1: <<: merge keys are not read; write the keys out" },
        { "a: !!int 3", "1:4: tag:yaml.org,2002:int: tags are not read; leave it out" },
        { "? [a]\n: b", "1:3: a key must be a plain word" },
    };

    [Theory, MemberData(nameof(LeftOut))]
    public void FeatureThatIsNotRead_IsNamed(string text, string expected)
    {
        Findings findings = new Findings(strict: false);
        YamlTree.Read("f", Encoding.UTF8.GetBytes(text), findings);
        Assert.Equal([expected], TestFolder.Brief(findings.Of(Severity.Error)));
    }

    [Fact]
    public void ByteOutsideUtf8_IsPlaced()
    {
        Findings findings = new Findings(strict: false);
        Assert.Null(YamlTree.Read("f", [.. "a: 1\nb: "u8, 0xFF], findings));
        Assert.Equal(["2:4: a byte that is not UTF-8 stands here"], TestFolder.Brief(findings.Of(Severity.Error)));
    }

    [Fact]
    public void ByteOrderMarkAndCarriageReturns_AreReadOver()
    {
        Findings findings = new Findings(strict: false);
        MappingNode? root = YamlTree.Read("f", [0xEF, 0xBB, 0xBF, .. "a: 1\r\nb: 2\r\n"u8], findings);
        Assert.False(findings.HasErrors);
        Assert.Equal("2", ((ScalarNode)root!.Find("b")!.Value).Text);
    }

    [Fact]
    public void TooManyBytes_AreRefusedUnread()
    {
        Findings findings = new Findings(strict: false);
        Assert.Null(YamlTree.Read("f", new byte[YamlTree.BytesMax + 1], findings));
        Assert.StartsWith("larger than", Assert.Single(findings.Of(Severity.Error)).Message);
    }

    [Fact]
    public void FaultsBeyondTheBound_AreCounted()
    {
        Findings findings = new Findings(strict: true);
        for (int i = 0; i < 250; i++)
        {
            findings.WithoutEffect(new Place("f", i + 1, 1), "unknown key");
        }

        List<Fault> faults = findings.Of(Severity.Error);
        Assert.Equal(101, faults.Count);
        Assert.Equal("150 more findings are not listed", faults[^1].Message);
    }

    /// <summary>The parser's work grows with the square of the depth: a megabyte of brackets would take it minutes.</summary>
    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    public void EndlessNesting_StopsAtTheDepthBound(string opening)
    {
        Findings findings = new Findings(strict: false);
        string text = string.Concat(Enumerable.Repeat(opening, YamlTree.BytesMax / opening.Length));
        Assert.Null(YamlTree.Read("f", Encoding.UTF8.GetBytes(text), findings));
        Assert.EndsWith("nested deeper than 16 levels", Assert.Single(findings.Of(Severity.Error)).Message);
    }

    private const string Whole = """
        apiVersion: openclaw.io/v1
        listeners:
        - address: "0.0.0.0:8443"
          tls: {certificates: [{certFile: a, keyFile: 'b'}], minVersion: "1.2"}
        - {address: "[::1]:8080", redirectToHttps: true}
        admin: {address: "127.0.0.1:9901", tokenFile: ""}
        versions:
          v1: {endpoints: ["http://127.0.0.1:9001", http://h], retry: {attempts: 2}}
          v2: {endpoints: ["https://[::1]:9002"], tls: {caFile: ca, serverName: n}}
        stable: v1
        upstream: {timeouts: {connect: 1.5s}, healthCheck: {path: "/h"}}
        limits: {headBytes: 2048}
        forwarded: {trustedCidrs: [10.0.0.0/8]}
        fields: {request: {set: {X-A: "1"}, remove: [X-B]}}
        bucket: {capacity: 20, refillRate: 2}
        canary: {version: v2, weight: 5%}
        rating: {window: 60s}
        abort: false
        """;

    private static readonly string[] Pieces =
        ["\t", "\n", " ", ":", "-", "{", "}", "[", "]", ",", "*x", "&x", "!t", "? ", "|", ">", "'", "\"", "%", "@", "#", "~", "<<: ", "---\n", "...\n", "\0", "\uFFFD", "é", "1e999", "\\", "\r", "\uD83D\uDE00"];

    /// <summary>Mutations of a whole document: cuts, insertions of YAML's own marks, swapped bytes.</summary>
    [Fact]
    public void MutatedText_NeverThrows()
    {
        Gen<(int At, int Cut, string Piece)> mutation = Gen.Select(Gen.Int[0, Whole.Length], Gen.Int[0, 12], Gen.OneOf(Pieces.Select(Gen.Const).ToArray()));
        mutation.Array[1, 6].Sample(mutations =>
        {
            string text = Whole;
            foreach ((int at, int cut, string piece) in mutations)
            {
                int from = Math.Min(at, text.Length);
                text = text[..from] + piece + text[Math.Min(from + cut, text.Length)..];
            }
            ReadBothWays(Encoding.UTF8.GetBytes(text));
        }, iter: 3000);
    }

    [Fact]
    public void ArbitraryBytes_NeverThrow() => Gen.Byte.Array[0, 200].Sample(ReadBothWays, iter: 2000);

    [Fact]
    public void YamlMarksInAnyOrder_NeverThrow() =>
        Gen.OneOf(Pieces.Select(Gen.Const).ToArray()).Array[1, 30].Sample(pieces => ReadBothWays(Encoding.UTF8.GetBytes("a: " + string.Concat(pieces))), iter: 5000);

    /// <summary>Either a value or a fault must come out; and every fault has a place inside the file.</summary>
    private static void ReadBothWays(byte[] bytes)
    {
        Findings findings = new Findings(strict: true);
        if (YamlTree.Read("f", bytes, findings) is { } root)
        {
            EdgeSettings edge = EdgeDocument.Read(new Section(root, root.Place, findings));
            PolicyDocument.Read(new Section(root, root.Place, findings), edge, findings);
        }
        else
        {
            Assert.True(findings.HasErrors);
        }

        Assert.All(findings.Of(Severity.Error), f => Assert.True(f.Line >= 1 && f.Column >= 1, f.ToString()));
    }
}
