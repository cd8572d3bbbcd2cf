// What one worker keeps for one version: its pools, its counters, its tallies for the rating, its failures in a row.

using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge;

internal sealed class WorkerVersion(
    LiveVersion version, VersionUpstreams upstreams, VersionUpstreams mirrored, VersionCounters counters, VersionTally tally, CellTally cells)
{
    public LiveVersion Version { get; } = version;

    public VersionUpstreams Upstreams { get; } = upstreams;

    /// <summary>For mirrored copies, so that they take no connection from a request and no failure of theirs steers one elsewhere.</summary>
    public VersionUpstreams Mirrored { get; } = mirrored;

    public VersionCounters Counters { get; } = counters;

    public VersionTally Tally { get; } = tally;

    public FailureStreak Failures { get; } = new();

    /// <summary>What the learned model sees of its answers.</summary>
    public CellTally Cells { get; } = cells;
}
