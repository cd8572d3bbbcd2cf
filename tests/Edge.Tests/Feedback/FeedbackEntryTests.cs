// What counts as a voice, in both forms, and what whoever wrote something else is told.

using System.Text;
using OpenClaw.Edge.Feedback;

namespace OpenClaw.Edge.Tests.Feedback;

public sealed class FeedbackEntryTests
{
    [Theory]
    [InlineData("""{"token":"abc","score":0.8}""", 0.8)]
    [InlineData("""{ "score" : 1 , "token" : "abc" }""", 1)]
    [InlineData("\r\n{\"token\":\"abc\",\"score\":0}\n", 0)]
    [InlineData("""{"token":"abc","score":5e-1}""", 0.5)]
    [InlineData("""{"token":"abc","score":-0}""", 0)]
    [InlineData("""{"token":"abc","score":1e-999}""", 0)]
    [InlineData("token=abc&score=0.25", 0.25)]
    [InlineData("score=1e-1&token=abc", 0.1)]
    [InlineData("token=abc&score=1.000\r\n", 1)]
    public void Voice_IsRead(string text, double score)
    {
        Assert.Null(FeedbackEntry.Read(Encoding.UTF8.GetBytes(text), out FeedbackEntry entry));
        Assert.Equal("abc", Encoding.ASCII.GetString(entry.Token));
        Assert.Equal((score, 1, true), (entry.Score, entry.Count, entry.Version.IsEmpty));
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("1e999")]
    [InlineData("-0.1")]
    [InlineData("1.1")]
    [InlineData("1.0000000000000002")]
    [InlineData("-1e-300")]
    [InlineData("+1")]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData("01")]
    [InlineData("0x1")]
    [InlineData("0,5")]
    [InlineData("1 1")]
    [InlineData("%31")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("\"0.5\"")]
    [InlineData("[0.5]")]
    [InlineData("{\"a\":1}")]
    [InlineData("٠.٥")]
    public void Score_IsAPlainNumberFrom0To1(string score)
    {
        Assert.NotNull(FeedbackEntry.Read(Encoding.UTF8.GetBytes($$"""{"token":"abc","score":{{score}}}"""), out _));
        Assert.Contains("score", FeedbackEntry.Read(Encoding.UTF8.GetBytes($"token=abc&score={score}"), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"token":"abc"}""")]
    [InlineData("""{"score":1}""")]
    [InlineData("""{"token":"","score":1}""")]
    [InlineData("""{"token":"abc","token":"abc","score":1}""")]
    [InlineData("""{"token":"abc","score":1,"score":1}""")]
    [InlineData("""{"token":"abc","score":1,"more":1}""")]
    [InlineData("""{"token":{"a":"abc"},"score":1}""")]
    [InlineData("""{"token":["abc"],"score":1}""")]
    [InlineData("""{"token":7,"score":1}""")]
    [InlineData("""{"token":null,"score":1}""")]
    [InlineData("""{"token":"\u0061bc","score":1}""")]
    [InlineData("""{"tok\u0065n":"abc","score":1}""")]
    [InlineData("""{"token":"\ud800","score":1}""")]
    [InlineData("""{"Token":"abc","score":1}""")]
    [InlineData("""{"token":"abc","score":1,}""")]
    [InlineData("""{"token":"abc","score":1}{}""")]
    [InlineData("""{"token":"abc","score":1} x""")]
    [InlineData("""{'token':'abc','score':1}""")]
    [InlineData("""{"token":"abc",/* */"score":1}""")]
    [InlineData("""{"version":"v1","score":1}""")]
    [InlineData("""{"token":"abc","score":1,"count":2}""")]
    [InlineData("token=abc")]
    [InlineData("score=1")]
    [InlineData("token=&score=1")]
    [InlineData("token=abc&score=1&")]
    [InlineData("token=abc&score=1&score=1")]
    [InlineData("token=abc&token=abc&score=1")]
    [InlineData("version=v1&score=1")]
    [InlineData("hello")]
    public void AnythingElse_IsToldWhatWouldBeRight(string text) =>
        Assert.Equal("""write {"token": "...", "score": 0.8} or token=...&score=0.8""", FeedbackEntry.Read(Encoding.UTF8.GetBytes(text), out _));

    [Theory]
    [InlineData("""{"version":"v2","score":0.5}""", 1)]
    [InlineData("""{"count":1000,"version":"v2","score":0.5}""", 1000)]
    public void TrustedVoice_NamesItsVersion(string text, int count)
    {
        Assert.Null(FeedbackEntry.ReadJson(Encoding.UTF8.GetBytes(text), isTrusted: true, out FeedbackEntry entry));
        Assert.Equal("v2", Encoding.ASCII.GetString(entry.Version));
        Assert.Equal((0.5, count, true), (entry.Score, entry.Count, entry.Token.IsEmpty));
    }

    [Theory]
    [InlineData("""{"version":"v2","token":"abc","score":0.5}""")]
    [InlineData("""{"token":"abc","score":0.5,"count":1}""")]
    [InlineData("""{"version":"v2","score":0.5,"count":0}""")]
    [InlineData("""{"version":"v2","score":0.5,"count":1001}""")]
    [InlineData("""{"version":"v2","score":0.5,"count":2.0}""")]
    [InlineData("""{"version":"v2","score":0.5,"count":"2"}""")]
    [InlineData("""{"version":"v2","score":0.5,"count":2,"count":2}""")]
    [InlineData("""{"version":"","score":0.5}""")]
    [InlineData("""["v2",0.5]""")]
    [InlineData("7")]
    public void TrustedVoice_IsTokenOrVersion(string text) => Assert.NotNull(FeedbackEntry.ReadJson(Encoding.UTF8.GetBytes(text), isTrusted: true, out _));

    [Fact]
    public void DeepNesting_IsRefusedWithoutAnException() =>
        Assert.NotNull(FeedbackEntry.Read(Encoding.ASCII.GetBytes("{\"token\":" + new string('[', 4_000)), out _));
}
