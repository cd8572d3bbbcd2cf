// Which policy held when: settled stretches, and between them the spans in which a change took effect at a moment nobody outside
// knows. For such a span it answers twice: what is certainly there, and what can be there at most.

namespace OpenClaw.TestKit.Laws;

/// <param name="Weights">Share of each canary.</param>
/// <param name="Floors">Tokens that each canary leaves to others; missing ones are 0.</param>
public sealed record PolicyTerms(double[] Weights, double Capacity, double RefillRate, params double[] Floors)
{
    public PolicyTerms(double weight, double capacity, double refillRate) : this([weight], capacity, refillRate) { }

    public double Weight => Math.Min(1, Weights.Sum());

    public double WeightOf(int canary) => canary < Weights.Length ? Weights[canary] : 0;

    public double FloorOf(int canary) => canary >= 0 && canary < Floors.Length ? Floors[canary] : 0;
}

/// <summary>A stretch of time under one policy, or the span of a change from one to the next.</summary>
/// <param name="From">The first nanosecond of it.</param>
/// <param name="End">The first after it.</param>
/// <param name="MostBefore">Tokens refilled from the start of all to <paramref name="From"/>, counted generously.</param>
/// <param name="LeastBefore">The same, counted as little as can be.</param>
public readonly record struct Stretch(long From, long End, PolicyTerms Old, PolicyTerms New, double MostBefore, double LeastBefore)
{
    public bool IsChange => !ReferenceEquals(Old, New);

    public double CapacityMax => Math.Max(Old.Capacity, New.Capacity);

    public double CapacityMin => Math.Min(Old.Capacity, New.Capacity);

    public double RateMax => Math.Max(Old.RefillRate, New.RefillRate);

    /// <summary>
    /// Tokens a second that surely come. The cost of a token is rounded up to 1/16 ns (decision 2), so a rate may fall short by that. And whoever
    /// makes a change with a clock that is d old sees what was there d earlier.
    /// </summary>
    public double RefillLeast => IsChange ? -RateMax : New.RefillRate / (1 + New.RefillRate / 1.6e10);
}

public sealed class PolicyTimeline
{
    private readonly List<Stretch> _stretches = [];

    /// <param name="from">Near the first decision, so that the sums stay small and exact.</param>
    public PolicyTimeline(PolicyTerms first, long from = 0) => _stretches.Add(new Stretch(from, long.MaxValue, first, first, 0, 0));

    public IReadOnlyList<Stretch> Stretches => _stretches;

    public PolicyTerms Last => _stretches[^1].New;

    /// <summary>No change in what the canaries are to have, all the time.</summary>
    public bool HasConstantWeights => _stretches.TrueForAll(stretch => stretch.New.Weights.SequenceEqual(Last.Weights));

    /// <summary>The next change, which took effect at some moment from <paramref name="from"/> to <paramref name="to"/>, both included.</summary>
    public void Change(long from, long to, PolicyTerms next)
    {
        Stretch last = _stretches[^1];
        ArgumentOutOfRangeException.ThrowIfLessThan(from, last.From);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, from);
        _stretches[^1] = last with { End = from };
        Stretch change = After(last, from) with { End = to + 1, New = next };
        _stretches.Add(change);
        _stretches.Add(After(change, to + 1) with { End = long.MaxValue });
    }

    public void Change(long at, PolicyTerms next) => Change(at, at, next);

    public Stretch At(long time) => _stretches[IndexAt(time)];

    /// <summary>The smallest and the largest of something among the policies that can have held from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public (double Min, double Max) Range(long from, long to, Func<PolicyTerms, double> of)
    {
        int index = IndexAt(from);
        double old = of(_stretches[index].Old), min = old, max = old;
        do
        {
            double value = of(_stretches[index].New);
            (min, max) = (Math.Min(min, value), Math.Max(max, value));
        }
        while (++index < _stretches.Count && _stretches[index].From <= to);
        return (min, max);
    }

    /// <summary>Refilled at most until <paramref name="time"/>, where a window ends.</summary>
    public double MostUntil(long time)
    {
        Stretch at = At(time);
        return at.MostBefore + Seconds(at.From, at.IsChange ? at.End : time) * at.RateMax;
    }

    /// <summary>What <see cref="MostUntil"/> had before <paramref name="time"/>, where a window starts.</summary>
    public double MostBefore(long time)
    {
        Stretch at = At(time);
        return at.MostBefore + (at.IsChange ? 0 : Seconds(at.From, time) * at.RateMax);
    }

    /// <summary>Refilled at least until <paramref name="time"/>, which lies in no change.</summary>
    public double LeastUntil(long time)
    {
        Stretch at = At(time);
        return at.LeastBefore + Seconds(at.From, time) * at.RefillLeast;
    }

    /// <summary>What <see cref="LeastUntil"/> had before <paramref name="time"/>, where a window starts.</summary>
    public double LeastBefore(long time)
    {
        Stretch at = At(time);
        return at.LeastBefore + (at.IsChange ? 0 : Seconds(at.From, time) * at.RefillLeast);
    }

    private int IndexAt(long time)
    {
        int low = 0, high = _stretches.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = _stretches[middle].From <= time ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    /// <summary>A stretch that begins at <paramref name="from"/>, with what <paramref name="last"/> refilled until then.</summary>
    private static Stretch After(Stretch last, long from)
    {
        double seconds = Seconds(last.From, from);
        return last with
        {
            From = from,
            Old = last.New,
            MostBefore = last.MostBefore + seconds * last.RateMax,
            LeastBefore = last.LeastBefore + seconds * last.RefillLeast,
        };
    }

    private static double Seconds(long from, long to) => (to - from) / 1e9;
}
