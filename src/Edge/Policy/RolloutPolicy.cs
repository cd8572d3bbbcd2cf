// What policy.yaml says, validated and with every default filled in. Immutable; built on the control thread.

using System.Net;

namespace OpenClaw.Edge.Policy;

/// <summary>The validated content of policy.yaml: what the rollout is.</summary>
public sealed record RolloutPolicy
{
    /// <summary>No canary: every request goes to stable.</summary>
    public static readonly RolloutPolicy AllToStable = new();

    /// <summary>In the order of the file; no version twice; weights sum to 1 at most. <c>canary:</c> is the form with one entry.</summary>
    public IReadOnlyList<CanarySettings> Canaries { get; init; } = [];

    /// <summary>Of all canaries together; 1 at most, also where the weights of the file sum to a hair over it.</summary>
    public double CanaryWeight => Math.Min(1, Canaries.Sum(canary => canary.Weight));

    /// <summary>Null: the weights of the file are all there is. Else they are ceilings, each 1 at most, whatever their sum.</summary>
    public WeightFromSettings? WeightFrom { get; init; }

    /// <summary>Somebody outside wants every request on the canaries, and the file holds none back: a promotion, which must not spill into a stable version that is being scaled away.</summary>
    public bool IsUncapped { get; init; }

    /// <summary>Null: the canary has no cap.</summary>
    public BucketSettings? Bucket { get; init; }

    /// <summary>Null: no sessions, every request is decided anew.</summary>
    public StickinessSettings? Stickiness { get; init; }

    public OverrideSettings Overrides { get; init; } = new(null, null);

    /// <summary>Null: nothing is mirrored.</summary>
    public MirrorSettings? Mirror { get; init; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<RateLimitSettings> RateLimits { get; init; } = [];

    public RatingSettings Rating { get; init; } = new();

    public GuardSettings Guard { get; init; } = new();

    /// <summary>The red button: everything to stable.</summary>
    public bool Abort { get; init; }
}

/// <param name="Version">Name of a version in edge.yaml.</param>
/// <param name="Weight">Share of eligible requests, 0..1.</param>
/// <param name="Priority">Who is served first when tokens are scarce: higher first.</param>
/// <param name="Floor">Tokens of the bucket that this canary leaves to those of a higher priority, for this edge alone.</param>
public sealed record CanarySettings(string Version, double Weight, int Priority = 0, double Floor = 0);

/// <param name="Capacity">Largest burst, in tokens; one token a request; at least 1.</param>
/// <param name="RefillRate">Tokens per second; 0 or more.</param>
/// <param name="StartsEmpty">The level at process start; full otherwise.</param>
public sealed record BucketSettings(double Capacity, double RefillRate, bool StartsEmpty = false);

/// <summary>How a session keeps its place.</summary>
public sealed record StickinessSettings
{
    /// <summary>Null: by a cookie that the edge sets. Else the place follows from this part of the request, and no cookie is set.</summary>
    public KeySource? HashOf { get; init; }

    /// <summary>Name of the cookie.</summary>
    public string CookieName { get; init; } = "openclaw-session";

    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>File with the secret that signs cookies, shared by replicas; null: a secret of this process.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Goes into the hash with the key, so that two rollouts need not meet the same people; null: the rollout's own id.</summary>
    public string? Salt { get; init; }

    /// <summary>At weight 0 sessions stay on their canary until they end; otherwise nobody goes there.</summary>
    public bool DrainsAtZero { get; init; }
}

public enum KeySourceKind : byte { Header, Cookie, ClientAddress }

/// <summary>A part of a request that tells one client from another.</summary>
/// <param name="Name">Of the header or cookie; "" for the client's address.</param>
public sealed record KeySource(KeySourceKind Kind, string Name);

/// <summary>How testers ask for a version; null: they cannot.</summary>
public sealed record OverrideSettings(OverrideRule? Header, OverrideRule? Cookie);

/// <param name="Name">Of the header or cookie whose value is <c>always</c>, <c>never</c> or a version's name.</param>
/// <param name="TrustedNetworks">Clients that may ask; null: all.</param>
public sealed record OverrideRule(string Name, IReadOnlyList<IPNetwork>? TrustedNetworks);

/// <param name="Version">Name of a version in edge.yaml.</param>
/// <param name="Fraction">Of GET and HEAD requests, 0..1.</param>
public sealed record MirrorSettings(string Version, double Fraction);
