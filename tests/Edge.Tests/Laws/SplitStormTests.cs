// The laws of the split, with threads that are descheduled in the middle of a decision and policies that change all the time.
// OPENCLAW_LAW_SCALE=N lets every storm blow N times, each with other numbers of the clock.

using OpenClaw.Edge.Policy;
using OpenClaw.TestKit.Laws;

namespace OpenClaw.Edge.Tests.Laws;

public sealed class SplitStormTests
{
    private const int Reloads = 200;

    /// <summary>With and without leases: six workers hold some from a capacity of 3072 on.</summary>
    private static readonly BucketSettings[] Buckets =
        [new(50, 20_000), new(8.5, 200_000), new(5_000, 100_000), new(3, 0), new(20_000, 1_000_000), new(1, 50), new(4_000, 500_000)];

    [Fact]
    public void BucketsChange_ShareCapAndCohortHold() => Blow(
        [.. Buckets.Select(bucket => Policy(bucket, 0.3))]);

    [Fact]
    public void SeveralCanaries_EachHasItsShareAndTheCapIsOne() => Blow(
        [.. Buckets.Select(bucket => Policy(bucket, 0.05, 0.2, 0.1))], loses: true);

    /// <summary>The third has no priority over anyone, and the second leaves a third of the tokens to the first.</summary>
    [Fact]
    public void PrioritiesWithFloors_TheLowerLeavesWhatBelongsToTheHigher()
    {
        BucketSettings[] buckets = [new(5_000, 20_000), new(9, 50_000), new(30_000, 400_000), new(60, 3_000)];
        Blow([.. buckets.Select(bucket => new RolloutPolicy
        {
            Bucket = bucket,
            Canaries = [new("v2", 0.2, 2), new("v3", 0.3, 1, bucket.Capacity / 3), new("v4", 0.4, 0, bucket.Capacity * 2 / 3)],
        })]);
    }

    /// <summary>The bucket is handed over at each reload while most of its tokens are still there: one given twice is one too many in the end.</summary>
    [Fact]
    public void TokensAreHandedOver_NoneIsGivenTwice() => Blow(
        [.. Enumerable.Range(0, 5).Select(i => Policy(new BucketSettings(20_000 + (i % 2), 100 + i), 0.4, 0.2))]);

    /// <summary>The share is handed over at each reload, and yet anyone can sum it up: the weights differ by a millionth of a millionth.</summary>
    [Fact]
    public void WeightsAreHandedOver_NoTurnIsLostOrGivenTwice() => Blow(
        [.. Enumerable.Range(0, 12).Select(i => Policy(Buckets[i % 6], 0.1 + (i * 1e-12), i % 2 == 0 ? 0.2 : 0.15, i % 2 == 0 ? 0.15 : 0.2))]);

    [Fact]
    public void WeightsChange_TurnsAreWhatTheyAskedFor()
    {
        double[] weights = [0.05, 1, 1.0 / 3, 0, 0.9, 1e-6, 0.5];
        Blow([.. weights.Select((weight, i) => Policy(Buckets[i % Buckets.Length], weight))]);
    }

    private static RolloutPolicy Policy(BucketSettings bucket, params double[] weights) =>
        new() { Bucket = bucket, Canaries = [.. weights.Select((weight, i) => new CanarySettings($"v{i + 2}", weight))] };

    private static void Blow(RolloutPolicy[] policies, bool loses = false)
    {
        for (int i = 0; i < Scale.Factor; i++)
        {
            SplitStorm storm = SplitStorm.Run(policies, Reloads, loses);
            ShareFindings share = ShareLaw.Judge(storm.Log, storm.Timeline);
            CapFindings cap = CapLaw.Judge(storm.Log, storm.Timeline);
            TestContext.Current.SendDiagnosticMessage($"{share}, {cap}, {storm.Log.Count(entry => entry.IsAdmitted)} served, {storm.Log[^1].Latest / 1e6:0} ms");
            Assert.Empty(SplitLaws.Broken(storm.Log, storm.Timeline));
            Assert.Equal((share.Eligible, share.Turns), (storm.Totals.Eligible, storm.Totals.Turns));
            Assert.InRange(share.Turns - storm.Totals.AskedTurns, -1, 1);
            Assert.Contains(storm.Log, entry => entry.Verdict == Verdict.Spilled); // the bucket had something to refuse
        }
    }
}
