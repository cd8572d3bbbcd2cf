// Share and bucket together, and what a reload carries over.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class SplitterTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void NoCanary_EverythingIsStableAndCounted()
    {
        Splitter splitter = Create(RolloutPolicy.AllToStable);

        Assert.All(Decide(splitter, 100), decision => Assert.Equal(Decision.ToStable(Reason.Stable), decision));
        Assert.Equal(100, splitter.Totals().Eligible);
        Assert.Equal(0, splitter.Totals().Turns);
        Assert.Equal(0, splitter.Weight);
    }

    [Fact]
    public void TurnWithToken_GoesToCanary()
    {
        Splitter splitter = Create(Policy(0.25, new BucketSettings(1000, 1)));

        var decisions = Decide(splitter, 400);

        Assert.Equal(100, decisions.Count(decision => decision == new Decision(0, Reason.Weight)));
        Assert.Equal(100, decisions.Count(decision => decision == new Decision(Decision.Stable, Reason.Stable, IsBaseline: true)));
        Assert.Equal(200, decisions.Count(decision => decision == Decision.ToStable(Reason.Stable)));
    }

    [Fact]
    public void SeveralCanaries_EachIsLessThanTwoRequestsFromItsShare()
    {
        CanarySettings[] canaries = [new("v2", 0.05), new("v3", 0.03), new("v4", 0.011), new("v5", 0)];
        Splitter splitter = Create(new RolloutPolicy { Canaries = canaries });
        int[] had = new int[canaries.Length];
        for (int n = 1; n <= 100_000; n++)
        {
            if (splitter.Decide(0, 0) is { ToCanary: true } decision)
            {
                had[decision.Canary]++;
            }

            for (int i = 0; i < had.Length; i++)
            {
                Assert.InRange(had[i] - n * canaries[i].Weight, -1.9999999, 1.9999999);
            }
        }
    }

    [Fact]
    public void CanaryThatMayTakeNothing_ItsTurnsGoToStableAndTheOthersKeepTheirs()
    {
        Splitter splitter = Create(new RolloutPolicy { Canaries = [new("v2", 0.1), new("v3", 0.2)] });

        var decisions = Enumerable.Range(0, 1000).Select(_ => splitter.Decide(0, 0, usable: 0b10)).ToList();

        Assert.InRange(decisions.Count(decision => decision == Decision.ToStable(Reason.Unhealthy)), 99, 101);
        Assert.InRange(decisions.Count(decision => decision == new Decision(1, Reason.Weight)), 199, 201);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.4)]
    [InlineData(0.5)]
    [InlineData(0.7)]
    [InlineData(0.99)]
    public void Baseline_IsAsLargeAsTheCanarysPartOrAllOfTheOthers(double weight)
    {
        var decisions = Decide(Create(Policy(weight, null)), 100_000);

        double cohort = Math.Min(weight, 1 - weight) * 100_000;
        Assert.InRange(decisions.Count(decision => decision.IsBaseline), cohort - 3, cohort + 1);
        Assert.DoesNotContain(decisions, decision => decision is { IsBaseline: true, ToCanary: true });
    }

    [Fact]
    public void SpilledTurn_HasNoCounterpart()
    {
        Assert.DoesNotContain(Decide(Create(Policy(0.1, new BucketSettings(1, 0, StartsEmpty: true))), 1000), decision => decision.IsBaseline);

        var decisions = Decide(Create(Policy(0.1, new BucketSettings(7, 0))), 1000);
        Assert.Equal(7, decisions.Count(decision => decision.IsBaseline));
    }

    [Fact]
    public void ListOfCanariesChanges_LateCallersAreServedByTheOldOne()
    {
        Splitter before = Create(new RolloutPolicy { Canaries = [new("v2", 0.2), new("v3", 0.3)] });
        Splitter after = Splitter.Create(new RolloutPolicy { Canaries = [new("v3", 0.5), new("v4", 0.25), new("v5", 0.25)] }, before, workers: 1, now: 0);

        Assert.All(Decide(before, 1000), decision => Assert.InRange(decision.Canary, 0, 1)); // all are turns by now
        Assert.InRange(Decide(after, 1000).Count(decision => decision.Canary == 0), 498, 502);
    }

    [Fact]
    public void TurnWithoutToken_IsSpilledAndForfeited()
    {
        Splitter splitter = Create(Policy(0.5, new BucketSettings(3, 1)));

        var early = Decide(splitter, 100);
        Assert.Equal(3, early.Count(decision => decision.ToCanary));
        Assert.Equal(47, early.Count(decision => decision == Decision.ToStable(Reason.Spilled)));

        // The 47 do not come back as a clump: what follows has its own turns, and the tokens of two seconds.
        var late = Decide(splitter, 100, now: 2 * Second);
        Assert.Equal(2, late.Count(decision => decision.ToCanary));
        Assert.Equal(48, late.Count(decision => decision.Reason == Reason.Spilled));
    }

    [Fact]
    public void NoBucket_NoCap()
    {
        Assert.Equal(500, Decide(Create(Policy(0.5, bucket: null)), 1000).Count(decision => decision.ToCanary));
    }

    [Fact]
    public void Reload_CarriesShareAndLevelAndLeadsLateCallersOn()
    {
        Splitter before = Create(Policy(0.5, new BucketSettings(10, 1), "v2"));
        Decide(before, 12); // six turns, six tokens
        Splitter after = Splitter.Create(Policy(0.25, new BucketSettings(5, 1), "v3"), before, workers: 1, now: Second / 2);

        Assert.Equal(12, after.Totals().Eligible);
        Assert.Equal(6, after.Totals().Turns);
        Assert.Equal(4.5, after.Bucket!.Level(Second / 2), 9);

        int late = Decide(before, 100, now: Second / 2).Count(decision => decision.ToCanary);
        Assert.Equal(4, late);
        Assert.Equal(6 + 25, after.Totals().Turns);
    }

    [Fact]
    public void ReloadThatChangesNeither_KeepsBothWordsAsTheyAre()
    {
        Splitter before = Create(Policy(0.5, new BucketSettings(10, 1)));
        Splitter after = Splitter.Create(Policy(0.5, new BucketSettings(10, 1), "v3"), before, workers: 1, now: 0);

        Decide(before, 4);
        Decide(after, 4);

        Assert.Same(before.Bucket, after.Bucket);
        Assert.Equal(8, after.Totals().Eligible);
        Assert.Equal(6, after.Bucket!.Level(0), 9);
    }

    [Fact]
    public void Weight_IsTheSumAsWritten() =>
        Assert.Equal(0.3, Splitter.Create(new RolloutPolicy { Canaries = [new CanarySettings("v2", 0.1), new CanarySettings("v3", 0.2)] }, null, workers: 1, now: 0).Weight);

    [Fact]
    public void PoliciesChangeWhileThreadsDecide_EveryTurnIsWeightOrSpilled()
    {
        RolloutPolicy[] policies =
        [
            Policy(0.3, new BucketSettings(100, 1e5)), Policy(0.6, null), Policy(0.6, new BucketSettings(7, 50)), RolloutPolicy.AllToStable,
        ];
        Splitter published = Create(policies[0]);
        long clock = 0, turns = 0;

        Race.Run(
            threads: 3,
            step: _ =>
            {
                Decision decision = Volatile.Read(ref published).Decide(0, Interlocked.Add(ref clock, 1000));
                if (decision.Reason is Reason.Weight or Reason.Spilled)
                {
                    Interlocked.Increment(ref turns);
                }
            },
            turns: 5000,
            main: change => Volatile.Write(
                ref published,
                Splitter.Create(policies[(change + 1) % policies.Length], published, 1, Volatile.Read(ref clock))));

        Assert.Equal(clock / 1000, published.Totals().Eligible);
        Assert.Equal(turns, published.Totals().Turns);
        Assert.InRange(published.Totals().ErrorRequests, -1, 1);
    }

    [Fact]
    public void EveryReason_HasItsLowerCaseLabel()
    {
        Assert.All(Enum.GetValues<Reason>(), reason => Assert.Equal(reason.ToString().ToLowerInvariant(), Reasons.Label(reason)));
    }

    private static RolloutPolicy Policy(double weight, BucketSettings? bucket, string version = "v2") =>
        new() { Canaries = [new CanarySettings(version, weight)], Bucket = bucket };

    private static Splitter Create(RolloutPolicy policy) => Splitter.Create(policy, previous: null, workers: 1, now: 0, key: 99);

    private static List<Decision> Decide(Splitter splitter, int times, long now = 0) =>
        Enumerable.Range(0, times).Select(_ => splitter.Decide(0, now)).ToList();
}
