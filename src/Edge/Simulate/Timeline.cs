// What happened over time, in slots of equal length: few enough to draw, whatever the length of the run. Main thread.

namespace OpenClaw.Edge.Simulate;

/// <summary>Counts per slot, and the bucket's level at the end of each.</summary>
internal sealed class Timeline
{
    private const long Millisecond = 1_000_000;
    private const long Second = 1000 * Millisecond;

    /// <summary>One for every four pixels of a wide picture.</summary>
    private const int SlotsMax = 200;

    /// <summary>What people divide time by; beyond, whole days.</summary>
    public static readonly long[] Steps =
    [
        Millisecond, 2 * Millisecond, 5 * Millisecond, 10 * Millisecond, 20 * Millisecond, 50 * Millisecond, 100 * Millisecond, 200 * Millisecond,
        500 * Millisecond, Second, 2 * Second, 5 * Second, 10 * Second, 15 * Second, 30 * Second, 60 * Second, 120 * Second, 300 * Second,
        600 * Second, 900 * Second, 1800 * Second, 3600 * Second, 7200 * Second, 14_400 * Second, 28_800 * Second, 86_400 * Second,
    ];

    /// <param name="duration">Nanoseconds; more than 0.</param>
    public Timeline(long duration, int canaries)
    {
        Step = StepFor(duration);
        Duration = duration;
        int slots = (int)((duration + Step - 1) / Step);
        Stable = new long[slots];
        Spilled = new long[slots];
        Level = new double[slots];
        Canaries = [.. Enumerable.Range(0, canaries).Select(_ => new long[slots])];
    }

    /// <summary>Nanoseconds of the whole.</summary>
    public long Duration { get; }

    /// <summary>Nanoseconds of a slot; the last one may be cut short.</summary>
    public long Step { get; }

    public int Slots => Stable.Length;

    /// <summary>Requests to stable, the spilled among them.</summary>
    public long[] Stable { get; }

    /// <summary>Requests to each canary, in the order of the policy.</summary>
    public IReadOnlyList<long[]> Canaries { get; }

    public long[] Spilled { get; }

    /// <summary>Tokens at the end of the slot.</summary>
    public double[] Level { get; }

    /// <summary>The least round time that so long a run has slots enough of.</summary>
    public static long StepFor(long duration)
    {
        long days = Steps[^1];
        return Steps.FirstOrDefault(step => step * SlotsMax >= duration, (((duration / days) + SlotsMax) / SlotsMax) * days);
    }

    public long EndOf(int slot) => Math.Min((slot + 1) * Step, Duration);

    /// <summary>Counts as requests per second.</summary>
    public double[] PerSecond(long[] counts)
    {
        double[] rates = new double[counts.Length];
        for (int i = 0; i < rates.Length; i++)
        {
            rates[i] = counts[i] * 1e9 / (EndOf(i) - (i * Step));
        }

        return rates;
    }
}
