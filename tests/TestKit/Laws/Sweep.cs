// The beginnings and ends of decisions in the order of time. What is recorded at one instant keeps the order of the log.

namespace OpenClaw.TestKit.Laws;

/// <param name="Index">Of the decision, in the log.</param>
/// <param name="IsEnd">The decision has surely been made by now; otherwise: it may be made from now on.</param>
internal readonly record struct Moment(long Time, int Index, bool IsEnd) : IComparable<Moment>
{
    public int CompareTo(Moment other) =>
        Time != other.Time ? Time.CompareTo(other.Time)
        : Index != other.Index ? Index.CompareTo(other.Index)
        : IsEnd.CompareTo(other.IsEnd);
}

internal static class Sweep
{
    public static Moment[] Over(IReadOnlyList<Decided> log, Func<Decided, bool> counts)
    {
        List<Moment> moments = new(2 * log.Count);
        for (int i = 0; i < log.Count; i++)
        {
            if (counts(log[i]))
            {
                moments.Add(new Moment(log[i].Earliest, i, IsEnd: false));
                moments.Add(new Moment(log[i].Latest, i, IsEnd: true));
            }
        }

        Moment[] sorted = [.. moments];
        Array.Sort(sorted);
        return sorted;
    }
}
