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
    private string? _release; // the control thread writes

    public int Slot { get; } = slot;

    public string Name => Upstream.Name;

    public Version Upstream { get; } = upstream;

    public VersionRating Rating { get; } = rating;

    /// <summary>Closed by the guard.</summary>
    public Latch Latch { get; } = latch;

    public VersionLedger Ledger { get; } = ledger;

    /// <summary>Takes down which pods it consists of. Control thread.</summary>
    /// <param name="release">Null: nobody says.</param>
    /// <returns>They are others than before.</returns>
    public bool Follow(string? release)
    {
        bool isAnother = release is not null && _release is not null && release != _release;
        _release = release ?? _release;
        if (isAnother)
        {
            Ledger.CountRelease();
        }

        return isAnother;
    }
}
