// What runs add up to, and what a person, a browser and a program get to see of it.

using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OpenClaw.Edge.Drill;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Simulate;

namespace OpenClaw.Edge.Tests.Drill;

public sealed class VerdictTests
{
    private const long Second = 1_000_000_000;
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static CanaryStatus Seen(double evidence, double score = 1) =>
        new() { Version = "v2", Score = Score.Unknown with { Value = score }, Latency = new Evidence(9, 0, 0, evidence * 8, 8, 1) };

    private static Verdict Of(string name, params (long? At, string Canary)[] endings)
    {
        Incident incident = Sample.Of(name);
        Trace trace = new(incident.Onset.Ticks * 100);
        trace.Look(trace.From + Second, Seen(0.5));
        return new Verdict(incident, Sample.Setup(runs: endings.Length), [.. endings.Select(e => new Ending(e.At, e.Canary, e.At is null ? null : TripCause.Errors, "why", 7))], trace);
    }

    [Fact]
    public void Trips_AreCountedByWhetherTheyWereDue()
    {
        Verdict caught = Of("error-burst", (5 * Second, "v2"), (3 * Second, "v2"), (9 * Second, "v2"));
        Assert.Equal((3, 0, 0, true), (caught.Tripped, caught.FalseAlarms, caught.Missed, caught.IsAsExpected));
        Assert.Equal([3 * Second, 5 * Second, 9 * Second], caught.Detections);
        Assert.Equal(7, caught.Harmed);

        Verdict missed = Of("error-burst", (null, ""), (3 * Second, "v2"));
        Assert.Equal((1, 0, 1, false), (missed.Tripped, missed.FalseAlarms, missed.Missed, missed.IsAsExpected));

        Verdict early = Of("error-burst", (-1, "v2"), (Second, "v3"), (Second, "v2"));
        Assert.Equal((3, 2, 0, false), (early.Tripped, early.FalseAlarms, early.Missed, early.IsAsExpected));
        Assert.Equal([Second], early.Detections);

        Verdict alarm = Of("good-release", (Second, "v2"), (null, ""));
        Assert.Equal((1, 1, 0, false), (alarm.Tripped, alarm.FalseAlarms, alarm.Missed, alarm.IsAsExpected));
        Assert.True(Of("good-release", (null, ""), (null, "")).IsAsExpected);
    }

    [Theory]
    [InlineData(0.5, 10)]
    [InlineData(0.95, 19)]
    [InlineData(1, 20)]
    [InlineData(0, 1)]
    public void Quantile_IsTheNearestRank(double part, long expected) =>
        Assert.Equal(expected, Verdict.Quantile([.. Enumerable.Range(1, 20).Select(value => (long)value)], part));

    [Fact]
    public void QuantileOfNothing_IsNull() => Assert.Null(Verdict.Quantile([], 0.5));

    private static string Text(bool rich, params Verdict[] verdicts)
    {
        StringWriter output = new();
        new DrillReport(Sample.Setup(), "200/s", verdicts).Write(output, new Chart(rich));
        return output.ToString();
    }

    [Fact]
    public void Table_SaysWhatWasDueAndWhatCame()
    {
        string text = Text(rich: false, Of("error-burst", (5 * Second, "v2"), (3 * Second, "v2"), (200 * Second, "v2")), Of("good-release", (null, "")));
        Assert.Matches(@"\nerror-burst +trip +3/3 +0 +5\.0 s +3\.3 min +7  errors\n", text);
        Assert.Matches(@"\ngood-release +never +0/1 +0 +- +- +-  -\n", text);
        Assert.Contains("\nerror-burst    all at once every fifth answer", text);
        Assert.Contains("the first run of error-burst: taken out after 5.0 s (errors)", text);
        Assert.EndsWith("\n2 of 2 as expected\n", text);
    }

    [Fact]
    public void WhatWentWrong_IsDrawnAndNamed()
    {
        string text = Text(rich: false, Of("error-burst", (Second, "v2")), Of("slow-leak", (null, ""), (Second, "v2"), (-Second, "v2")));
        Assert.Contains("the first run of slow-leak: not taken out; the fault begins at 60.0 s", text);
        Assert.Contains(" not as expected: slow-leak: 1 of 3 run(s) did not trip within 30m; 1 of 3 run(s) tripped without a reason 1 of 2 as expected ", text.Replace('\n', ' '));
    }

    [Fact]
    public void Pictures_StayWithinEightyColumns()
    {
        Verdict[] verdicts = [.. Incident.All.Select(incident => Of(incident.Name, (Second, "v2")))];
        string plain = Text(rich: false, verdicts), rich = Text(rich: true, verdicts);
        Assert.All(plain.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.DoesNotContain(plain, character => character is > '~' or '\e');
        Assert.All(Regex.Replace(rich, @"\e\[\d+m", "").Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains("\e[33m", rich);
    }

    [Fact]
    public void Svg_HasAPanelForEveryIncident()
    {
        Verdict[] verdicts = [Verdict.Of(Sample.Of("error-burst"), Sample.Setup(runs: 1)), Verdict.Of(Sample.Of("shared-outage"), Sample.Setup(runs: 1))];
        XElement picture = XDocument.Parse(new DrillReport(Sample.Setup(), "200/s", verdicts).Svg()).Root!;
        string[] headings = [.. picture.Elements(Svg + "text").Where(text => (string?)text.Attribute("class") == "panel").Select(text => text.Value)];
        Assert.Matches(@"^error-burst: taken out after [\d.]+ s \(errors\)$", headings[0]);
        Assert.Equal("shared-outage: not taken out", headings[1]);
        Assert.Equal(2, headings.Length);
        Assert.Equal(2, Paths("canary0 line").Length);
        Assert.Equal(2, Paths("mark").Length);
        Assert.Single(Paths("spilled area")); // the trip
        string[] Paths(string style) => [.. picture.Elements(Svg + "path").Where(path => (string?)path.Attribute("class") == style).Select(path => (string)path.Attribute("d")!)];
    }

    [Fact]
    public void Json_HoldsEverything()
    {
        Setup setup = Sample.Setup(runs: 2);
        Verdict[] verdicts = [Verdict.Of(Sample.Of("error-burst"), setup), Verdict.Of(Sample.Of("shared-outage"), setup)];
        JsonElement json = JsonDocument.Parse(DrillJson.Render(setup, verdicts)).RootElement;
        Assert.Equal(1, json.GetProperty("schemaVersion").GetInt32());
        Assert.True(json.GetProperty("asExpected").GetBoolean());
        Assert.Equal(0.05, json.GetProperty("weight").GetDouble());
        JsonElement caught = json.GetProperty("scenarios")[0], left = json.GetProperty("scenarios")[1];
        Assert.Equal(("error-burst", "trip", 2, 0), (caught.GetProperty("name").GetString(), caught.GetProperty("due").GetString(), caught.GetProperty("tripped").GetInt32(), caught.GetProperty("falseAlarms").GetInt32()));
        Assert.Equal(2, caught.GetProperty("causes").GetProperty("errors").GetInt32());
        Assert.Equal(verdicts[0].Detections[0] / 1e9, caught.GetProperty("detectionSeconds").GetProperty("median").GetDouble());
        Assert.StartsWith("errors: ", caught.GetProperty("runs")[1].GetProperty("reason").GetString());
        Assert.Equal(60, caught.GetProperty("timeline").GetProperty("faultAtSeconds").GetDouble());
        Assert.Equal(caught.GetProperty("timeline").GetProperty("score").GetArrayLength(), caught.GetProperty("timeline").GetProperty("errorRate").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, left.GetProperty("detectionSeconds").GetProperty("median").ValueKind);
        Assert.Equal(JsonValueKind.Null, left.GetProperty("timeline").GetProperty("trippedAtSeconds").ValueKind);
        Assert.False(left.GetProperty("runs")[0].TryGetProperty("cause", out _));
    }

    [Fact]
    public void Trace_CutsLooksIntoSlots()
    {
        Trace trace = new(100 * Second);
        trace.Look(39 * Second, Seen(1)); // before it begins
        for (int look = 1; look <= 4 * 40; look++)
        {
            trace.Count(failed: look % 4 == 0);
            trace.Look((40 * Second) + (look * Second / 4), Seen(look / 80.0, look / 160.0));
        }

        Excerpt cut = trace.Cut();
        Assert.Equal((40 * Second, 60 * Second, 40 * Second, Second / 2), (trace.From, trace.Onset, trace.Duration, cut.Step));
        Assert.Equal(80, cut.Score.Length);
        Assert.Equal((2 / 160.0, 1), (cut.Score[0], cut.Score[^1]));
        Assert.Equal((0.5, 1), (cut.Evidence[19], cut.Evidence[^1])); // never over what it takes
        Assert.Equal([0, 0.5, 0, 0.5], cut.Errors[..4]);
    }

    [Fact]
    public void Trace_GoesOnForAWhileAfterTheTrip()
    {
        Trace trace = new(60 * Second);
        Assert.False(trace.IsFull(1000 * Second));
        trace.Trip(90 * Second);
        Assert.False(trace.IsFull(105 * Second));
        Assert.True(trace.IsFull(106 * Second));
    }
}
