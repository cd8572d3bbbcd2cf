// What a drill says to a program: schema version 1, fields are only ever added. Pure.

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenClaw.Edge.Guard;

namespace OpenClaw.Edge.Drill;

internal static class DrillJson
{
    private const int SchemaVersion = 1;

    /// <returns>UTF-8, with a newline at the end.</returns>
    public static byte[] Render(Setup setup, IReadOnlyList<Verdict> verdicts)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) // no HTML here
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", SchemaVersion);
            json.WriteBoolean("asExpected", verdicts.All(verdict => verdict.IsAsExpected));
            json.WriteString("canary", setup.Canary.Version);
            json.WriteNumber("weight", setup.Canary.Weight);
            json.WriteNumber("ratePerSecond", setup.Rate);
            json.WriteString("guardMode", GuardLabels.Of(setup.Policy.Guard.Mode));
            json.WriteNumber("runs", setup.Runs);
            json.WriteNumber("workers", setup.Workers);
            json.WriteNumber("seed", setup.Seed);
            json.WriteStartArray("scenarios");
            foreach (Verdict verdict in verdicts)
            {
                Write(json, setup, verdict);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void Write(Utf8JsonWriter json, Setup setup, Verdict verdict)
    {
        json.WriteStartObject();
        json.WriteString("name", verdict.Incident.Name);
        json.WriteString("words", verdict.Incident.Words);
        json.WriteString("due", verdict.Incident.MustTrip ? "trip" : "never");
        json.WriteBoolean("asExpected", verdict.IsAsExpected);
        json.WriteNumber("faultAtSeconds", verdict.Incident.Onset.TotalSeconds);
        json.WriteNumber("watchedSeconds", setup.WatchedOf(verdict.Incident).TotalSeconds);
        json.WriteNumber("ratePerSecond", setup.RateOf(verdict.Incident));
        json.WriteNumber("tripped", verdict.Tripped);
        json.WriteNumber("missed", verdict.Missed);
        json.WriteNumber("falseAlarms", verdict.FalseAlarms);
        json.WriteStartObject("detectionSeconds");
        WriteSeconds(json, "median", Verdict.Quantile(verdict.Detections, 0.5));
        WriteSeconds(json, "p95", Verdict.Quantile(verdict.Detections, 0.95));
        json.WriteEndObject();
        json.WriteNumber("harmedMedian", verdict.Harmed);
        json.WriteStartObject("causes");
        foreach ((TripCause cause, int runs) in verdict.Causes)
        {
            json.WriteNumber(GuardLabels.Of(cause), runs);
        }

        json.WriteEndObject();
        WriteRuns(json, verdict);
        WriteTrace(json, verdict.Trace);
        json.WriteEndObject();
    }

    private static void WriteRuns(Utf8JsonWriter json, Verdict verdict)
    {
        json.WriteStartArray("runs");
        foreach (Ending ending in verdict.Endings)
        {
            json.WriteStartObject();
            WriteSeconds(json, "trippedAfterSeconds", ending.TrippedAt);
            if (ending.Cause is { } cause)
            {
                json.WriteString("canary", ending.Canary);
                json.WriteString("cause", GuardLabels.Of(cause));
                json.WriteString("reason", ending.Reason);
            }

            json.WriteNumber("harmed", ending.Harmed);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Of the first run.</summary>
    private static void WriteTrace(Utf8JsonWriter json, Trace trace)
    {
        Excerpt cut = trace.Cut();
        json.WriteStartObject("timeline");
        json.WriteNumber("fromSeconds", trace.From / 1e9);
        json.WriteNumber("stepSeconds", cut.Step / 1e9);
        WriteSeconds(json, "faultAtSeconds", trace.Onset);
        WriteSeconds(json, "trippedAtSeconds", trace.TrippedAt);
        WriteValues(json, "score", cut.Score);
        WriteValues(json, "lower", cut.Lower);
        WriteValues(json, "upper", cut.Upper);
        WriteValues(json, "evidence", cut.Evidence);
        WriteValues(json, "errorRate", cut.Errors);
        json.WriteEndObject();
    }

    private static void WriteValues(Utf8JsonWriter json, string name, double[] values)
    {
        json.WriteStartArray(name);
        foreach (double value in values)
        {
            json.WriteNumberValue(Math.Round(value, 4));
        }

        json.WriteEndArray();
    }

    private static void WriteSeconds(Utf8JsonWriter json, string name, long? nanoseconds)
    {
        if (nanoseconds is { } known)
        {
            json.WriteNumber(name, known / 1e9);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
