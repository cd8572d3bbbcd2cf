// What one worker keeps for one version: its pools, its counters, its tally for the rating.

using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge;

internal sealed class WorkerVersion(LiveVersion version, VersionUpstreams upstreams, VersionCounters counters, VersionTally tally)
{
    public LiveVersion Version { get; } = version;

    public VersionUpstreams Upstreams { get; } = upstreams;

    public VersionCounters Counters { get; } = counters;

    public VersionTally Tally { get; } = tally;
}
