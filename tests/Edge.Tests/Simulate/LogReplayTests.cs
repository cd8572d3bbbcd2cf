// Reading arrivals back from what the access log writes, and from what it does not.

using CsCheck;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Simulate;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Simulate;

public sealed class LogReplayTests
{
    private const long Millisecond = 1_000_000;

    private static LogReplay Read(params string[] lines) => LogReplay.Read(new StringReader(string.Join('\n', lines)), 1000)!;

    [Fact]
    public void BothFormats_GiveTheTimeTheRequestCame()
    {
        LogReplay replay = Read(
            """{"time":"2026-01-02T03:04:05.500Z","client":"10.0.0.1","status":200,"durationMs":100.250,"version":"v1","role":"stable"}""",
            """time="2026-01-02T03:04:05.600Z" client="10.0.0.1" status=200 durationMs=300.000 version="v2" role="canary" """);
        Assert.Equal([0, 99_750_000], replay.Arrivals); // the second line's request came first: .300 and .39975
        Assert.Equal(99_750_001, replay.Duration);
        Assert.Equal((0, 0), (replay.Foreign, replay.Undecided));
    }

    [Theory]
    [InlineData("""10.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET / HTTP/1.1" 200 2""")]
    [InlineData("{")]
    [InlineData("""{"time":"yesterday","version":"v1"}""")]
    [InlineData("""{"time":"1960-01-01T00:00:00Z"}""")]
    [InlineData("""{"time":"2200-01-01T00:00:00Z"}""")]
    [InlineData("""{"time":"9999-12-31T23:59:59Z"}""")]
    [InlineData("""{"level":"info","msg":"time=2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"time":"2026-01-02T03:04:05Z","durationMs":1e300}""")]
    [InlineData("\"")]
    [InlineData("time=\"2026")]
    public void ForeignLine_IsCounted(string line) => Assert.Equal((0, 1, 0), (Read(line).Arrivals.Count, Read(line).Foreign, Read(line).Undecided));

    [Fact]
    public void RefusedBeforeTheSplit_IsLeftOut()
    {
        LogReplay replay = Read("""{"time":"2026-01-02T03:04:05.500Z","durationMs":1.000,"version":"none","reason":"rejected"}""", "", "   ");
        Assert.Equal((0, 0, 1), (replay.Arrivals.Count, replay.Foreign, replay.Undecided));
    }

    /// <summary>A client writes what it likes into its agent's name; the names and quotes there are not the line's.</summary>
    [Fact]
    public void WordsOfAClient_AreNoMembers()
    {
        LogReplay replay = Read(
            """time="2026-01-02T03:04:05.000Z" durationMs=0.000 version="v1" userAgent="x\" durationMs=900000 version=\"none\" y" """,
            """{"time":"2026-01-02T03:04:05.010Z","durationMs":0.000,"version":"v1","userAgent":"\",\"version\":\"none"}""");
        Assert.Equal([0, 10 * Millisecond], replay.Arrivals);
    }

    [Fact]
    public void MoreThanTheMost_IsRefused()
    {
        string line = """{"time":"2026-01-02T03:04:05Z"}""" + "\n";
        Assert.Equal(3, LogReplay.Read(new StringReader(line + line + line), 3)!.Arrivals.Count);
        Assert.Null(LogReplay.Read(new StringReader(line + line + line + line), 3));
    }

    [Fact]
    public void LineWithoutEnd_IsHeldToABound()
    {
        string endless = new('x', 1_000_000);
        LogReplay replay = Read(endless, """{"time":"2026-01-02T03:04:05Z"}""", endless);
        Assert.Equal((1, 2), (replay.Arrivals.Count, replay.Foreign));
    }

    /// <summary>What the log's own writer makes of any bytes is read back.</summary>
    [Fact]
    public void LineOfTheWriter_IsReadBack() => Gen.Select(Gen.Byte.Array[0, 60], Gen.Byte.Array[0, 60], Gen.Bool, Gen.Int[0, 100_000]).Sample((target, agent, json, ms) =>
    {
        byte[] buffer = new byte[4096];
        LineWriter line = new(buffer, json);
        line.Begin();
        line.Text("time"u8, "2026-01-02T03:04:05.250Z"u8);
        line.Text("target"u8, target);
        line.Number("status"u8, 200);
        line.Milliseconds("durationMs"u8, ms * Millisecond);
        line.Text("version"u8, "v1");
        line.Text("reason"u8, Reasons.Label(Reason.Stable));
        line.Text("userAgent"u8, agent);
        line.End();
        string text = System.Text.Encoding.ASCII.GetString(buffer, 0, line.Written);

        string before = """{"time":"2026-01-01T00:00:00Z"}""";
        LogReplay replay = Read(before, text);
        Assert.Equal([0, ((27 * 3600 + 4 * 60 + 5) * 1000L + 250 - ms) * Millisecond], replay.Arrivals);
    });
}
