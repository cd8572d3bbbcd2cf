// The laws of the split on the published binary: two workers, connections that come and go, and twenty policies a second. Judged by what
// the access log says, what clients saw and when requests came to the upstreams. OPENCLAW_LAW_SCALE=N sends N times as many requests.

using System.Text.Json;
using OpenClaw.TestKit.Laws;

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class LawTests
{
    private const long Millisecond = 1_000_000;
    private const int Requests = 200_000;

    /// <summary>A loop reads its clock once a turn, so what it decides by is older than the request by up to a turn: one token covers that.</summary>
    private const double OneToken = 1;

    /// <summary>The sum of the weights stays, but for a thousandth of a millionth, and yet every reload hands the share over.</summary>
    [Fact]
    public async Task BucketsAndSharesAreHandedOver_EveryLawHolds()
    {
        (double Capacity, double Rate)[] buckets = [(20, 2), (5, 20), (50, 10), (20, 20), (8.5, 5), (1, 2), (100, 20)];
        await using PolicyStorm storm = await PolicyStorm.BlowAsync(Requests * Scale.Factor, [.. buckets.Select((b, i) => new PolicyTerms(0.2 + (i * 1e-9), b.Capacity, b.Rate))]);

        ShareFindings share = await JudgeAsync(storm);

        Assert.InRange(share.Turns - (0.2 * storm.Requests.Length), -1.001, 1.001);
        Assert.True(AlignmentLaw.LeastChance(Seen(storm), 2, i => i % 2) > 1e-9);

        // By the log alone, which knows the millisecond in which a request began; and by the upstreams alone, to which some take longer than others.
        Decided[] logged = [.. storm.Requests.Select(r => new Decided(r.Logged, r.Logged + Millisecond, r.Verdict))];
        Decided[] arrived = [.. storm.Requests.Select(r => new Decided(r.Arrived, r.Verdict))];
        Assert.InRange(CapLaw.Judge(logged, storm.Timeline).Excess, double.NegativeInfinity, OneToken);
        Assert.InRange(CapLaw.Judge(arrived, storm.Timeline).Excess, double.NegativeInfinity, OneToken);
    }

    [Fact]
    public async Task WeightsChange_TurnsAreWhatTheyAskedForAndTheCapHolds()
    {
        double[] weights = [0.05, 0.5, 0, 1, 1.0 / 3, 0.9, 0.01];
        (double Capacity, double Rate)[] buckets = [(200, 2000), (50, 500), (20, 0), (1000, 5000)];
        await using PolicyStorm storm = await PolicyStorm.BlowAsync(
            Requests * Scale.Factor, [.. weights.Select((weight, i) => new PolicyTerms(weight, buckets[i % 4].Capacity, buckets[i % 4].Rate))]);
        await JudgeAsync(storm);
    }

    /// <summary>Three canaries, of which each leaves tokens to those above it; only the bucket changes, so each share is known.</summary>
    [Fact]
    public async Task PrioritiesUnderScarcity_EachHasItsTurnsAndTheLowerLeavesTokens()
    {
        (double Capacity, double Rate)[] buckets = [(30, 20), (60, 50), (9, 10)];
        await using PolicyStorm storm = await PolicyStorm.BlowAsync(
            Requests / 2 * Scale.Factor, [.. buckets.Select(b => new PolicyTerms([0.0002, 0.1, 0.05], b.Capacity, b.Rate, 0, b.Capacity / 3, b.Capacity * 2 / 3))], 2, 1, 0);
        await JudgeAsync(storm);

        double ServedPart(int canary, double weight) => storm.Requests.Count(r => r.Verdict == Verdict.Served && r.Canary == canary) / (weight * storm.Requests.Length);
        Assert.InRange(ServedPart(0, 0.0002), 0.6, 1.4); // the first asks for less than the refill, and is spilled for nobody's sake
        Assert.InRange(ServedPart(1, 0.1), 0, 0.2);
        Assert.Contains(storm.Requests, r => r.IsBaseline);
    }

    private static async Task<ShareFindings> JudgeAsync(PolicyStorm storm)
    {
        Decided[] seen = Seen(storm);
        ShareFindings share = ShareLaw.Judge(seen, storm.Timeline);
        CapFindings cap = CapLaw.Judge(seen, storm.Timeline);
        double seconds = storm.Requests.Max(r => r.Answered) / 1e9;
        TestContext.Current.SendDiagnosticMessage(
            $"{storm.Reloads} reloads in {seconds:0.0} s, {seen.Count(entry => entry.IsAdmitted)} served by the canary; {share}, {cap}");
        Assert.True(storm.Reloads >= 10, $"{storm.Reloads} reloads in {seconds:0.0} s"); // twenty a second, on a machine that has time for it
        Assert.Empty(SplitLaws.Broken(seen, storm.Timeline, OneToken));

        JsonElement said = await storm.ShareAsync();
        Assert.Equal((share.Eligible, share.Turns), (said.GetProperty("eligible").GetInt64(), said.GetProperty("turns").GetInt64()));
        Assert.InRange(share.Turns - (said.GetProperty("asked").GetDouble() * share.Eligible), -1.001, 1.001);
        return share;
    }

    /// <summary>Decided between the moment the client sent it and the moment it came to an upstream.</summary>
    private static Decided[] Seen(PolicyStorm storm) =>
        [.. storm.Requests.Select(r => new Decided(r.Sent, r.Arrived, r.Verdict, r.Canary, r.IsBaseline))];
}
