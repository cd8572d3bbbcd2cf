// The compiled configuration of one moment: edge settings and rollout policy together, with the revision that
// /status and the metrics name. Immutable; live state is carried elsewhere, by version name.

namespace OpenClaw.Edge.Policy;

/// <param name="Revision"><c>sha256:</c> and the hex digest of the policy file's bytes (of nothing, without a file).</param>
/// <param name="NoticedAt">When the change was noticed (<see cref="TimeProvider.GetTimestamp"/>), for the propagation histogram.</param>
public sealed record Snapshot(EdgeSettings Edge, RolloutPolicy Rollout, string Revision, long NoticedAt)
{
    /// <summary>From <see cref="StickinessSettings.KeyFile"/>; null: none is named.</summary>
    public SigningKeys? SessionKeys { get; init; }

    /// <summary>From <see cref="FeedbackSettings.KeyFile"/>; null: none is named.</summary>
    public SigningKeys? FeedbackKeys { get; init; }
}
