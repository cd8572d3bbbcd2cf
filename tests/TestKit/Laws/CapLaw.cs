// The law of the cap, in every window, and its other side: that nothing is held back. Knows when tokens were taken and which policy held
// when, and nothing of how the bucket counts. Where a moment is known only as a span, the log has the benefit of the doubt.

namespace OpenClaw.TestKit.Laws;

/// <summary>All in tokens; above 0, the law is broken by so much.</summary>
/// <param name="Excess">The most by which a window holds more than the capacity at its start and the refill during it.</param>
/// <param name="FloorExcess">
/// The most by which an admission went below the floor of its canary, which belonged to those of higher priority, beyond what may have been leased before.
/// </param>
/// <param name="Withheld">The most that was surely there, beyond the token and the 64th of the capacity that leases may hold, when a turn was spilled.</param>
public readonly record struct CapFindings(double Excess, double FloorExcess, double Withheld);

public static class CapLaw
{
    /// <summary>This part of the capacity may be on lease to workers: out of reach for others, and theirs to spend.</summary>
    private const double OnLease = 1.0 / 64;

    public static CapFindings Judge(IReadOnlyList<Decided> log, PolicyTimeline timeline)
    {
        (double excess, double floorExcess) = Overdrawn(log, timeline);
        return new CapFindings(excess, floorExcess, Withheld(log, timeline));
    }

    /// <summary>
    /// Of all windows those decide that start at an admission, or just before a change: a window that starts earlier only has more refill. A
    /// window holds the admissions that surely fell into it. Where it starts in the middle of a decision, that one may still lease tokens as of
    /// when it began, so refill counts from there.
    /// </summary>
    private static (double Excess, double FloorExcess) Overdrawn(IReadOnlyList<Decided> log, PolicyTimeline timeline)
    {
        UnderWay underWay = new(log.Where(entry => entry.IsAdmitted));
        Starts starts = new(
            [.. log.Where(entry => entry.IsAdmitted).Select(entry => entry.Earliest), .. timeline.Stretches.SkipLast(1).Where(s => !s.IsChange).Select(s => s.End - 1)],
            start => timeline.MostBefore(underWay.Since(start)) - timeline.At(start).CapacityMax);
        double excess = double.NegativeInfinity, floorExcess = double.NegativeInfinity;
        foreach (Moment moment in Sweep.Over(log, entry => entry.IsAdmitted))
        {
            Decided entry = log[moment.Index];
            starts.OpenUntil(moment.Time);
            double refilled = timeline.MostUntil(entry.Latest);
            if (moment.IsEnd)
            {
                starts.AddUntil(entry.Earliest);
                excess = Math.Max(excess, starts.Best - refilled);
            }
            else
            {
                double floor = timeline.Range(entry.Earliest, entry.Latest, terms => terms.FloorOf(entry.Canary)).Min;
                double onLease = timeline.Range(entry.Earliest, entry.Latest, terms => terms.Capacity).Max * OnLease;
                floorExcess = floor > 0 ? Math.Max(floorExcess, starts.Best + 1 + floor - onLease - refilled) : floorExcess;
            }
        }

        return (excess, floorExcess);
    }

    /// <summary>
    /// The level of a bucket that gives every token it has is the least, over all earlier moments, of a full bucket then plus refill minus
    /// admissions since. Here all that may have been admitted counts. A clock that is older than those of
    /// others by d sees what was there d earlier; one that is older than a change of policy sees nothing, and is not judged.
    /// </summary>
    private static double Withheld(IReadOnlyList<Decided> log, PolicyTimeline timeline)
    {
        Starts starts = new(
            [.. log.Where(entry => entry.IsAdmitted).Select(entry => entry.Latest), .. timeline.Stretches.SkipLast(1).Select(s => s.IsChange ? s.From : s.End - 1)],
            start => timeline.LeastBefore(start) - timeline.At(start).CapacityMin);
        double withheld = double.NegativeInfinity;
        foreach (Moment moment in Sweep.Over(log, entry => entry.IsAdmitted || entry.Verdict == Verdict.Spilled))
        {
            Decided entry = log[moment.Index];
            starts.OpenUntil(moment.Time);
            if (entry.IsAdmitted && !moment.IsEnd)
            {
                starts.AddUntil(entry.Latest);
            }
            else if (!entry.IsAdmitted && moment.IsEnd && timeline.At(entry.Earliest) is { IsChange: false } held && entry.Latest < held.End)
            {
                PolicyTerms terms = held.New;
                double floor = entry.Canary >= 0 ? terms.FloorOf(entry.Canary) : terms.Floors.DefaultIfEmpty().Max();
                double missed = terms.RefillRate * (entry.Latest - entry.Earliest) / 1e9;
                double level = Math.Min(terms.Capacity, timeline.LeastUntil(entry.Earliest) - starts.Best) - missed;
                withheld = Math.Max(withheld, level - 1 - (terms.Capacity * OnLease) - floor);
            }
        }

        return withheld;
    }

    /// <summary>Since when the oldest decision that is not over at a moment has been under way.</summary>
    private sealed class UnderWay
    {
        private readonly long[] _ends, _since; // in the order of ends; of each and those that end later, the earliest beginning

        public UnderWay(IEnumerable<Decided> log)
        {
            Decided[] byEnd = [.. log.OrderBy(entry => entry.Latest)];
            _ends = [.. byEnd.Select(entry => entry.Latest)];
            _since = [.. byEnd.Select(entry => entry.Earliest)];
            for (int i = _since.Length - 2; i >= 0; i--)
            {
                _since[i] = Math.Min(_since[i], _since[i + 1]);
            }
        }

        public long Since(long time)
        {
            int low = 0, high = _ends.Length; // the first that ends no earlier
            while (low < high)
            {
                int middle = (low + high) / 2;
                (low, high) = _ends[middle] < time ? (middle + 1, high) : (low, middle);
            }

            return low < _since.Length ? Math.Min(time, _since[low]) : time;
        }
    }

    /// <summary>Where windows may start: in the order of time, counted from when the sweep has come to them.</summary>
    private sealed class Starts
    {
        private readonly long[] _times;
        private readonly WindowTree _tree;
        private readonly Func<long, double> _handicap;
        private int _opened;

        public Starts(long[] times, Func<long, double> handicap)
        {
            Array.Sort(times);
            _times = times;
            _handicap = handicap;
            _tree = new WindowTree(times.Length);
        }

        public double Best => _tree.Best;

        public void OpenUntil(long time)
        {
            for (; _opened < _times.Length && _times[_opened] <= time; _opened++)
            {
                _tree.Open(_opened, _handicap(_times[_opened]));
            }
        }

        /// <summary>One admission in every window that starts at <paramref name="time"/> or before.</summary>
        public void AddUntil(long time)
        {
            int low = -1, high = _times.Length - 1; // the last start that is not later
            while (low < high)
            {
                int middle = (low + high + 1) / 2;
                (low, high) = _times[middle] <= time ? (middle, high) : (low, middle - 1);
            }

            _tree.Add(low);
        }
    }
}
