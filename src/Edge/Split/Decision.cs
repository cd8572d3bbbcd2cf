// What the split says about one request. Values only; any thread.

namespace OpenClaw.Edge.Split;

/// <summary>The part a version plays in the rollout, for one request.</summary>
public enum Role : byte { Stable, Baseline, Canary }

/// <summary>Which side of the split a request goes to, and why.</summary>
public readonly record struct Decision(bool ToCanary, Reason Reason);
