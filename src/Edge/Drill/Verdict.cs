// What several runs of one incident say together: was it caught, how soon, at whose cost. Main thread.

using OpenClaw.Edge.Guard;

namespace OpenClaw.Edge.Drill;

/// <param name="endings">One a run.</param>
/// <param name="trace">Of the first run.</param>
internal sealed class Verdict(Incident incident, Setup setup, IReadOnlyList<Ending> endings, Trace trace)
{
    public Incident Incident => incident;

    public IReadOnlyList<Ending> Endings => endings;

    public Trace Trace => trace;

    /// <summary>Nanoseconds from the fault to the trip, of the runs where one was due and came, in order.</summary>
    public IReadOnlyList<long> Detections { get; } = [.. endings.Where(ending => IsDetection(incident, setup, ending)).Select(ending => ending.TrippedAt!.Value).Order()];

    /// <summary>Runs that tripped, rightly or not.</summary>
    public int Tripped => endings.Count(ending => ending.TrippedAt is not null);

    /// <summary>Runs that tripped where no trip was due, before it was, or over another canary.</summary>
    public int FalseAlarms => Tripped - Detections.Count;

    public int Missed => incident.MustTrip ? endings.Count - Tripped : 0;

    public bool IsAsExpected => FalseAlarms == 0 && Missed == 0;

    /// <summary>Of all runs; what they all had is in the middle.</summary>
    public long Harmed => Quantile([.. endings.Select(ending => ending.Harmed).Order()], 0.5) ?? 0;

    /// <summary>Runs by what tripped them, most first.</summary>
    public IEnumerable<(TripCause Cause, int Runs)> Causes =>
        endings.Where(ending => ending.Cause is not null).GroupBy(ending => ending.Cause!.Value).Select(group => (group.Key, group.Count())).OrderByDescending(cause => cause.Item2);

    /// <summary>All runs of an incident; each has its own part of the seed, whichever others are run.</summary>
    public static Verdict Of(Incident incident, Setup setup)
    {
        Trace trace = new(incident.Onset.Ticks * TimeSpan.NanosecondsPerTick);
        int first = (setup.Seed * 1_000_003) ^ incident.Name.Aggregate(0, (hash, letter) => (hash * 31) + letter);
        Ending[] endings = new Ending[setup.Runs];
        for (int run = 0; run < endings.Length; run++)
        {
            endings[run] = Rehearsal.Run(incident, setup, first + run, run == 0 ? trace : null);
        }

        return new Verdict(incident, setup, endings, trace);
    }

    /// <summary>The least value that is not below so much of all (nearest rank).</summary>
    /// <param name="sorted">From the least to the most.</param>
    /// <returns>Null: there is none.</returns>
    public static long? Quantile(IReadOnlyList<long> sorted, double part) =>
        sorted.Count == 0 ? null : sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Count) - 1, 0, sorted.Count - 1)];

    private static bool IsDetection(Incident incident, Setup setup, Ending ending) =>
        incident.MustTrip && ending.TrippedAt >= 0 && ending.Canary == setup.Canary.Version;
}
