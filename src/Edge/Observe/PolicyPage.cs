// Writes /policy: the rollout policy in force, as the file has it with every default filled in, as JSON, which is YAML as well: saved as a
// policy.yaml it reads back as the same policy without a warning. Tokens are those of this edge alone, hence replicas 1.
// Secrets lie in files, and only their names stand here. Side port's thread.

using System.Buffers;
using System.Text.Json;
using OpenClaw.Edge.Guard;
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
            WriteWeightFrom(json, policy.WeightFrom);
            WriteCanaries(json, policy);
            WriteBucket(json, policy.Bucket);
            WriteStickiness(json, policy.Stickiness);
            WriteOverrides(json, policy.Overrides);
            WriteMirror(json, policy.Mirror);
            WriteRateLimits(json, policy.RateLimits);
            WriteRating(json, policy.Rating);
            WriteGuard(json, policy.Guard);
            json.WriteBoolean("abort", policy.Abort);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void WriteWeightFrom(Utf8JsonWriter json, WeightFromSettings? from)
    {
        if (from is null)
        {
            return;
        }

        json.WriteStartObject("weightFrom");
        WriteWhereSet(json, "httpRoute", from.HttpRoute);
        WriteWhereSet(json, "rollout", from.Rollout);
        WriteWhereSet(json, "namespace", from.Namespace);
        json.WriteStartObject("services");
        foreach ((string version, string service) in from.Services)
        {
            json.WriteString(version, service);
        }

        json.WriteEndObject();
        if (from.HttpRoute is not null)
        {
            json.WriteStartArray("hostnames");
            foreach (string host in from.Hostnames)
            {
                json.WriteStringValue(host);
            }

            json.WriteEndArray();
        }

        WriteWhereSet(json, "staleAfter", from.StaleAfter is { } stale ? Wording.Show(stale) : null);
        json.WriteEndObject();
    }

    private static void WriteCanaries(Utf8JsonWriter json, RolloutPolicy policy)
    {
        json.WriteStartArray("canaries");
        foreach (CanarySettings canary in policy.Canaries)
        {
            json.WriteStartObject();
            json.WriteString("version", canary.Version);
            WriteShare(json, "weight", canary.Weight);
            json.WriteNumber("priority", canary.Priority);
            if (policy.Bucket is not null)
            {
                json.WriteNumber("floor", canary.Floor);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteBucket(Utf8JsonWriter json, BucketSettings? bucket)
    {
        if (bucket is null)
        {
            return;
        }

        json.WriteStartObject("bucket");
        json.WriteNumber("capacity", bucket.Capacity);
        json.WriteNumber("refillRate", bucket.RefillRate);
        json.WriteString("initial", bucket.StartsEmpty ? "empty" : "full");
        json.WriteNumber("replicas", 1);
        json.WriteEndObject();
    }

    private static void WriteStickiness(Utf8JsonWriter json, StickinessSettings? sessions)
    {
        if (sessions is null)
        {
            return;
        }

        json.WriteStartObject("stickiness");
        json.WriteString("type", sessions.HashOf is null ? "cookie" : "hash");
        if (sessions.HashOf is { } source)
        {
            json.WriteString("key", Written(source));
            WriteWhereSet(json, "salt", sessions.Salt);
        }
        else
        {
            json.WriteString("name", sessions.CookieName);
            json.WriteString("maxAge", Wording.Show(sessions.MaxAge));
            WriteWhereSet(json, "keyFile", sessions.KeyFile);
        }

        json.WriteString("onWeightZero", sessions.DrainsAtZero ? "drain" : "break");
        json.WriteEndObject();
    }

    private static string Written(KeySource source) => source.Kind switch
    {
        KeySourceKind.Header => "header:" + source.Name,
        KeySourceKind.Cookie => "cookie:" + source.Name,
        _ => "clientIp",
    };

    private static void WriteOverrides(Utf8JsonWriter json, OverrideSettings overrides)
    {
        if (overrides is { Header: null, Cookie: null })
        {
            return;
        }

        json.WriteStartObject("overrides");
        WriteOverride(json, "header", overrides.Header);
        WriteOverride(json, "cookie", overrides.Cookie);
        json.WriteEndObject();
    }

    private static void WriteOverride(Utf8JsonWriter json, string key, OverrideRule? rule)
    {
        if (rule is null)
        {
            return;
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

    private static void WriteMirror(Utf8JsonWriter json, MirrorSettings? mirror)
    {
        if (mirror is null)
        {
            return;
        }

        json.WriteStartObject("mirror");
        json.WriteString("version", mirror.Version);
        WriteShare(json, "fraction", mirror.Fraction);
        json.WriteEndObject();
    }

    private static void WriteRateLimits(Utf8JsonWriter json, IReadOnlyList<RateLimitSettings> limits)
    {
        json.WriteStartArray("rateLimit");
        foreach (RateLimitSettings limit in limits)
        {
            json.WriteStartObject();
            json.WriteString("key", Written(limit.Key));
            json.WriteNumber("average", limit.Average);
            json.WriteString("period", Wording.Show(limit.Period));
            json.WriteNumber("burst", limit.Burst);
            json.WriteString("mode", limit.Enforces ? "enforce" : "observe");
            json.WriteString("headers", limit.Fields switch
            {
                RateLimitFields.Draft => "draft",
                RateLimitFields.X => "x",
                _ => "none",
            });
            json.WriteEndObject();
        }

        json.WriteEndArray();
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
        json.WriteNumber("feedback", rating.FeedbackWeight);
        json.WriteEndObject();
        WriteShare(json, "maxHeuristicWeight", rating.MaxHeuristicWeight);
        if (rating.Feedback is { } feedback)
        {
            WriteShare(json, "issueFraction", feedback.IssueFraction);
            WriteFeedback(json, feedback);
        }

        json.WriteEndObject();
    }

    private static void WriteFeedback(Utf8JsonWriter json, FeedbackSettings feedback)
    {
        json.WriteStartObject("feedback");
        json.WriteString("path", feedback.Path ?? "");
        WriteWhereSet(json, "keyFile", feedback.KeyFile);
        json.WriteString("tokenMaxAge", Wording.Show(feedback.TokenMaxAge));
        json.WriteString("halfLife", Wording.Show(feedback.HalfLife));
        json.WriteStartObject("limit");
        json.WriteNumber("average", feedback.Limit.Average);
        json.WriteString("period", Wording.Show(feedback.Limit.Period));
        json.WriteNumber("burst", feedback.Limit.Burst);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteGuard(Utf8JsonWriter json, GuardSettings guard)
    {
        json.WriteStartObject("guard");
        json.WriteString("mode", GuardLabels.Of(guard.Mode));
        json.WriteNumber("failBelow", guard.FailBelow);
        json.WriteNumber("passAbove", guard.PassAbove);
        json.WriteString("interval", Wording.Show(guard.Interval));
        json.WriteNumber("alpha", guard.Alpha);
        json.WriteNumber("consecutiveFailures", guard.ConsecutiveFailures);
        json.WriteString("rampOver", Wording.Show(guard.RampOver));
        if (guard.Webhook is { } webhook)
        {
            json.WriteStartObject("webhook");
            json.WriteString("url", webhook.Url.GetLeftPart(UriPartial.Authority)); // paths of webhooks are secrets
            json.WriteString("timeout", Wording.Show(webhook.Timeout));
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>A bare 1 would draw the question whether one percent was meant.</summary>
    private static void WriteShare(Utf8JsonWriter json, string key, double share)
    {
        if (share == 1)
        {
            json.WriteString(key, "100%");
        }
        else
        {
            json.WriteNumber(key, share);
        }
    }

    private static void WriteWhereSet(Utf8JsonWriter json, string key, string? text)
    {
        if (text is not null)
        {
            json.WriteString(key, text);
        }
    }
}
