// What becomes of tokens that come back, and of batches: each is heard once, by the version that gave the answer, or refused for what it is.

using System.Text;
using System.Text.Json;
using OpenClaw.Edge.Feedback;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Tests.Policy;

namespace OpenClaw.Edge.Tests.Feedback;

public sealed class FeedbackDeskTests
{
    private const long Now = Voices.Now;

    private readonly FeedbackDesk _desk = new();
    private readonly FeedbackRules _rules = Voices.Rules();

    private List<Voice> Heard()
    {
        List<Voice> voices = [];
        while (_desk.Voices.TryTake(out Voice voice))
        {
            voices.Add(voice);
        }

        return voices;
    }

    [Fact]
    public void Voice_ReachesTheRatingOnce()
    {
        string token = _rules.Token(1, "v2", cell: 7, age: 3);
        Assert.Equal(FeedbackResult.Accepted, _desk.Hear(_rules, Voices.Body(token, "0.25")));
        Assert.Equal(FeedbackResult.Replayed, _desk.Hear(_rules, Voices.Body(token, "1")));
        Assert.Equal([new Voice("v2", 0.25, 7, 3)], Heard());
        Assert.Equal([("v2", FeedbackResult.Accepted, 1L), ("v2", FeedbackResult.Replayed, 1L)], _desk.Counts());
    }

    [Fact]
    public void TokenOfAnotherKey_IsForged()
    {
        Assert.Equal(FeedbackResult.Forged, _desk.Hear(_rules, Voices.Rules(keys: Voices.KeyB).Token(1)));
        Assert.Equal([(null, FeedbackResult.Forged, 1L)], _desk.Counts());
    }

    [Fact]
    public void TokenOfAnotherVersion_IsForeignAndNotUsedUp()
    {
        string token = Voices.Rules(edge: TestFolder.Edge.Replace("v2:", "v3:")).Token(1, "v3");
        Assert.Equal(FeedbackResult.Foreign, _desk.Hear(_rules, token));
        Assert.Equal(FeedbackResult.Accepted, _desk.Hear(Voices.Rules(edge: TestFolder.Edge.Replace("v2:", "v3:")), token));
    }

    [Theory]
    [InlineData(-3_601, FeedbackResult.Expired)]
    [InlineData(-3_600, FeedbackResult.Accepted)]
    [InlineData(0, FeedbackResult.Accepted)]
    [InlineData(60, FeedbackResult.Accepted)]
    [InlineData(61, FeedbackResult.Skewed)]
    public void Age_IsBoundedBothWays(int issued, object expected) => Assert.Equal((FeedbackResult)expected, _desk.Hear(_rules, _rules.Token(1, at: Now + issued)));

    [Fact]
    public void ClockSteps_NeitherReplayNorKeepOut()
    {
        string used = _rules.Token(1);
        Assert.Equal(FeedbackResult.Accepted, _desk.Hear(_rules, used));
        Assert.Equal(FeedbackResult.Expired, _desk.Hear(_rules, used, Now + 1_000_000));
        Assert.Equal(FeedbackResult.Accepted, _desk.Hear(_rules, _rules.Token(2, at: Now + 1_000_000), Now + 1_000_000));
        Assert.Equal(FeedbackResult.Replayed, _desk.Hear(_rules, used));
        Assert.Equal(FeedbackResult.Accepted, _desk.Hear(_rules, _rules.Token(3)));
        Assert.Equal(FeedbackResult.Skewed, _desk.Hear(_rules, _rules.Token(2, at: Now + 1_000_000)));
    }

    [Fact]
    public void Reload_KeepsWhatWasUsed()
    {
        string token = _rules.Token(1);
        _desk.Hear(_rules, token);
        Assert.Equal(FeedbackResult.Replayed, _desk.Hear(Voices.Rules(keys: [Voices.KeyB, Voices.KeyA]), token));
    }

    [Fact]
    public void FullQueue_DropsAndDoesNotUseTheTokenUp()
    {
        string token = _rules.Token(1);
        while (_desk.Voices.TryAdd(new Voice("v1", 1), 1))
        {
        }

        Assert.Equal(FeedbackResult.Dropped, _desk.Hear(_rules, token));
        _desk.Voices.TryTake(out _);
        Assert.Equal(FeedbackResult.Accepted, _desk.Hear(_rules, token));
    }

    [Fact]
    public void Line_IsNotWrittenForAVersionThatIsNotThere() =>
        Assert.Equal(0, _rules.WriteLine(new byte[FeedbackRules.LineBytes], "v9", 1, Now, 0, 0));

    [Theory]
    [InlineData("[{0},{1}]")]
    [InlineData("{0}\n\r\n{1}\r\n")]
    [InlineData(" [ {0} , {1} ] \n")]
    public void Batch_IsAnArrayOrLines(string form)
    {
        JsonElement report = Take(string.Format(form, Encoding.ASCII.GetString(Voices.Body(_rules.Token(1))), """{"version": "v2", "score": 0.5, "count": 3}"""));
        Assert.Equal((2, 0, 0), (report.GetProperty("accepted").GetInt32(), report.GetProperty("refused").GetInt32(), report.GetProperty("rejected").GetArrayLength()));
        Assert.Equal([new Voice("v1", 0.8), new Voice("v2", 0.5), new Voice("v2", 0.5), new Voice("v2", 0.5)], Heard());
        Assert.Contains(("v2", FeedbackResult.Accepted, 3L), _desk.Counts());
    }

    [Theory]
    [InlineData("[", ",", "]")]
    [InlineData("", "\n", "")]
    public void BadEntries_KeepNoOtherFromBeingHeard(string open, string between, string close)
    {
        string good = Encoding.ASCII.GetString(Voices.Body(_rules.Token(1)));
        string[] entries = [good, good, "7", """{"version":"v9","score":1}""", """{"version":"v1","score":2}""", """[[{"version":"v1","score":1}]]""", """{"version":"v2","score":1}"""];
        JsonElement report = Take(open + string.Join(between, entries) + close);
        Assert.Equal(2, report.GetProperty("accepted").GetInt32());
        Assert.Equal(5, report.GetProperty("refused").GetInt32());
        Assert.Equal(["1 replayed", "2 malformed", "3 foreign", "4 malformed", "5 malformed"], Rejected(report));
        Assert.Equal([new Voice("v1", 0.8), new Voice("v2", 1)], Heard());
    }

    [Fact]
    public void BrokenArray_IsHeardUpToWhereItBreaks()
    {
        JsonElement report = Take("""[{"version":"v1","score":1}, {"version":"v1","score":0.5], {"version":"v1","score":1}]""");
        Assert.Equal(1, report.GetProperty("accepted").GetInt32());
        Assert.Equal(["1 malformed"], Rejected(report));
        Assert.Equal(["0 malformed"], Rejected(Take("""[] x""")));
        Assert.Equal(["0 malformed"], Rejected(Take("[" + new string('[', 100_000))));
    }

    [Fact]
    public void BatchThatIsTooLong_IsHeardUpToTheLimitAndSaysSo()
    {
        string text = "[" + string.Join(',', Enumerable.Repeat("""{"version":"v1","score":1}""", FeedbackBatch.EntriesMax + 500)) + "]";
        JsonElement report = Take(text);
        Assert.Equal(FeedbackBatch.EntriesMax, report.GetProperty("accepted").GetInt32());
        Assert.Equal([$"{FeedbackBatch.EntriesMax} too_large"], Rejected(report));
    }

    [Fact]
    public void Report_TellsAHundredRefusalsAndCountsAll()
    {
        JsonElement report = Take(string.Join('\n', Enumerable.Repeat("x", 1_000)));
        Assert.Equal((0, 1_000, 100), (report.GetProperty("accepted").GetInt32(), report.GetProperty("refused").GetInt32(), report.GetProperty("rejected").GetArrayLength()));
    }

    private JsonElement Take(string batch) => JsonDocument.Parse(new FeedbackBatch(_desk, _rules, Now).Take(Encoding.UTF8.GetBytes(batch))).RootElement;

    private static IEnumerable<string> Rejected(JsonElement report) =>
        report.GetProperty("rejected").EnumerateArray().Select(entry => $"{entry.GetProperty("index").GetInt32()} {entry.GetProperty("result").GetString()}");
}
