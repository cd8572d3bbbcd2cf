// The law that nothing lines up with the canary's turns: requests that a client can mark beforehand (every other one, the first of each
// second) are turns no more often than chance would have it.

namespace OpenClaw.TestKit.Laws;

public static class AlignmentLaw
{
    /// <summary>
    /// An upper bound of the chance that <paramref name="markedTurns"/> or more of <paramref name="turns"/> fall on marked requests, when each
    /// falls on any request alike (Chernoff 1952: exp(-n KL(k/n, p))). One turn in each stratum scatters less than that, never more.
    /// </summary>
    public static double Chance(long markedTurns, long turns, long marked, long eligible)
    {
        double p = (double)marked / eligible, q = (double)markedTurns / turns;
        if (turns == 0 || q <= p)
        {
            return 1;
        }

        double divergence = q * Math.Log(q / p) + (q < 1 ? (1 - q) * Math.Log((1 - q) / (1 - p)) : 0);
        return Math.Exp(-turns * divergence);
    }

    /// <summary>The smallest <see cref="Chance"/> of any class of requests, for all turns or for those that one canary served.</summary>
    /// <param name="classOf">Which class the request at an index of the log belongs to, from 0.</param>
    public static double LeastChance(IReadOnlyList<Decided> log, int classes, Func<int, int> classOf, int? canary = null)
    {
        long[] marked = new long[classes], markedTurns = new long[classes];
        for (int i = 0; i < log.Count; i++)
        {
            bool counts = canary is null ? log[i].IsTurn : log[i].Verdict == Verdict.Served && log[i].Canary == canary;
            marked[classOf(i)] += log[i].IsEligible ? 1 : 0;
            markedTurns[classOf(i)] += counts ? 1 : 0;
        }

        return Enumerable.Range(0, classes).Min(k => Chance(markedTurns[k], markedTurns.Sum(), marked[k], marked.Sum()));
    }
}
