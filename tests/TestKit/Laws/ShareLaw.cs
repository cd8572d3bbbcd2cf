// The law of the share: after every number of eligible requests the turns are less than one from the sum of the weights. Knows nothing
// of strata. Where the order of decisions is known only in part, a cut counts what has surely and what may have been decided.

namespace OpenClaw.TestKit.Laws;

/// <summary>All in requests.</summary>
/// <param name="Eligible">How many there were.</param>
/// <param name="Turns">How many of them were turns.</param>
/// <param name="Error">The largest distance of turns from the sum of weights, at any cut. The law: less than 1.</param>
/// <param name="CanaryError">The largest distance of one canary's turns from its own weights. The law, at constant weights: less than 2.</param>
/// <param name="BaselineError">The same of baseline requests, from what min(w, 1 - w) asks for. A turn that reached no canary may take its baseline away.</param>
public readonly record struct ShareFindings(long Eligible, long Turns, double Error, double CanaryError, double BaselineError);

public static class ShareLaw
{
    public static ShareFindings Judge(IReadOnlyList<Decided> log, PolicyTimeline timeline)
    {
        int canaries = timeline.Stretches.Max(stretch => stretch.New.Weights.Length);
        Tally total = new(), baseline = new();
        Tally[] each = [.. Enumerable.Range(0, canaries).Select(_ => new Tally())];
        double error = 0, canaryError = 0, baselineError = 0;
        foreach (Moment moment in Sweep.Over(log, entry => entry.IsEligible))
        {
            Decided entry = log[moment.Index];
            (double least, double most) = timeline.Range(entry.Earliest, entry.Latest, terms => terms.Weight);
            total.Count(moment.IsEnd, entry.IsTurn, entry.IsTurn, least, most);
            error = Math.Max(error, total.Distance);
            bool servedNobody = entry.Verdict is Verdict.Spilled or Verdict.Lost;
            (least, most) = timeline.Range(entry.Earliest, entry.Latest, terms => Math.Min(terms.Weight, 1 - terms.Weight));
            baseline.Count(moment.IsEnd, entry.IsBaseline, entry.IsBaseline || servedNobody, least, most);
            baselineError = Math.Max(baselineError, baseline.Distance);
            for (int canary = 0; canary < canaries; canary++)
            {
                (least, most) = timeline.Range(entry.Earliest, entry.Latest, terms => terms.WeightOf(canary));
                bool isOwn = entry.Verdict == Verdict.Served && entry.Canary == canary;
                bool mayBeOwn = isOwn || (servedNobody && (entry.Canary == canary || entry.Canary < 0));
                each[canary].Count(moment.IsEnd, isOwn, mayBeOwn, least, most);
                canaryError = Math.Max(canaryError, each[canary].Distance);
            }
        }

        return new ShareFindings(log.Count(entry => entry.IsEligible), log.Count(entry => entry.IsTurn), error, canaryError, baselineError);
    }

    /// <summary>Turns and the sum of weights at one cut, each from what it surely is to what it may be.</summary>
    private sealed class Tally
    {
        private const double One = 1L << 60; // a sum of a million doubles would be off in the sixth decimal

        private long _surely, _perhaps;
        private Int128 _askedAtLeast, _askedAtMost;

        /// <summary>How far the two are apart, however the doubts are settled.</summary>
        public double Distance => (double)Int128.Max(((Int128)_surely << 60) - _askedAtMost, _askedAtLeast - ((Int128)_perhaps << 60)) / One;

        /// <param name="isEnd">It is surely among those before the cut now; else it may be.</param>
        public void Count(bool isEnd, bool isTurn, bool mayBeTurn, double least, double most)
        {
            if (isEnd)
            {
                _surely += isTurn ? 1 : 0;
                _askedAtLeast += (long)(least * One);
            }
            else
            {
                _perhaps += mayBeTurn ? 1 : 0;
                _askedAtMost += (long)(most * One);
            }
        }
    }
}
