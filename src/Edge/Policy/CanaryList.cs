// The canaries of policy.yaml, in either of their two forms: one under `canary`, or a list under `canaries`. Control thread.

namespace OpenClaw.Edge.Policy;

internal static class CanaryList
{
    /// <summary>So many have room in the words of the split.</summary>
    public const int Max = 8;

    /// <summary>Weights such as 0.1 and thirds of a capacity are no exact binary numbers; a sum may be a little more than it should.</summary>
    private const double Tolerance = 1e-9;

    /// <param name="bucket">Whose tokens a floor counts, for this edge alone; null: there is none.</param>
    /// <param name="replicas">How many edges share what the file says.</param>
    public static IReadOnlyList<CanarySettings> Read(Section root, EdgeSettings? edge, BucketSettings? bucket, int replicas)
    {
        bool areCeilings = root.Has("weightFrom");
        List<(Section Section, CanarySettings Canary)> read = [];
        if (root.Optional("canary") is { } one)
        {
            read.Add((one, ReadOne(one, edge, bucket, replicas, areCeilings)));
        }

        foreach (Section s in root.Sections("canaries", most: Max))
        {
            read.Add((s, ReadOne(s, edge, bucket, replicas, areCeilings)));
        }

        if (root.Has("canary") && root.Has("canaries"))
        {
            root.Error("canaries", "stands beside canary, which is the same with one entry; keep one of them");
        }
        else
        {
            RefuseContradictions(root, read);
        }

        return WithFloors(read, bucket);
    }

    private static void RefuseContradictions(Section root, List<(Section Section, CanarySettings Canary)> read)
    {
        HashSet<string> versions = [];
        foreach ((Section s, CanarySettings canary) in read)
        {
            if (canary.Version != "" && !versions.Add(canary.Version))
            {
                s.Error("version", $"{canary.Version} stands in the list already; keep one entry for a version");
            }
        }

        double sum = read.Sum(entry => entry.Canary.Weight);
        if (sum > 1 + Tolerance && !root.Has("weightFrom"))
        {
            root.Error("canaries", $"the weights sum to {Wording.Show(sum)}; together they may be 1 at most");
        }
    }

    /// <param name="isCeiling">Somebody else has the weight, and this one only bounds it.</param>
    private static CanarySettings ReadOne(Section s, EdgeSettings? edge, BucketSettings? bucket, int replicas, bool isCeiling)
    {
        string version = PolicyDocument.ReadVersion(s, edge);
        if (version != "" && version == edge?.Stable)
        {
            s.Error("version", $"{version} is the stable version; a canary is another one");
        }

        double weight = s.Try("weight", Rules.Weight, out double written) ? written : isCeiling ? 1 : 0;
        if (!isCeiling && !s.Has("weight"))
        {
            s.Missing("weight", "write weight: 0.05 or weight: 5%");
        }

        if (!isCeiling && (s.Is("weight", "1") || s.Is("weight", "1.0")))
        {
            s.Warning("weight", "1 means 100 %, all eligible requests; for one percent write 0.01 or 1%, to be plain write 100%");
        }

        return new CanarySettings(version, weight, s.Value("priority", 0, Rules.Count(-1_000_000, 1_000_000)), ReadFloor(s, bucket, replicas));
    }

    /// <returns>The part of this edge; 0 where the file gives none.</returns>
    private static double ReadFloor(Section s, BucketSettings? bucket, int replicas)
    {
        bool given = s.Try("floor", Rules.Number(0, 1e9), out double floor);
        if (given && bucket is null)
        {
            s.Warning("floor", "has no effect without bucket");
        }

        if (!given || bucket is null)
        {
            return 0;
        }

        double capacity = bucket.Capacity * replicas;
        if (bucket.Capacity >= 1 && floor - (capacity - replicas) > capacity * Tolerance) // below 1 the capacity itself is at fault
        {
            string whose = replicas > 1 ? $" to each of {replicas} replicas" : "";
            s.Error("floor", $"{Wording.Show(floor)} leaves no token of the capacity {Wording.Show(capacity)}{whose}; it is at most {Wording.Show(capacity - replicas)}");
        }

        return Math.Min(floor / replicas, bucket.Capacity - 1);
    }

    /// <summary>Where none is written: of k priorities, the one at place i from the top stops at capacity x i / k, but leaves itself one token.</summary>
    private static List<CanarySettings> WithFloors(List<(Section Section, CanarySettings Canary)> read, BucketSettings? bucket)
    {
        int[] priorities = [.. read.Select(entry => entry.Canary.Priority).Distinct().OrderDescending()];
        return [.. read.Select(entry => entry.Section.Has("floor") || bucket is null ? entry.Canary : entry.Canary with
        {
            Floor = Math.Min(bucket.Capacity * Array.IndexOf(priorities, entry.Canary.Priority) / priorities.Length, bucket.Capacity - 1),
        })];
    }
}
