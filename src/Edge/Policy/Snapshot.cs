// The compiled configuration of one moment: edge settings and rollout policy together, with the revision that
// /status and the metrics name. Immutable; live state is carried elsewhere, by version name.

namespace OpenClaw.Edge.Policy;

/// <param name="Revision"><c>sha256:</c> and the hex digest of the policy file's bytes (of nothing, without a file).</param>
/// <param name="NoticedAt">When the change was noticed (<see cref="TimeProvider.GetTimestamp"/>), for the propagation histogram.</param>
public sealed record Snapshot(EdgeSettings Edge, RolloutPolicy Rollout, string Revision, long NoticedAt)
{
    /// <summary>The policy as the file has it; <see cref="Rollout"/> is what comes of it under <see cref="External"/>.</summary>
    public RolloutPolicy Written { get; private init; } = Rollout;

    /// <summary>Null: nobody outside has a say, or has not said anything yet.</summary>
    public ExternalWeights? External { get; private init; }

    /// <summary>From <see cref="StickinessSettings.KeyFile"/>; null: none is named.</summary>
    public SigningKeys? SessionKeys { get; init; }

    /// <summary>From <see cref="FeedbackSettings.KeyFile"/>; null: none is named.</summary>
    public SigningKeys? FeedbackKeys { get; init; }

    /// <summary>
    /// The same configuration under what somebody outside says: of file and outside the lower weight counts. Without a word from outside, where the policy waits
    /// for one, the canaries get nothing. A policy that takes its weights from nobody stays as it is.
    /// </summary>
    public Snapshot Under(ExternalWeights? external)
    {
        if (Written.WeightFrom is null)
        {
            return this;
        }

        CanarySettings[] canaries = [.. Written.Canaries.Select(canary => canary with { Weight = Math.Min(canary.Weight, external?.Shares.GetValueOrDefault(canary.Version) ?? 0) })];
        RolloutPolicy policy = Written with { Canaries = canaries };

        // Where the file holds some back, stable has to be there for them in any case, and the cap stays.
        return this with { External = external, Rollout = policy with { IsUncapped = Math.Round(policy.CanaryWeight, 15) >= 1 } };
    }

    /// <summary>What the file allows at most, for those who think about a policy without asking anybody: each canary at its ceiling, or in proportion where that is more than all.</summary>
    public Snapshot AtCeilings()
    {
        double sum = Math.Max(1, Written.Canaries.Sum(canary => canary.Weight));
        return Written.WeightFrom is null ? this : this with { Rollout = Written with { Canaries = [.. Written.Canaries.Select(canary => canary with { Weight = canary.Weight / sum })] } };
    }
}
