// The rating keys of policy.yaml, validated and with every default filled in. Immutable; built on the control thread.

namespace OpenClaw.Edge.Policy;

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
    public double FeedbackWeight { get; init; } = 0.15;

    /// <summary>What the learned model may weigh at most, if it knew everything: 0..1; 0 switches it off.</summary>
    public double MaxHeuristicWeight { get; init; } = 0.5;

    /// <summary>Null: nobody is asked, and nothing is taken.</summary>
    public FeedbackSettings? Feedback { get; init; }
}

/// <summary>How those who got a response can rate it.</summary>
public sealed record FeedbackSettings
{
    /// <summary>Share of forwarded responses that carry a token, 0..1.</summary>
    public double IssueFraction { get; init; } = 0.05;

    /// <summary>Where tokens come back on the data port; null: only on the side port.</summary>
    public string? Path { get; init; } = "/.openclaw/feedback";

    /// <summary>File with the secrets that sign tokens, shared by replicas; null: a secret of this process.</summary>
    public string? KeyFile { get; init; }

    /// <summary>How long a token is good.</summary>
    public TimeSpan TokenMaxAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>After this time a voice counts half.</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What one address may say, so that nobody speaks for all.</summary>
    public RateLimitSettings Limit { get; init; } = new(new KeySource(KeySourceKind.ClientAddress, ""), Average: 10, TimeSpan.FromMinutes(1), Burst: 10);
}
