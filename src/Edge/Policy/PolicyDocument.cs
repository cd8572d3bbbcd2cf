// policy.yaml key by key: the one place where each key's name, type, bounds and message stand (defaults stand in
// RolloutPolicy). Control thread; touches no file but the tree it is given.

namespace OpenClaw.Edge.Policy;

internal static class PolicyDocument
{
    private const string StrictVersion = "openclaw.io/v1";

    /// <summary>Reads the whole document. With errors among the findings the result must not be used.</summary>
    /// <param name="edge">Whose versions the policy may name; null when edge.yaml itself could not be read.</param>
    public static RolloutPolicy Read(Section root, EdgeSettings? edge, Findings findings)
    {
        if (root.Has("apiVersion"))
        {
            root.Try("apiVersion", Rules.OneOf(StrictVersion), out _);
            findings.Strict = true;
        }

        (BucketSettings? bucket, int replicas) = root.Optional("bucket") is { } b ? ReadBucket(b) : (null, 1);
        RolloutPolicy policy = new RolloutPolicy
        {
            WeightFrom = root.Optional("weightFrom") is { } weightFrom ? KubernetesKeys.ReadPolicy(weightFrom, edge) : null,
            Canaries = CanaryList.Read(root, edge, bucket, replicas),
            Bucket = bucket,
            Stickiness = root.Optional("stickiness") is { } stickiness ? ReadStickiness(stickiness) : null,
            Overrides = ReadOverrides(root),
            Mirror = root.Optional("mirror") is { } mirror ? ReadMirror(mirror, edge) : null,
            RateLimits = RateLimitList.Read(root),
            Rating = QualityKeys.ReadRating(root.Sub("rating")),
            Guard = QualityKeys.ReadGuard(root.Sub("guard")),
            Abort = root.Value("abort", false, Rules.Switch),
        };
        if (!root.Has("canary") && !root.Has("canaries"))
        {
            foreach (string key in new[] { "bucket", "stickiness", "overrides", "weightFrom" }.Where(root.Has))
            {
                root.Warning(key, "has no effect without canary");
            }
        }

        if (edge is not null && policy.WeightFrom is { } from)
        {
            foreach (string version in policy.Canaries.Select(canary => canary.Version).Prepend(edge.Stable).Where(version => version != "" && !from.Services.ContainsKey(version)))
            {
                root.Warning("weightFrom", $"nothing says which Service is behind {version}, and the canaries get nothing; write services: {{{version}: NAME}}");
            }
        }

        return policy;
    }

    /// <summary>The name of a version that must exist.</summary>
    /// <returns>"" where none can be told.</returns>
    public static string ReadVersion(Section s, EdgeSettings? edge)
    {
        string version = s.Required("version", Rules.SomeText, "name a version of edge.yaml") ?? "";
        if (edge is not null && version != "" && edge.Versions.All(v => v.Name != version))
        {
            s.Error("version", $"{Wording.Show(version)} is no version of edge.yaml{Wording.Suggest(version, edge.Versions.Select(v => v.Name))}");
            return "";
        }

        return version;
    }

    private static (BucketSettings Settings, int Replicas) ReadBucket(Section s)
    {
        // A double counts tokens exactly up to 2^53; a billion a second is beyond any machine.
        double capacity = s.Required("capacity", Rules.Number(1, 1e9), "write the largest burst in requests: capacity: 20");
        double rate = s.Required("refillRate", Rules.Number(0, 1e9), "write tokens per second: refillRate: 2");
        int replicas = s.Value("replicas", 1, Rules.Count(1, 10_000));
        if (capacity >= 1 && capacity / replicas < 1)
        {
            s.Error("replicas", $"{replicas} edges cannot share a capacity of {Wording.Show(capacity)}; each needs one token at least");
        }

        bool empty = s.Value("initial", "full", Rules.OneOf("full", "empty")) == "empty";
        return (new BucketSettings(capacity / replicas, rate / replicas, empty), replicas);
    }

    private static StickinessSettings ReadStickiness(Section s)
    {
        StickinessSettings d = new();
        bool hash = s.Value("type", "cookie", Rules.OneOf("cookie", "hash")) == "hash";
        s.Try("key", Rules.Key, out KeySource? key);
        StickinessSettings settings = new()
        {
            HashOf = hash ? key : null,
            CookieName = s.Value("name", d.CookieName, Rules.CookieName),
            MaxAge = s.Value("maxAge", d.MaxAge, Rules.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(400))), // browsers cut at 400 days (RFC 6265bis 5.5)
            KeyFile = s.Text("keyFile"),
            Salt = s.Try("salt", Rules.AnyText, out string? salt) ? salt : null,
            DrainsAtZero = s.Value("onWeightZero", "break", Rules.OneOf("break", "drain")) == "drain" && !hash,
        };
        if (hash && !s.Has("key"))
        {
            s.Missing("key", "write key: header:X-User, key: cookie:user or key: clientIp");
        }

        if (hash && s.Is("onWeightZero", "drain"))
        {
            s.Warning("onWeightZero", "drain needs type: cookie; a hash cannot tell a session that was there from one that begins");
        }

        if (!hash && settings.KeyFile is null)
        {
            s.Warning("keyFile", "none; sessions end with this process, and other edges do not know them");
        }

        foreach (string unused in (hash ? new[] { "name", "maxAge", "keyFile" } : ["key", "salt"]).Where(s.Has))
        {
            s.Warning(unused, $"has no effect with type: {(hash ? "hash" : "cookie")}");
        }

        return settings;
    }

    private static OverrideSettings ReadOverrides(Section root)
    {
        Section s = root.Sub("overrides");
        OverrideRule? Read(string key, Rule<string> name) => s.Optional(key) is { } rule
            ? new OverrideRule(
                rule.Required("name", name, $"name the {key} that asks for a version: name: {(key == "header" ? "X-Canary" : "canary")}") ?? "",
                rule.Has("trustedCidrs") ? rule.List("trustedCidrs", Rules.Network) : null)
            : null;
        if (root.Has("overrides") && !s.Has("header") && !s.Has("cookie"))
        {
            root.Warning("overrides", "has no effect without header or cookie");
        }

        return new OverrideSettings(Read("header", Rules.HeaderName), Read("cookie", Rules.CookieName));
    }

    private static MirrorSettings ReadMirror(Section s, EdgeSettings? edge) =>
        new(ReadVersion(s, edge), s.Required("fraction", Rules.Weight, "write fraction: 0.1 or fraction: 10%"));
}
