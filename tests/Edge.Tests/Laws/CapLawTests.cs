// The judge of the cap: agrees with a slow and plain one, and finds what is broken.

using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tests.Split;
using OpenClaw.TestKit.Laws;

namespace OpenClaw.Edge.Tests.Laws;

public sealed class CapLawTests
{
    private const long Second = 1_000_000_000;

    private static readonly PolicyTimeline TwentyAndTwo = new(new PolicyTerms(1, 20, 2));

    /// <summary>Steps of time, verdicts, and now and then another capacity and rate.</summary>
    private static readonly Gen<(int Step, Verdict Verdict, (double Capacity, double Rate)? Change)[]> AnyHistory = Gen.Select(
        Gen.OneOf(Gen.Const(0), Gen.Int[0, 50], Gen.Int[0, 3000]),
        Gen.OneOf<Verdict>(Verdict.NoTurn, Verdict.Served, Verdict.Spilled, Verdict.Drawn),
        Gen.Frequency((9, Gen.Const(default((double, double)?))), (1, Gen.Select(Gen.Double[1, 9], Gen.Double[0, 20], (c, r) => ((double, double)?)(c, r)))))
        .Array[1, 40];

    [Fact]
    public void AnyLog_IsJudgedAsByAPlainBucket() => AnyHistory.Sample(
        history =>
        {
            PolicyTimeline timeline = new(new PolicyTerms(1, 5, 3));
            List<Decided> log = [];
            long now = 0;
            foreach (var (step, verdict, change) in history)
            {
                now += step * 1_000_000L + 2;
                if (change is var (capacity, rate))
                {
                    timeline.Change(now - 1, new PolicyTerms(1, capacity, rate));
                }

                log.Add(new Decided(now, verdict));
            }

            CapFindings found = CapLaw.Judge(log, timeline);
            (double debt, double withheld) = Plain(log, timeline);
            Assert.Equal(debt, found.Excess, 1e-6);
            Assert.Equal(withheld, found.Withheld, 1e-6);
            if (log.Exists(entry => entry.IsAdmitted))
            {
                Assert.Equal((double)InDecimals(log, timeline).WorstExcess(), found.Excess, 1e-6); // a third opinion
            }
        },
        iter: 2000);

    [Fact]
    public void FullBucketAndItsRefill_AreAllowedAndOneMoreIsNot()
    {
        List<Decided> log = [.. Served(20, at: 7), .. Served(2, at: 7 + Second)];
        Assert.Equal(0, CapLaw.Judge(log, TwentyAndTwo).Excess, 6);

        log.Add(new Decided(7 + Second, Verdict.Drawn, 0));
        Assert.Equal(1, CapLaw.Judge(log, TwentyAndTwo).Excess, 6);
        Assert.Contains(SplitLaws.Broken(log, TwentyAndTwo), law => law.StartsWith("cap: a window holds 1.000", StringComparison.Ordinal));
        Assert.DoesNotContain(SplitLaws.Broken(log, TwentyAndTwo, slack: 1), law => law.StartsWith("cap", StringComparison.Ordinal));
    }

    [Fact]
    public void TokensThatCameBackAcrossAReload_AreFound()
    {
        // For a second there is room for 3 only; a bucket that starts full at each reload would have 20 again.
        PolicyTimeline timeline = new(new PolicyTerms(1, 20, 2));
        timeline.Change(Second, new PolicyTerms(1, 3, 1));
        timeline.Change(2 * Second, new PolicyTerms(1, 20, 2));

        Assert.True(CapLaw.Judge(Served(3, at: 2 * Second + 1), timeline).Excess <= SplitLaws.Rounding);
        Assert.Equal(17, CapLaw.Judge(Served(20, at: 2 * Second + 1), timeline).Excess, 6);
    }

    [Fact]
    public void ChangeAtAnUnknownMoment_BothPoliciesAreAllowedThroughout()
    {
        PolicyTimeline timeline = new(new PolicyTerms(1, 5, 0));
        timeline.Change(Second, 3 * Second, new PolicyTerms(1, 5, 10));

        Assert.Equal(0, CapLaw.Judge([.. Served(5, at: 0), .. Served(20, at: 2 * Second)], timeline).Excess, 6);
        Assert.Equal(1, CapLaw.Judge([.. Served(5, at: 0), .. Served(21, at: 2 * Second)], timeline).Excess, 6);
        Assert.Equal(10, CapLaw.Judge([.. Served(5, at: 0), .. Served(10, at: Second - 1)], timeline).Excess, 6);
    }

    [Fact]
    public void DecisionAtAnUnknownMoment_CountsWhereItSurelyFell()
    {
        // The twenty-first may have come half a second later than the others, when its token was there.
        Assert.Equal(0, CapLaw.Judge([.. Served(20, at: 0), new Decided(0, Second / 2, Verdict.Served)], TwentyAndTwo).Excess, 6);
        Assert.Equal(0.5, CapLaw.Judge([.. Served(20, at: 0), new Decided(0, Second / 4, Verdict.Served)], TwentyAndTwo).Excess, 6);
    }

    [Fact]
    public void SpillBesideTokens_IsFound()
    {
        // Of 64 tokens one may be on lease; with less than two left a spill is right, with more it is not.
        PolicyTimeline timeline = new(new PolicyTerms(1, 64, 1));
        List<Decided> log = [.. Served(62, at: 0), new Decided(0, Verdict.Spilled)];
        Assert.Equal(0, CapLaw.Judge(log, timeline).Withheld, 6);
        Assert.Equal(0.5, CapLaw.Judge([.. log, new Decided(Second / 2, Verdict.Spilled)], timeline).Withheld, 6);
        Assert.Contains(SplitLaws.Broken([.. log, new Decided(Second / 2, Verdict.Spilled)], timeline), law => law.Contains("spilled with 0.500"));
    }

    [Fact]
    public void LowerPriorityBelowItsFloor_IsFound()
    {
        PolicyTimeline timeline = new(new PolicyTerms([0.5, 0.5], 10, 1, 0, 4));
        Decided[] high = [.. Served(5, at: 0)], low = [new(0, Verdict.Served, 1)];

        // A 64th of the ten may have been leased while there was plenty.
        Assert.Equal(-10 / 64.0, CapLaw.Judge([.. high, .. low], timeline).FloorExcess, 6);
        Assert.Equal(1 - (10 / 64.0), CapLaw.Judge([.. high, .. low, .. low], timeline).FloorExcess, 6);
        Assert.True(CapLaw.Judge([.. high, .. low, .. high[..4]], timeline).FloorExcess <= 0); // those above may go on
        Assert.Contains(SplitLaws.Broken([.. high, .. low, .. low], timeline), law => law.StartsWith("priority: 0.844", StringComparison.Ordinal));
    }

    [Fact]
    public void LowerPriorityIsSpilledAtItsFloor_AndOnlyThere()
    {
        PolicyTimeline timeline = new(new PolicyTerms([0.5, 0.5], 10, 1, 0, 4));
        Decided spilled = new(0, Verdict.Spilled, 1);

        Assert.True(CapLaw.Judge([.. Served(6, at: 0), spilled], timeline).Withheld <= 0);
        Assert.InRange(CapLaw.Judge([.. Served(4, at: 0), spilled], timeline).Withheld, 0.5, 1);
        Assert.InRange(CapLaw.Judge([.. Served(6, at: 0), spilled with { Canary = 0 }], timeline).Withheld, 2.5, 3);
    }

    private static Decided[] Served(int count, long at) => [.. Enumerable.Repeat(new Decided(at, Verdict.Served, 0), count)];

    private static AdmissionLog InDecimals(List<Decided> log, PolicyTimeline timeline)
    {
        AdmissionLog decimals = new();
        foreach (Stretch stretch in timeline.Stretches.Where(stretch => !stretch.IsChange))
        {
            decimals.SettingsFrom(stretch.From, new BucketSettings(stretch.New.Capacity, stretch.New.RefillRate));
        }

        log.Where(entry => entry.IsAdmitted).ToList().ForEach(entry => decimals.Admit(entry.Earliest));
        return decimals;
    }

    /// <summary>A bucket that refills between decisions and may go into debt, as anyone would write it.</summary>
    private static (double Debt, double Withheld) Plain(List<Decided> log, PolicyTimeline timeline)
    {
        Queue<Stretch> settled = new(timeline.Stretches.Where(stretch => !stretch.IsChange));
        PolicyTerms terms = settled.Dequeue().New;
        double level = terms.Capacity, debt = double.NegativeInfinity, withheld = double.NegativeInfinity;
        long now = 0;
        void Advance(long to)
        {
            level = Math.Min(terms.Capacity, level + ((to - now) / 1e9 * terms.RefillRate));
            now = to;
        }

        foreach (Decided entry in log)
        {
            while (settled.TryPeek(out Stretch next) && next.From <= entry.Earliest)
            {
                Advance(next.From);
                terms = settled.Dequeue().New;
            }

            Advance(entry.Earliest);
            level -= entry.IsAdmitted ? 1 : 0;
            debt = entry.IsAdmitted ? Math.Max(debt, -level) : debt;
            withheld = entry.Verdict == Verdict.Spilled ? Math.Max(withheld, level - 1 - (terms.Capacity / 64)) : withheld;
        }

        return (debt, withheld);
    }
}
