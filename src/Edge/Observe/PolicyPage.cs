// Writes /policy: the rollout policy in force with every default filled in, as JSON, which is YAML as well: the page can be
// saved as a policy.yaml. Of secrets a policy only names the file. Side port's thread.

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

            if (policy.Stickiness is { } stickiness)
            {
                WriteStickiness(json, stickiness);
            }

            WriteOverrides(json, policy.Overrides);
            WriteRating(json, policy.Rating);
            json.WriteBoolean("abort", policy.Abort);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void WriteStickiness(Utf8JsonWriter json, StickinessSettings stickiness)
    {
        json.WriteStartObject("stickiness");
        if (stickiness.HashOf is { } source)
        {
            json.WriteString("type", "hash");
            json.WriteString("key", source.Kind switch
            {
                KeySourceKind.Header => "header:" + source.Name,
                KeySourceKind.Cookie => "cookie:" + source.Name,
                _ => "clientIp",
            });
            if (stickiness.Salt is { } salt)
            {
                json.WriteString("salt", salt);
            }
        }
        else
        {
            json.WriteString("type", "cookie");
            json.WriteString("name", stickiness.CookieName);
            json.WriteString("maxAge", Wording.Show(stickiness.MaxAge));
            if (stickiness.KeyFile is { } file)
            {
                json.WriteString("keyFile", file);
            }

            json.WriteString("onWeightZero", stickiness.DrainsAtZero ? "drain" : "break");
        }

        json.WriteEndObject();
    }

    private static void WriteOverrides(Utf8JsonWriter json, OverrideSettings overrides)
    {
        json.WriteStartObject("overrides");
        foreach ((string key, OverrideRule? rule) in new[] { ("header", overrides.Header), ("cookie", overrides.Cookie) })
        {
            if (rule is null)
            {
                continue;
            }

            json.WriteStartObject(key);
            json.WriteString("name", rule.Name);
            if (rule.TrustedNetworks is { } networks)
            {
                json.WriteStartArray("trustedCidrs");
                foreach (System.Net.IPNetwork network in networks)
                {
                    json.WriteStringValue(network.ToString());
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
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
