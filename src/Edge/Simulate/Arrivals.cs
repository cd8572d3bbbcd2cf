// When requests come, in nanoseconds from the start, in order: what simulate feeds to the split. Lazy, and the same again for
// the same seed. Main thread; reads no clock.

namespace OpenClaw.Edge.Simulate;

internal static class Arrivals
{
    private const double Second = 1e9;

    /// <summary>One every 1/rate seconds, the first at 0.</summary>
    /// <param name="rate">Requests per second; 0: none.</param>
    /// <param name="duration">Nanoseconds; nothing comes at this time or later.</param>
    public static IEnumerable<long> Even(double rate, long duration)
    {
        if (rate <= 0)
        {
            yield break;
        }

        long at = 0;
        for (long n = 1; at < duration; n++)
        {
            yield return at;
            at = (long)Math.Min(n * (Second / rate), duration);
        }
    }

    /// <summary>Independent of each other, as those of many clients are: the gaps between them are exponentially distributed.</summary>
    public static IEnumerable<long> Poisson(double rate, long duration, int seed)
    {
        if (rate <= 0)
        {
            yield break;
        }

        Random random = new(seed);
        double at = 0;
        while (true)
        {
            at -= Math.Log(1 - random.NextDouble()) * (Second / rate);
            if (at >= duration)
            {
                yield break;
            }

            yield return (long)at;
        }
    }

    /// <summary>Those of a flow that stay, each with a chance of its moment: what is left of a Poisson flow is one of varying rate.</summary>
    /// <param name="chance">Of a time in nanoseconds; 0..1.</param>
    public static IEnumerable<long> Thin(IEnumerable<long> arrivals, Func<long, double> chance, int seed)
    {
        Random random = new(seed);
        foreach (long at in arrivals)
        {
            if (random.NextDouble() < chance(at))
            {
                yield return at;
            }
        }
    }

    /// <summary>So many at once at the end of every period.</summary>
    public static IEnumerable<long> Bursts(Burst burst, long duration)
    {
        for (long at = burst.Period; at < duration; at += burst.Period)
        {
            for (int i = 0; i < burst.Count; i++)
            {
                yield return at;
            }
        }
    }

    /// <summary>All of several, in order.</summary>
    public static IEnumerable<long> Merge(IReadOnlyList<IEnumerable<long>> sources)
    {
        List<IEnumerator<long>> open = [.. sources.Select(source => source.GetEnumerator()).Where(source => source.MoveNext())];
        while (open.Count > 0)
        {
            int first = 0;
            for (int i = 1; i < open.Count; i++)
            {
                first = open[i].Current < open[first].Current ? i : first;
            }

            yield return open[first].Current;
            if (!open[first].MoveNext())
            {
                open.RemoveAt(first);
            }
        }
    }
}

/// <summary>Requests that come at once, again and again.</summary>
/// <param name="period">Nanoseconds between two of them, and before the first.</param>
internal sealed class Burst(int count, long period)
{
    public int Count => count;

    public long Period => period;
}
