// The judge of the share: accepts what a split may do, and finds what it must not.

using OpenClaw.TestKit.Laws;

namespace OpenClaw.Edge.Tests.Laws;

public sealed class ShareLawTests
{
    private static readonly PolicyTimeline Quarter = Timeline(0.25);

    [Theory]
    [InlineData("---T---T---T", 0.75)]
    [InlineData("T------TT---", 0.75)]
    [InlineData("TT------T---", 1.5)]
    [InlineData("-------T---T", 1.75)]
    public void Error_IsTheLargestAfterAnyRequest(string turns, double error) =>
        Assert.Equal(error, ShareLaw.Judge(Log(turns), Quarter).Error, 9);

    [Fact]
    public void OneTurnTooMany_IsFound()
    {
        List<Decided> log = Log(string.Concat(Enumerable.Repeat("-TB-", 500)));
        Assert.Empty(SplitLaws.Broken(log, Quarter));

        log[1000] = log[1000] with { Verdict = Verdict.Served, Canary = 0 };
        Assert.StartsWith("share: 501 turns of 2000", Assert.Single(SplitLaws.Broken(log, Quarter)), StringComparison.Ordinal);
    }

    [Fact]
    public void TossedCoin_IsFound()
    {
        Random random = new(5);
        Assert.Contains(
            SplitLaws.Broken(Log(string.Concat(Enumerable.Range(0, 10_000).Select(_ => random.Next(4) == 0 ? 'T' : '-'))), Quarter),
            law => law.StartsWith("share", StringComparison.Ordinal));
    }

    [Fact]
    public void SpilledAndLostTurns_AreTurnsAndDrawnRequestsAreNoneAtAll()
    {
        ShareFindings found = ShareLaw.Judge(Log("--TD-SDDD----L--"), Quarter);
        Assert.Equal((12, 3), (found.Eligible, found.Turns));
        Assert.InRange(found.Error, 0, 0.9);
    }

    [Fact]
    public void TurnSavedUpOverAChangeOfWeight_IsFound()
    {
        PolicyTimeline timeline = Timeline(0.25);
        timeline.Change(4, Terms(0));
        timeline.Change(1000, Terms(0.25));
        Assert.InRange(ShareLaw.Judge(Log("-T-" + new string('-', 997) + "--T-"), timeline).Error, 0, 0.99);
        Assert.InRange(ShareLaw.Judge(Log("-T-" + new string('-', 997) + "T-T-"), timeline).Error, 1, 2);
        Assert.InRange(ShareLaw.Judge(Log("-T-" + new string('-', 500) + "T"), timeline).Error, 1, 2);
    }

    [Fact]
    public void ChangeAtAnUnknownMoment_EitherWeightIsAllowed()
    {
        PolicyTimeline timeline = Timeline(0);
        timeline.Change(10, 13, Terms(1));
        Assert.Equal(0, ShareLaw.Judge(Log("---------" + "----" + "TTTT"), timeline).Error);
        Assert.Equal(0, ShareLaw.Judge(Log("---------" + "TTTT" + "TTTT"), timeline).Error);
        Assert.Equal(1, ShareLaw.Judge(Log("--------T" + "TTTT" + "TTTT"), timeline).Error);
        Assert.Equal(1, ShareLaw.Judge(Log("---------" + "----" + "-TTT"), timeline).Error);
    }

    [Fact]
    public void DecisionsUnderWayAtOnce_MayHaveComeInAnyOrder()
    {
        // Two turns in a row are one too many, unless the three between which they stand may have come first.
        Decided[] others = [.. Enumerable.Range(0, 3).Select(_ => new Decided(1, 10, Verdict.NoTurn))];
        Decided[] turns = [new(5, 6, Verdict.Served, 0), new(7, 8, Verdict.Served, 0)];
        Assert.True(ShareLaw.Judge([.. others, .. turns], Quarter).Error < 1);
        Assert.True(ShareLaw.Judge(turns, Quarter).Error > 1);
    }

    [Fact]
    public void OneCanaryThatGetsTheOthersTurns_IsFound()
    {
        PolicyTimeline timeline = new(new PolicyTerms([0.25, 0.25], 100, 0));
        List<Decided> fair = Log(string.Concat(Enumerable.Repeat("TBUB", 10))), unfair = Log(string.Concat(Enumerable.Repeat("TBTB", 10)));
        Assert.Empty(SplitLaws.Broken(fair, timeline));
        Assert.Contains("one canary was at some moment", Assert.Single(SplitLaws.Broken(unfair, timeline)));
    }

    [Fact]
    public void BaselinesThatAreMissingOrTooMany_AreFound()
    {
        string fair = string.Concat(Enumerable.Repeat("-TB-", 25));
        Assert.Empty(SplitLaws.Broken(Log(fair), Quarter));
        Assert.Contains("from its cohort", Assert.Single(SplitLaws.Broken(Log(fair.Replace("B-", "BB")), Quarter)));
        Assert.Contains("from its cohort", Assert.Single(SplitLaws.Broken([.. Log(fair), .. Log(fair.Replace('B', '-'), from: 100)], Quarter)));
        Assert.DoesNotContain(SplitLaws.Broken([.. Log(fair), .. Log("-S----S-", from: 100)], Quarter), law => law.StartsWith("baseline", StringComparison.Ordinal));
        Assert.Contains("its own counterpart", Assert.Single(SplitLaws.Broken([new Decided(1, Verdict.Served, 0, isBaseline: true)], Quarter)));
    }

    private static PolicyTerms Terms(double weight) => new(weight, capacity: 1e6, refillRate: 0);

    private static PolicyTimeline Timeline(double weight) => new(Terms(weight));

    /// <summary>One request a nanosecond: a turn of canary 0 (T) or 1 (U), spilled (S) or lost (L); not by turn (D); a baseline (B); nothing (-).</summary>
    private static List<Decided> Log(string requests, int from = 0) => [.. requests.Select((request, i) => new Decided(
        from + i + 1,
        request switch { 'T' or 'U' => Verdict.Served, 'S' => Verdict.Spilled, 'L' => Verdict.Lost, 'D' => Verdict.Drawn, _ => Verdict.NoTurn },
        request switch { 'T' or 'D' => 0, 'U' => 1, _ => -1 },
        request == 'B'))];
}
