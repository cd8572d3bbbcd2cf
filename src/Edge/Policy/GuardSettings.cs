// The guard keys of policy.yaml, validated and with every default filled in. Immutable; built on the control thread.

namespace OpenClaw.Edge.Policy;

public enum GuardMode : byte
{
    /// <summary>A bad canary gets nothing any more.</summary>
    Enforce,

    /// <summary>What would have been done is said and counted.</summary>
    Observe,

    Off,
}

/// <summary>When a canary is taken out.</summary>
public sealed record GuardSettings
{
    public GuardMode Mode { get; init; } = GuardMode.Enforce;

    /// <summary>A score below it, for more than two periods and beside a better baseline, is a failure.</summary>
    public double FailBelow { get; init; } = 0.70;

    /// <summary>A lower bound above it lets a release pass.</summary>
    public double PassAbove { get; init; } = 0.85;

    /// <summary>Between two looks at the score.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Chance that a canary as good as stable is ever thrown out by the sequential test or the score.</summary>
    public double Alpha { get; init; } = 0.001;

    /// <summary>So many failures to connect, or resets, in a row on one worker are the end; 0: never.</summary>
    public int ConsecutiveFailures { get; init; } = 10;

    /// <summary>How long the flow takes to move to stable where stable cannot take it at once.</summary>
    public TimeSpan RampOver { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Null: nobody is called.</summary>
    public WebhookSettings? Webhook { get; init; }
}

/// <param name="Url">http or https; gets a POST with a JSON document when a guard trips.</param>
public sealed record WebhookSettings(Uri Url, TimeSpan Timeout);
