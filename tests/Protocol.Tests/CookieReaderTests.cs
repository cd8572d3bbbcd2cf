// Cookies found in Cookie fields, however they are spaced.

using System.Buffers;
using System.Text;
using CsCheck;

namespace OpenClaw.Protocol.Tests;

public sealed class CookieReaderTests
{
    private static string Find(string name, params string[] fields)
    {
        List<string> values = [];
        CookieReader cookies = new(Head(fields), Encoding.ASCII.GetBytes(name));
        while (cookies.TryNext(out ReadOnlySpan<byte> value))
        {
            values.Add(Encoding.Latin1.GetString(value));
        }

        Assert.False(cookies.TryNext(out _)); // and stays at the end
        return string.Join('|', values);
    }

    [Theory]
    [InlineData("a=1", "1")]
    [InlineData("x=0; a=1; y=2", "1")]
    [InlineData("x=0;a=1;y=2", "1")]
    [InlineData(";; ; a=1 ;", "1")]
    [InlineData("\ta\t=\t1\t;", "1")]
    [InlineData("a=1; a=2;a=3", "1|2|3")]
    [InlineData("a=\"1\"", "1")]
    [InlineData("a=\"", "\"")]
    [InlineData("a=\"\"", "")]
    [InlineData("a=", "")]
    [InlineData("a==1=", "=1=")]
    [InlineData("A=1; aa=2; b=a=3", "")]
    [InlineData("a; a 1; =a", "")]
    [InlineData("", "")]
    public void OneField_IsTakenApart(string field, string values) => Assert.Equal(values, Find("a", "Cookie: " + field));

    [Fact]
    public void SeveralFields_AreOneList() => Assert.Equal("1|2|3", Find("a", "Cookie: a=1", "Accept: a=9", "cookie: b=0; a=2", "COOKIE: a=3"));

    [Fact]
    public void NoField_HasNone() => Assert.Equal("", Find("a", "X-Cookie: a=1"));

    [Fact]
    public void AnyBytes_AreReadWithoutFault() => Gen.String[Gen.Char["a=;\" \tb,"], 0, 30].Sample(field =>
    {
        string expected = string.Join('|', field.Split(';').Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2 && pair[0].Trim(' ', '\t') == "a")
            .Select(pair => pair[1].Trim(' ', '\t')).Select(value => value.Length >= 2 && value[0] == '"' && value[^1] == '"' ? value[1..^1] : value));
        return Find("a", "Cookie: " + field) == expected;
    });

    [Fact]
    public void FirstValue_IsOfTheFirstFieldOfThatNameInAnyCase()
    {
        RequestHead head = Head("A: 0", "x-KEY:  1 ", "X-Key: 2", "X-Keys: 3");
        Assert.Equal("1", Encoding.Latin1.GetString(head.FirstValue("X-Key"u8)));
        Assert.True(head.FirstValue("X-Ke"u8).IsEmpty);
    }

    private static RequestHead Head(params string[] fields)
    {
        byte[] bytes = Encoding.Latin1.GetBytes("GET / HTTP/1.1\r\nHost: h\r\n" + string.Concat(fields.Select(field => field + "\r\n")) + "\r\n");
        RequestHead head = new();
        Assert.Equal(ParseStatus.Complete, RequestParser.Parse(new ReadOnlySequence<byte>(bytes), head, new ParseLimits()).Status);
        return head;
    }
}
