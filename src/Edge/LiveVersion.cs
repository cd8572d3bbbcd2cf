// A version as it lives in the process: where it runs, how it is rated, and whether it is out. One object per name while the configuration
// names it, so that pools, counters and rating carry on across reloads.

using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Rating;
using Version = OpenClaw.Edge.Forward.Version;

namespace OpenClaw.Edge;

/// <param name="slot">Small number that workers index their own part by; never given twice.</param>
internal sealed class LiveVersion(int slot, Version upstream, VersionRating rating, Latch latch, VersionLedger ledger)
{
    public int Slot { get; } = slot;

    public string Name => Upstream.Name;

    public Version Upstream { get; } = upstream;

    public VersionRating Rating { get; } = rating;

    /// <summary>Closed by the guard.</summary>
    public Latch Latch { get; } = latch;

    public VersionLedger Ledger { get; } = ledger;
}
