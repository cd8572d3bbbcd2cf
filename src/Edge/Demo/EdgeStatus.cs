// What the demo reads from the side port's /status. What is not there is NaN and shows as a dash. A value; any thread.

using System.Text.Json;

namespace OpenClaw.Edge.Demo;

/// <param name="Weight">Share that is asked for now, 0..1.</param>
/// <param name="Asked">Share that was asked for so far, 0..1: the mean of all weights there were, by requests.</param>
/// <param name="Achieved">Turns among the eligible requests so far, 0..1.</param>
/// <param name="ErrorRequests">Turns minus turns asked for: always within one request.</param>
/// <param name="Tokens">In the bucket now; NaN without a bucket.</param>
internal sealed record EdgeStatus(
    double Uptime, double Weight, double Asked, double Achieved, double ErrorRequests, double Eligible,
    double Tokens, double Capacity, double RefillRate, double Spilled, VersionStatus Stable, VersionStatus Canary)
{
    public static EdgeStatus Unknown { get; } = Read("{}"u8.ToArray());

    /// <exception cref="JsonException">It is no JSON.</exception>
    public static EdgeStatus Read(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        JsonElement share = Child(root, "share");
        JsonElement bucket = Child(root, "bucket");
        return new EdgeStatus(
            Number(root, "uptimeSeconds"), Number(Child(root, "weight"), "effective"),
            Number(share, "asked"), Number(share, "achieved"), Number(share, "errorRequests"), Number(share, "eligible"),
            Number(bucket, "tokens"), Number(bucket, "capacity"), Number(bucket, "refillRate"), Number(bucket, "spilled"),
            Version(root, DemoFiles.Stable), Version(root, DemoFiles.Canary));
    }

    private static VersionStatus Version(JsonElement root, string name)
    {
        JsonElement versions = Child(root, "versions");
        if (versions.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement version in versions.EnumerateArray())
            {
                if (Child(version, "name") is { ValueKind: JsonValueKind.String } text && text.ValueEquals(name))
                {
                    return new VersionStatus(Number(version, "score"), Number(version, "lower"), Number(version, "upper"), Number(version, "samples"));
                }
            }
        }

        return new VersionStatus(double.NaN, double.NaN, double.NaN, double.NaN);
    }

    private static JsonElement Child(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement child) ? child : default;

    private static double Number(JsonElement parent, string name) =>
        Child(parent, name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : double.NaN;
}

/// <summary>A version's rating: score and its 95 % bounds, 0..1, over that many requests.</summary>
internal readonly record struct VersionStatus(double Score, double Lower, double Upper, double Samples);
