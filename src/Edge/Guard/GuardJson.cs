// What the guard says of one canary, as JSON: the same in /status and in the webhook. Pure; any thread.

using System.Text.Json;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Guard;

public static class GuardJson
{
    /// <summary>Writes the members of an object that the caller has begun.</summary>
    public static void WriteMembers(Utf8JsonWriter json, CanaryStatus canary)
    {
        json.WriteString("version", canary.Version);
        json.WriteString("release", canary.Release);
        json.WriteString("state", GuardLabels.Of(canary.State));
        json.WriteString("verdict", GuardLabels.Of(canary.Verdict));
        WriteCause(json, canary.Trip?.Cause);
        json.WriteString("since", canary.Since.UtcDateTime);
        json.WriteString("reason", canary.Trip?.Reason);
        json.WriteNumber("ramp", Math.Round(canary.Ramp, 3));
        json.WriteStartObject("canary");
        WriteCounts(json, canary.Canary);
        json.WriteEndObject();
        json.WriteStartObject("baseline");
        WriteCounts(json, canary.Baseline);
        json.WriteEndObject();
        json.WriteStartObject("evidence");
        WriteEvidence(json, "errors", canary.Errors);
        WriteEvidence(json, "latency", canary.Latency);
        json.WriteEndObject();
        if (canary.WouldTrip is { } finding)
        {
            json.WriteStartObject("wouldTrip");
            WriteCause(json, finding.Cause);
            json.WriteString("since", finding.Since.UtcDateTime);
            json.WriteString("reason", finding.Reason);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("wouldTrip");
        }
    }

    public static void WriteCause(Utf8JsonWriter json, TripCause? cause) => json.WriteString("cause", cause is { } known ? GuardLabels.Of(known) : null);

    /// <summary>Writes a member named <paramref name="name"/>.</summary>
    public static void WriteScore(Utf8JsonWriter json, string name, Score score)
    {
        json.WriteStartObject(name);
        json.WriteNumber("value", score.Value);
        json.WriteNumber("lower", score.Lower);
        json.WriteNumber("upper", score.Upper);
        json.WriteNumber("samples", score.Samples);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, in OutcomeCounts counts)
    {
        json.WriteNumber("requests", counts.Samples);
        json.WriteNumber("errors", counts.Errors);
        json.WriteNumber("aborts", counts.Aborts);
        json.WriteNumber("overTarget", counts.Tolerated + counts.Slow);
    }

    private static void WriteEvidence(Utf8JsonWriter json, string name, in Evidence evidence)
    {
        json.WriteStartObject(name);
        json.WriteNumber("pairs", evidence.Pairs);
        json.WriteNumber("canaryRate", evidence.CanaryRate);
        json.WriteNumber("baselineRate", evidence.BaselineRate);
        json.WriteNumber("logE", Math.Round(evidence.LogE, 3));
        json.WriteNumber("logThreshold", Math.Round(evidence.LogThreshold, 3));
        json.WriteNumber("epoch", evidence.Epoch);
        json.WriteEndObject();
    }
}
