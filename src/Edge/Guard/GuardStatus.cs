// What the guard knows and does at one moment. Immutable: built on the control thread, read by any.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Guard;

/// <summary>How a canary stands; the worse, the greater.</summary>
public enum GuardState : byte
{
    /// <summary>Nobody looks.</summary>
    Off,

    /// <summary>Nothing against it.</summary>
    Holding,

    /// <summary>Too little has been seen of it.</summary>
    Learning,

    /// <summary>It is out.</summary>
    Tripped,
}

/// <summary>What a gate that promotes releases is told.</summary>
public enum GateVerdict : byte { Hold, Pass, Fail }

/// <param name="Reason">With numbers; a sentence without its full stop.</param>
/// <param name="Score">Of that moment, which is held.</param>
public sealed record Trip(TripCause Cause, DateTimeOffset Since, string Reason, Score Score)
{
    /// <summary>Which release of the canary it was; null: nobody said.</summary>
    public string? Release { get; init; }
}

/// <summary>One canary.</summary>
public sealed record CanaryStatus
{
    public required string Version { get; init; }

    /// <summary>The release that is judged; null: nobody says which it is.</summary>
    public string? Release { get; init; }

    public GuardState State { get; init; }

    public GateVerdict Verdict { get; init; }

    /// <summary>When it came into its state.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Null: it is not out.</summary>
    public Trip? Trip { get; init; }

    /// <summary>Why it would be out if the guard did more than look on; null: it would not.</summary>
    public Trip? WouldTrip { get; init; }

    /// <summary>The share of its flow that it still gets although it is out, 0..1.</summary>
    public double Ramp { get; init; }

    public Score Score { get; init; } = Score.Unknown;

    /// <summary>Matched outcomes since the tests began.</summary>
    public OutcomeCounts Canary { get; init; }

    /// <summary>Those of the baseline in the same time.</summary>
    public OutcomeCounts Baseline { get; init; }

    /// <summary>Where the sequential test on errors stands.</summary>
    public Evidence Errors { get; init; }

    /// <summary>Where the sequential test on latency stands.</summary>
    public Evidence Latency { get; init; }

    /// <summary>The last look at the score.</summary>
    public RatingLook Look { get; init; }
}

/// <summary>All canaries.</summary>
/// <param name="State">The worst of them; without any, <see cref="GuardState.Holding"/>.</param>
/// <param name="Cause">Of the canary in that state; null unless it is out.</param>
/// <param name="Since">Of that canary; without any, since the policy has none.</param>
/// <param name="Canaries">In the order of the policy; then those that are out and that no policy names.</param>
public sealed record GuardStatus(GuardMode Mode, GuardState State, TripCause? Cause, DateTimeOffset Since, IReadOnlyList<CanaryStatus> Canaries)
{
    /// <summary>Null: there is no such canary.</summary>
    public CanaryStatus? Of(string version)
    {
        foreach (CanaryStatus canary in Canaries)
        {
            if (canary.Version == version)
            {
                return canary;
            }
        }

        return null;
    }
}

public enum GuardEventKind : byte
{
    Tripped,

    /// <summary>The guard only looks on, and this is what it would have done.</summary>
    WouldTrip,

    /// <summary>An operator lets it have traffic again.</summary>
    Reset,

    /// <summary>It was out, and is no canary any more.</summary>
    Dropped,

    /// <summary>Another release has taken its place under the same name, and may have traffic.</summary>
    Released,
}

/// <param name="Canary">As it stands after the event; when it was reset, dropped or released, as it stood before.</param>
public sealed record GuardEvent(GuardEventKind Kind, CanaryStatus Canary);
