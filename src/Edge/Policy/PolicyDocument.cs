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
            root.Value("apiVersion", StrictVersion, Rules.OneOf(StrictVersion));
            findings.Strict = true;
        }

        RolloutPolicy policy = new RolloutPolicy
        {
            Canary = root.Optional("canary") is { } canary ? ReadCanary(canary, edge) : null,
            Bucket = root.Optional("bucket") is { } bucket ? ReadBucket(bucket) : null,
            Rating = ReadRating(root.Sub("rating"), new RatingSettings()),
            Abort = root.Value<bool>("abort", false, Rules.Switch),
        };
        foreach (string key in NotYet)
        {
            root.Unsupported(key);
        }

        if (policy is { Bucket: not null, Canary: null } && !root.Has("canary"))
        {
            root.Warning("bucket", "has no effect without canary");
        }

        return policy;
    }

    /// <summary>Documented for later releases.</summary>
    private static readonly string[] NotYet =
        ["canaries", "stickiness", "overrides", "mirror", "rateLimit", "guard", "weightFrom"];

    private static CanarySettings ReadCanary(Section s, EdgeSettings? edge)
    {
        string version = s.Required<string>("version", Rules.SomeText, "name a version of edge.yaml") ?? "";
        double weight = s.Required<double>("weight", Rules.Weight, "write weight: 0.05 or weight: 5%");
        s.Unsupported("priority");
        s.Unsupported("floor");
        if (s.Is("weight", "1") || s.Is("weight", "1.0"))
        {
            s.Warning("weight", "1 means 100 %, all eligible requests; for one percent write 0.01 or 1%, to be plain write 100%");
        }

        if (edge is null || version == "")
        {
            return new CanarySettings(version, weight);
        }

        if (edge.Versions.All(v => v.Name != version))
        {
            s.Error("version", $"{Wording.Show(version)} is no version of edge.yaml{Wording.Suggest(version, edge.Versions.Select(v => v.Name))}");
        }
        else if (version == edge.Stable)
        {
            s.Error("version", $"{version} is the stable version; a canary is another one");
        }

        return new CanarySettings(version, weight);
    }

    private static BucketSettings ReadBucket(Section s)
    {
        // A double counts tokens exactly up to 2^53; a billion a second is beyond any machine.
        double capacity = s.Required<double>("capacity", Rules.Number(1, 1e9), "write the largest burst in requests: capacity: 20");
        double rate = s.Required<double>("refillRate", Rules.Number(0, 1e9), "write tokens per second: refillRate: 2");
        int replicas = s.Value("replicas", 1, Rules.Count(1, 10_000));
        if (capacity >= 1 && capacity / replicas < 1)
        {
            s.Error("replicas", $"{replicas} edges cannot share a capacity of {Wording.Show(capacity)}; each needs one token at least");
        }

        bool empty = s.Value("initial", "full", Rules.OneOf("full", "empty")) == "empty";
        return new BucketSettings(capacity / replicas, rate / replicas, empty);
    }

    private static RatingSettings ReadRating(Section s, RatingSettings d)
    {
        s.Unsupported("feedback");
        s.Unsupported("heuristic");
        s.Unsupported("issueFraction");
        s.Unsupported("maxHeuristicWeight");
        Section weights = s.Sub("weights");
        weights.Unsupported("feedback");
        RatingSettings rating = new RatingSettings
        {
            Window = s.Value("window", d.Window, Rules.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10))),
            ErrorRateAtZero = s.Value("errorRateAtZero", d.ErrorRateAtZero, Rules.Number(0.0001, 1)),
            LatencyTarget = s.Value("latencyTarget", d.LatencyTarget, Rules.Duration(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10))),
            MinSamples = s.Value("minSamples", d.MinSamples, Rules.Count(0, 1_000_000)),
            SuccessWeight = weights.Value("success", d.SuccessWeight, Rules.Number(0, 1)),
            LatencyWeight = weights.Value("latency", d.LatencyWeight, Rules.Number(0, 1)),
        };
        if (rating.SuccessWeight + rating.LatencyWeight == 0)
        {
            s.Error("weights", "success and latency are both 0; one must count");
        }

        return rating;
    }
}
