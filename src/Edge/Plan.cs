// Everything an exchange reads once and uses to its end: the snapshot, the live objects it names, and what can be computed
// from it ahead of time. Immutable; the control thread publishes a new one behind one volatile reference.

using System.Text;
using OpenClaw.Edge.Feedback;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Limit;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge;

/// <param name="before">The plan in use until now, whose counts go on; null at the start of the process.</param>
internal sealed class Plan(Snapshot snapshot, Splitter splitter, ShareSchedule? mirrored, Plan? before, IReadOnlyList<LiveVersion> versions)
{
    public Snapshot Snapshot { get; } = snapshot;

    public Splitter Splitter { get; } = splitter;

    /// <summary>In the order of edge.yaml.</summary>
    public IReadOnlyList<LiveVersion> Versions { get; } = versions;

    public LiveVersion Stable { get; } = versions.Single(v => v.Name == snapshot.Edge.Stable);

    /// <summary>In the order of the policy.</summary>
    public LiveVersion[] Canaries { get; } = [.. snapshot.Rollout.Canaries.Select(canary => versions.Single(v => v.Name == canary.Version))];

    public Selector Selector { get; } = new(snapshot, splitter, before?.Selector);

    /// <summary>By reason, the field line that tells it to the client; empty where that is switched off.</summary>
    public byte[][] ReasonLines { get; } = [.. Enum.GetValues<Reason>().Select(reason => ReasonLine(snapshot.Edge, reason))];

    /// <summary>The share of copies, also while there are none; it goes on where it stopped.</summary>
    public ShareSchedule? Mirrored { get; } = mirrored;

    /// <summary>Null: nothing is mirrored. An abort stops it too: the red button leaves stable alone.</summary>
    public Mirroring? Mirroring { get; } = mirrored is not null && snapshot.Rollout is { Abort: false, Mirror: { } mirror }
        ? new Mirroring(versions.Single(v => v.Name == mirror.Version), mirrored) : null;

    /// <summary>Null: no client is limited.</summary>
    public Limiter? Limiter { get; } = Limiter.Create(snapshot.Rollout.RateLimits, before?.Limiter);

    /// <summary>Null: nobody is asked for a voice.</summary>
    public FeedbackRules? Feedback { get; } = FeedbackRules.Create(snapshot, before?.Feedback);

    /// <summary>
    /// The share of answers that carry a token, also while there are none. One count for all workers: exact for the process, and blind to
    /// any rhythm of the traffic, as turns are.
    /// </summary>
    public ShareSchedule? Issuing { get; } =
        snapshot.Rollout.Rating.Feedback is { } feedback ? ShareSchedule.After(before?.Issuing, feedback.IssueFraction) : before?.Issuing;

    public ForwardSettings Forwarding { get; } = new(snapshot.Edge) { FallbackAnswerLines = ReasonLine(snapshot.Edge, Reason.Unhealthy), RecallAnswerLines = ReasonLine(snapshot.Edge, Reason.Guard) };

    public FastTrip FastTrip { get; } = new(snapshot.Rollout.Guard);

    /// <summary>The weight that the guard leaves to the canaries at this moment; 1 while none is out. Null: the guard is off, and none is out.</summary>
    public double? GuardWeight
    {
        get
        {
            double left = 0;
            bool isOut = false;
            for (int i = 0; i < Canaries.Length; i++)
            {
                bool isTripped = Canaries[i].Latch.IsTripped;
                isOut |= isTripped;
                left += Snapshot.Rollout.Canaries[i].Weight * (isTripped ? Canaries[i].Latch.Kept : 1);
            }

            return isOut ? Math.Round(left, 15) : Snapshot.Rollout.Guard.Mode == GuardMode.Off ? null : 1;
        }
    }

    /// <summary>The sum of the canaries' weights as the policy has them: ceilings, where somebody outside has a say.</summary>
    public double PolicyWeight => Math.Round(Snapshot.Written.CanaryWeight, 15);

    /// <summary>What somebody outside gives the canaries, 0 before the first word; null: nobody has a say.</summary>
    public double? ExternalWeight =>
        Snapshot.Written.WeightFrom is null ? null : Math.Round(Snapshot.External?.Of(Snapshot.Written.Canaries.Select(canary => canary.Version)) ?? 0, 15);

    /// <summary>The lowest of all that limit the canaries' weight.</summary>
    public double EffectiveWeight => Snapshot.Rollout.Abort ? 0 : Math.Min(Splitter.Weight, GuardWeight ?? 1);

    // Nanoseconds.
    public long HeadTimeout { get; } = Clock.Nanoseconds(snapshot.Edge.Timeouts.Head);

    public long IdleTimeout { get; } = Clock.Nanoseconds(snapshot.Edge.Timeouts.Idle);

    public long HandshakeTimeout { get; } = Clock.Nanoseconds(snapshot.Edge.Timeouts.Handshake);

    public long LatencyTarget { get; } = Clock.Nanoseconds(snapshot.Rollout.Rating.LatencyTarget);

    private static byte[] ReasonLine(EdgeSettings edge, Reason reason) =>
        edge.Fields.Reason ? Encoding.ASCII.GetBytes($"X-OpenClaw-Reason: {Reasons.Label(reason)}\r\n") : [];
}
