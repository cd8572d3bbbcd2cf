// Writes /policy: the rollout policy in force with every default filled in, as JSON, which is YAML as well: the page can be
// saved as a policy.yaml. A policy holds no secrets. Side port's thread.

using System.Buffers;
using System.Text.Json;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Observe;

internal static class PolicyPage
{
    public static byte[] Render(RolloutPolicy policy)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("canaries");
            foreach (CanarySettings canary in policy.Canaries)
            {
                json.WriteStartObject();
                json.WriteString("version", canary.Version);
                json.WriteNumber("weight", canary.Weight);
                json.WriteNumber("priority", canary.Priority);
                if (policy.Bucket is not null)
                {
                    json.WriteNumber("floor", canary.Floor);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();

            if (policy.Bucket is { } bucket)
            {
                json.WriteStartObject("bucket");
                json.WriteNumber("capacity", bucket.Capacity);
                json.WriteNumber("refillRate", bucket.RefillRate);
                json.WriteString("initial", bucket.StartsEmpty ? "empty" : "full");
                json.WriteEndObject();
            }

            WriteRating(json, policy.Rating);
            json.WriteBoolean("abort", policy.Abort);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void WriteRating(Utf8JsonWriter json, RatingSettings rating)
    {
        json.WriteStartObject("rating");
        json.WriteString("window", Wording.Show(rating.Window));
        json.WriteNumber("errorRateAtZero", rating.ErrorRateAtZero);
        json.WriteString("latencyTarget", Wording.Show(rating.LatencyTarget));
        json.WriteNumber("minSamples", rating.MinSamples);
        json.WriteStartObject("weights");
        json.WriteNumber("success", rating.SuccessWeight);
        json.WriteNumber("latency", rating.LatencyWeight);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
