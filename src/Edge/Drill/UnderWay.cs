// A version as the workers see it, and the requests that it is working on. Main thread.

using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Drill;

/// <summary>What each worker keeps of a version, by its index.</summary>
internal sealed class Lane(VersionSettings settings, RatingEngine ratings, RolloutGuard guard, int workers)
{
    public string Version => settings.Name;

    /// <summary>Stable answers what it cannot take.</summary>
    public bool FallsBack => settings.Retry.CanaryToStable;

    public Latch Latch { get; } = guard.LatchOf(settings.Name);

    public VersionTally[] Tallies { get; } = [.. Enumerable.Range(0, workers).Select(ratings[settings.Name].Tally)];

    public BackOff[] BackOffs { get; } = new BackOff[workers];

    public FailureStreak[] Streaks { get; } = [.. Enumerable.Range(0, workers).Select(_ => new FailureStreak())];
}

/// <summary>A request that a version is working on.</summary>
/// <param name="IsNotice">Not its end, but the moment from which on it is overdue.</param>
internal readonly record struct Pending(Lane Lane, int WorkerIndex, Outcome Outcome, long Latency, bool IsMatched, bool IsNotice = false);

/// <summary>Requests by the tick in which they end: nobody looks more closely.</summary>
/// <param name="interval">Nanoseconds of a tick.</param>
/// <param name="most">No request takes longer.</param>
internal sealed class UnderWay(long interval, long most)
{
    private readonly List<Pending>?[] _ticks = new List<Pending>?[(most / interval) + 2];

    /// <param name="end">In nanoseconds; within the longest time from now.</param>
    public void Add(long end, Pending pending) => Of(end / interval).Add(pending);

    /// <summary>Those that ended in the tick before a time, and are to be taken out of it.</summary>
    public List<Pending> EndedBefore(long tick) => Of(Math.Max(0, (tick / interval) - 1));

    /// <summary>Takes out all of one version.</summary>
    public List<Pending> Cut(Lane lane)
    {
        List<Pending> cut = [];
        foreach (List<Pending>? waiting in _ticks)
        {
            cut.AddRange(waiting?.Where(pending => pending.Lane == lane) ?? []);
            waiting?.RemoveAll(pending => pending.Lane == lane);
        }

        return cut;
    }

    private List<Pending> Of(long tick) => _ticks[tick % _ticks.Length] ??= [];
}
