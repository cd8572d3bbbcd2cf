// What the demo reads from the side port's /status. What is not there is NaN and shows as a dash. A value; any thread.

using System.Text.Json;

namespace OpenClaw.Edge.Demo;

/// <param name="Weight">Share that is asked for now, 0..1.</param>
/// <param name="PolicyWeight">What the policy asks for, whatever the guard says.</param>
/// <param name="Asked">Share that was asked for so far, 0..1: the mean of all weights there were, by requests.</param>
/// <param name="Achieved">Turns among the eligible requests so far, 0..1.</param>
/// <param name="ErrorRequests">Turns minus turns asked for: always within one request.</param>
/// <param name="Tokens">In the bucket now; NaN without a bucket.</param>
internal sealed record EdgeStatus(
    double Uptime, double Weight, double PolicyWeight, double Asked, double Achieved, double ErrorRequests, double Eligible,
    double Tokens, double Capacity, double RefillRate, double Spilled, VersionStatus Stable, VersionStatus Canary, GuardSeen Guard)
{
    public static EdgeStatus Unknown { get; } = Read("{}"u8.ToArray());

    /// <exception cref="JsonException">It is no JSON.</exception>
    public static EdgeStatus Read(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        JsonElement share = Child(root, "share");
        JsonElement bucket = Child(root, "bucket");
        JsonElement weight = Child(root, "weight");
        return new EdgeStatus(
            Number(root, "uptimeSeconds"), Number(weight, "effective"), Number(Child(weight, "bySource"), "policy"),
            Number(share, "asked"), Number(share, "achieved"), Number(share, "errorRequests"), Number(share, "eligible"),
            Number(bucket, "tokens"), Number(bucket, "capacity"), Number(bucket, "refillRate"), Number(bucket, "spilled"),
            Version(root, DemoFiles.Stable), Version(root, DemoFiles.Canary), GuardOf(root));
    }

    private static VersionStatus Version(JsonElement root, string name)
    {
        JsonElement version = Member(Child(root, "versions"), "name", name);
        return new VersionStatus(Number(version, "score"), Number(version, "lower"), Number(version, "upper"), Number(version, "samples"));
    }

    private static GuardSeen GuardOf(JsonElement root)
    {
        JsonElement guard = Child(root, "guard"), canary = Member(Child(guard, "canaries"), "version", DemoFiles.Canary);
        JsonElement evidence = Child(canary, "evidence"), found = Child(canary, "wouldTrip");
        bool isOut = Text(canary, "state") == "tripped";
        return new GuardSeen(
            Text(guard, "mode"), Text(canary, "state"), Text(isOut ? canary : found, "cause"), Text(isOut ? canary : found, "reason"),
            Math.Max(Proof(Child(evidence, "errors")), Proof(Child(evidence, "latency"))));
    }

    private static double Proof(JsonElement evidence) => Number(evidence, "logE") / Number(evidence, "logThreshold");

    /// <summary>The first object of a list that is called so.</summary>
    private static JsonElement Member(JsonElement list, string key, string name)
    {
        if (list.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement member in list.EnumerateArray())
            {
                if (Text(member, key) == name)
                {
                    return member;
                }
            }
        }

        return default;
    }

    private static JsonElement Child(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement child) ? child : default;

    private static string Text(JsonElement parent, string name) =>
        Child(parent, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    private static double Number(JsonElement parent, string name) =>
        Child(parent, name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : double.NaN;
}

/// <summary>A version's rating: score and its 95 % bounds, 0..1, over that many requests.</summary>
internal readonly record struct VersionStatus(double Score, double Lower, double Upper, double Samples);

/// <summary>What the guard says of the canary. Words are empty where it says none.</summary>
/// <param name="State">off, learning, holding, tripped.</param>
/// <param name="Cause">Of the trip, or of the one there would be if the guard did more than observe.</param>
/// <param name="Reason">The same with numbers.</param>
/// <param name="Proof">The evidence that the canary is worse, as a part of what it takes.</param>
internal sealed record GuardSeen(string Mode, string State, string Cause, string Reason, double Proof)
{
    public bool IsTripped => State == "tripped";
}
