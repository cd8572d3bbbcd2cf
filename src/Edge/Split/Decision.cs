// What the split says about one request. Values only; any thread.

namespace OpenClaw.Edge.Split;

/// <summary>The part a version plays in the rollout, for one request.</summary>
public enum Role : byte { Stable, Baseline, Canary }

/// <summary>Where a request goes, and why.</summary>
/// <param name="Canary">Place in the policy's list of canaries; <see cref="Stable"/>: to the stable version.</param>
/// <param name="IsBaseline">Goes to stable as the counterpart of a canary request of the same time.</param>
/// <param name="IsRepeat">Follows another of its session too closely to be compared.</param>
/// <param name="IsUncapped">Goes to a canary without the token that it would have drawn at any other time.</param>
public readonly record struct Decision(int Canary, Reason Reason, bool IsBaseline = false, bool IsRepeat = false, bool IsUncapped = false)
{
    public const int Stable = -1;

    public bool ToCanary => Canary >= 0;

    public Role Role => ToCanary ? Role.Canary : IsBaseline ? Role.Baseline : Role.Stable;

    /// <summary>One of the canary and baseline requests that can be compared: chance sent it where it went, nobody asked for it.</summary>
    public bool IsMatched => IsBaseline || (ToCanary && !IsRepeat && Reason is Reason.Weight or Reason.Sticky);

    public static Decision ToStable(Reason reason) => new(Stable, reason);
}
