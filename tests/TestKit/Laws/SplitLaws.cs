// All that must hold for a log of decisions under a timeline of policies, and in words what does not. Pure.

using System.Globalization;

namespace OpenClaw.TestKit.Laws;

public static class SplitLaws
{
    /// <summary>What the judge's own sums of doubles may be off by.</summary>
    public const double Rounding = 1e-6;

    /// <summary>A counterpart comes behind its turn: two may wait for theirs, and one more for each of a storm's threads that has yet to note its turn.</summary>
    private const double BaselineErrorMax = 1 + 2 + 6;

    private const double ShareRounding = 1e-9; // sums of fixed points, but for the weights themselves

    /// <summary>The laws that are broken; none, when all hold.</summary>
    /// <param name="slack">Tokens that a window may hold too many, where a log is not written at the moment of the decision.</param>
    public static IReadOnlyList<string> Broken(IReadOnlyList<Decided> log, PolicyTimeline timeline, double slack = 0)
    {
        CapFindings cap = CapLaw.Judge(log, timeline);
        ShareFindings share = ShareLaw.Judge(log, timeline);
        List<string> broken = [];
        void Expect(bool holds, FormattableString law)
        {
            if (!holds)
            {
                broken.Add(law.ToString(CultureInfo.InvariantCulture));
            }
        }

        Expect(cap.Excess <= slack + Rounding, $"cap: a window holds {cap.Excess:0.000} tokens too many");
        Expect(cap.FloorExcess <= slack + Rounding, $"priority: {cap.FloorExcess:0.000} tokens were taken from below a floor");
        Expect(cap.Withheld <= slack + Rounding, $"cap: a turn was spilled with {cap.Withheld:0.000} tokens too many left");
        Expect(share.Error < 1 + ShareRounding, $"share: {share.Turns} turns of {share.Eligible}; at some moment {share.Error:0.000} from what was asked");
        Expect(!timeline.HasConstantWeights || share.CanaryError < 2 + ShareRounding, $"share: one canary was at some moment {share.CanaryError:0.000} turns from its own");
        Expect(!timeline.HasConstantWeights || share.BaselineError < BaselineErrorMax, $"baseline: at some moment {share.BaselineError:0.000} requests from its cohort");
        Expect(log.All(entry => !entry.IsBaseline || entry.Verdict == Verdict.NoTurn), $"baseline: a turn is its own counterpart");
        return broken;
    }
}
