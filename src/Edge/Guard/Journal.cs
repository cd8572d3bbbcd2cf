// Which canaries are out, as bytes that outlast the process. Pure; any thread.

using System.Buffers;
using System.Text.Json;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Guard;

/// <param name="Latched">Canaries that are out.</param>
/// <param name="IsDistrusted">What was known before was lost, so the first canaries that come are to be out, too.</param>
public sealed record Journal(IReadOnlyList<(string Version, Trip Trip)> Latched, bool IsDistrusted = false)
{
    /// <summary>Larger files are none of ours.</summary>
    public const int BytesMax = 96 * 1024;

    private const int SchemaVersion = 1;
    private const int VersionMax = 63;
    private const int ReleaseMax = 63; // a label's value
    private const int ReasonMax = 300; // escaped, six bytes a character
    private const int LatchedMax = 32; // a policy has eight canaries at most

    public static readonly Journal Empty = new([]);

    /// <summary>As one JSON document.</summary>
    public byte[] ToBytes()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", SchemaVersion);
            json.WriteBoolean("distrusted", IsDistrusted);
            json.WriteStartArray("latched");
            foreach ((string version, Trip trip) in Latched.Take(LatchedMax))
            {
                json.WriteStartObject();
                json.WriteString("version", version);
                if (trip.Release?.Length <= ReleaseMax)
                {
                    json.WriteString("release", trip.Release);
                }

                json.WriteString("cause", GuardLabels.Of(trip.Cause));
                json.WriteString("since", trip.Since);
                json.WriteString("reason", trip.Reason.Length > ReasonMax ? trip.Reason[..ReasonMax] : trip.Reason);
                GuardJson.WriteScore(json, "score", trip.Score);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>Null when these are not the bytes of a journal: cut off, changed, or of a later release.</summary>
    public static Journal? TryRead(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            List<(string, Trip)> latched = [];
            if (bytes.Length > BytesMax || root.GetProperty("schemaVersion").GetInt32() != SchemaVersion)
            {
                return null;
            }

            foreach (JsonElement entry in root.GetProperty("latched").EnumerateArray())
            {
                string version = entry.GetProperty("version").GetString() ?? "";
                string reason = entry.GetProperty("reason").GetString() ?? "";
                string? release = entry.TryGetProperty("release", out JsonElement named) ? named.GetString() : null; // files of before have none
                if (version.Length is 0 or > VersionMax || release?.Length > ReleaseMax || reason.Length > ReasonMax || latched.Count == LatchedMax
                    || GuardLabels.CauseOf(entry.GetProperty("cause").GetString()) is not { } cause)
                {
                    return null;
                }

                Trip trip = new(cause, entry.GetProperty("since").GetDateTimeOffset(), reason, ReadScore(entry.GetProperty("score"))) { Release = release };
                latched.Add((version, trip));
            }

            return new Journal(latched, root.GetProperty("distrusted").GetBoolean());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    /// <exception cref="FormatException">No such score exists.</exception>
    private static Score ReadScore(JsonElement json)
    {
        double value = json.GetProperty("value").GetDouble(), lower = json.GetProperty("lower").GetDouble(), upper = json.GetProperty("upper").GetDouble();
        return 0 <= lower && lower <= value && value <= upper && upper <= 1
            ? Score.Unknown.With(value, lower, upper, json.GetProperty("samples").GetInt64())
            : throw new FormatException();
    }
}
