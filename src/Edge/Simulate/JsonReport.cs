// What a simulation says to a program: schema version 1, fields are only ever added. Pure.

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Simulate;

internal static class JsonReport
{
    private const int SchemaVersion = 1;

    /// <returns>UTF-8, with a newline at the end.</returns>
    public static byte[] Render(Scenario scenario, Naming naming, SimulationResult result)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) // no HTML here
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", SchemaVersion);
            json.WriteString("traffic", naming.Traffic);
            json.WriteNumber("durationSeconds", scenario.Duration / 1e9);
            json.WriteNumber("workers", scenario.Workers);
            json.WriteNumber("seed", scenario.Seed);
            json.WriteNumber("requests", result.Requests);
            WriteShare(json, result);
            json.WriteNumber("spilled", result.Spilled);
            json.WriteNumber("baseline", result.Baseline);
            json.WriteNumber("canaryPeakPerSecond", result.Together.Peak);
            WriteVersions(json, scenario, naming, result);
            WriteBucket(json, scenario.Policy.Bucket, result);
            WriteAdvice(json, result.Advice);
            WriteTimeline(json, result.Timeline);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>As in /status; and what the bucket left of it.</summary>
    private static void WriteShare(Utf8JsonWriter json, SimulationResult result)
    {
        ShareTotals share = result.Share;
        json.WriteStartObject("share");
        json.WriteNumber("asked", share.Eligible == 0 ? 0 : Math.Round(share.AskedTurns / share.Eligible, 15));
        json.WriteNumber("achieved", share.AchievedShare);
        json.WriteNumber("turns", share.Turns);
        json.WriteNumber("errorRequests", share.ErrorRequests);
        json.WriteNumber("toCanary", (double)result.Together.Requests / Math.Max(result.Requests, 1));
        json.WriteEndObject();
    }

    private static void WriteVersions(Utf8JsonWriter json, Scenario scenario, Naming naming, SimulationResult result)
    {
        json.WriteStartArray("versions");
        WriteVersion(json, naming.Stable, "stable", result.Stable, null);
        for (int i = 0; i < result.Canaries.Count; i++)
        {
            WriteVersion(json, scenario.Policy.Canaries[i].Version, "canary", result.Canaries[i].Requests, result.Canaries[i].Peak);
        }

        json.WriteEndArray();
    }

    private static void WriteVersion(Utf8JsonWriter json, string name, string role, long requests, int? peak)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("role", role);
        json.WriteNumber("requests", requests);
        if (peak is { } most)
        {
            json.WriteNumber("peakPerSecond", most);
        }

        json.WriteEndObject();
    }

    private static void WriteBucket(Utf8JsonWriter json, BucketSettings? bucket, SimulationResult result)
    {
        if (bucket is null)
        {
            json.WriteNull("bucket");
            return;
        }

        json.WriteStartObject("bucket");
        json.WriteNumber("capacity", bucket.Capacity);
        json.WriteNumber("refillRate", bucket.RefillRate);
        json.WriteNumber("tokensMin", result.LevelMin);
        json.WriteNumber("tokensEnd", result.LevelEnd);
        json.WriteEndObject();
    }

    private static void WriteAdvice(Utf8JsonWriter json, Advice advice)
    {
        json.WriteStartArray("advice");
        if (advice.Text != "")
        {
            json.WriteStartObject();
            json.WriteString("severity", advice.Severity);
            json.WriteString("text", advice.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Counts per slot, and tokens at the end of each.</summary>
    private static void WriteTimeline(Utf8JsonWriter json, Timeline time)
    {
        json.WriteStartObject("timeline");
        json.WriteNumber("stepSeconds", time.Step / 1e9);
        WriteCounts(json, "stable", time.Stable);
        json.WriteStartArray("canaries");
        foreach (long[] canary in time.Canaries)
        {
            WriteCounts(json, null, canary);
        }

        json.WriteEndArray();
        WriteCounts(json, "spilled", time.Spilled);
        json.WriteStartArray("tokens");
        foreach (double level in time.Level)
        {
            json.WriteNumberValue(Math.Round(level, 6));
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, string? name, long[] counts)
    {
        if (name is not null)
        {
            json.WritePropertyName(name);
        }

        json.WriteStartArray();
        foreach (long count in counts)
        {
            json.WriteNumberValue(count);
        }

        json.WriteEndArray();
    }
}
