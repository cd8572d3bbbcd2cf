// What policy.yaml says, validated and with every default filled in. Immutable; built on the control thread.

namespace OpenClaw.Edge.Policy;

/// <summary>The validated content of policy.yaml: what the rollout is.</summary>
public sealed record RolloutPolicy
{
    /// <summary>No canary: every request goes to stable.</summary>
    public static readonly RolloutPolicy AllToStable = new();

    public CanarySettings? Canary { get; init; }

    /// <summary>Null: the canary has no cap.</summary>
    public BucketSettings? Bucket { get; init; }

    public RatingSettings Rating { get; init; } = new();

    /// <summary>The red button: everything to stable.</summary>
    public bool Abort { get; init; }
}

/// <param name="Version">Name of a version in edge.yaml.</param>
/// <param name="Weight">Share of eligible requests, 0..1.</param>
public sealed record CanarySettings(string Version, double Weight);

/// <param name="Capacity">Largest burst, in tokens; one token a request; at least 1.</param>
/// <param name="RefillRate">Tokens per second; 0 or more.</param>
/// <param name="StartsEmpty">The level at process start; full otherwise.</param>
public sealed record BucketSettings(double Capacity, double RefillRate, bool StartsEmpty = false);

public sealed record RatingSettings
{
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The error rate at which the success part reaches 0.</summary>
    public double ErrorRateAtZero { get; init; } = 0.10;

    /// <summary>Apdex target; up to four times of it counts half.</summary>
    public TimeSpan LatencyTarget { get; init; } = TimeSpan.FromMilliseconds(500);

    public int MinSamples { get; init; } = 50;
    public double SuccessWeight { get; init; } = 0.6;
    public double LatencyWeight { get; init; } = 0.25;
}
