// Reads a Rollout (argoproj.io): the weights that its status says are set, and which pods a version consists of. The watch's thread.
// It is never re-derived what the controller would set: without weights in the status the rollout is refused.

using System.Buffers;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Kubernetes;

public static class RolloutReader
{
    /// <summary>What the rollout says of weights and releases. Any text may come; the answer is a refusal or whole.</summary>
    public static TrafficReading Read(in ReadOnlySequence<byte> json, TrafficQuestion question) => Read(json, question, withWeights: true);

    /// <summary>Only what it says of releases, for the rollout beside a route: it need not have weights. The shares are empty.</summary>
    public static TrafficReading ReadReleases(in ReadOnlySequence<byte> json, TrafficQuestion question) => Read(json, question, withWeights: false);

    private static TrafficReading Read(in ReadOnlySequence<byte> json, TrafficQuestion question, bool withWeights)
    {
        if (question.Fault is { } fault)
        {
            return new TrafficReading { Refusal = fault };
        }

        using ObjectText rollout = new(json, "Rollout");
        List<string> notes = [];
        TrafficReading reading = new();
        if (rollout.Root is { } root)
        {
            RolloutState state = new(root, question);
            IReadOnlyDictionary<string, double> shares = withWeights ? state.Shares(notes) : reading.Shares;
            reading = new TrafficReading { Shares = shares, Releases = state.Releases(), Notes = notes };
        }

        return rollout.Refusal is { } refusal ? new TrafficReading { Refusal = refusal } : reading;
    }
}
