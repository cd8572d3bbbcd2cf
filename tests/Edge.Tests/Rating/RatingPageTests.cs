// docs/rating.md: its worked example is what the engine computes.

using System.Globalization;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class RatingPageTests
{
    [Fact]
    public void WorkedExample_IsWhatTheEngineComputes()
    {
        string[][] rows = [.. File.ReadAllLines(Path.Combine(HouseTests.Root, "docs", "rating.md"))
            .Where(line => line.StartsWith("| v", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1])];
        Assert.Equal(5, rows.Length);

        RatingEngine engine = new(workers: 1);
        engine.Apply(new Snapshot(
            new EdgeSettings { Listeners = [], Versions = [.. rows.Select(row => new VersionSettings { Name = row[0], Endpoints = [] })], Stable = "v1" },
            new RolloutPolicy { Rating = new RatingSettings { Feedback = new FeedbackSettings() } }, "sha256:", NoticedAt: 0));
        foreach (string[] row in rows)
        {
            Say(engine, row);
        }

        engine.Tick(0);
        Assert.All(rows, row =>
        {
            Score score = engine[row[0]].Current;
            Assert.Equal(row[7..], new[] { score.Value, score.Lower, score.Upper }.Select(number => number.ToString("0.000", CultureInfo.InvariantCulture)));
        });
    }

    /// <summary>What a row counts: five kinds of outcomes, and voices as "good of all".</summary>
    private static void Say(RatingEngine engine, string[] row)
    {
        (Outcome, long)[] kinds = [(Outcome.Success, 500), (Outcome.Success, 2000), (Outcome.Success, 2001), (Outcome.Error, 0), (Outcome.ClientAbort, 0)];
        for (int kind = 0; kind < kinds.Length; kind++)
        {
            for (int i = 0; i < int.Parse(row[1 + kind], CultureInfo.InvariantCulture); i++)
            {
                engine[row[0]].Tally(0).Record(kinds[kind].Item1, kinds[kind].Item2, 500);
            }
        }

        int[] voices = row[6] == "" ? [0, 0] : [.. row[6].Split(" of ").Select(int.Parse)];
        for (int i = 0; i < voices[1]; i++)
        {
            engine.Hear(new Voice(row[0], i < voices[0] ? 1 : 0), 0);
        }
    }
}
