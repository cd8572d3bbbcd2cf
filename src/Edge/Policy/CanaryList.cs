// The canaries of policy.yaml, in either of their two forms: one under `canary`, or a list under `canaries`. Control thread.

namespace OpenClaw.Edge.Policy;

internal static class CanaryList
{
    /// <summary>So many have room in the words of the split.</summary>
    public const int Max = 8;

    /// <summary>Weights such as 0.1 are no exact binary numbers; ten of them may sum to a little more than 1.</summary>
    private const double SumTolerance = 1e-9;

    /// <param name="bucket">Whose tokens a floor counts, for this edge alone; null: there is none.</param>
    /// <param name="replicas">How many edges share what the file says.</param>
    public static IReadOnlyList<CanarySettings> Read(Section root, EdgeSettings? edge, BucketSettings? bucket, int replicas)
    {
        List<(Section Section, CanarySettings Canary)> read = [];
        if (root.Optional("canary") is { } one)
        {
            read.Add((one, ReadOne(one, edge, bucket, replicas)));
            if (root.Has("canaries"))
            {
                root.Error("canaries", "stands beside canary, which is the same with one entry; keep one of them");
            }
        }

        foreach (Section s in root.Sections("canaries"))
        {
            CanarySettings canary = ReadOne(s, edge, bucket, replicas);
            if (canary.Version != "" && read.Any(other => other.Canary.Version == canary.Version))
            {
                s.Error("version", $"{canary.Version} is a canary already; a version stands in the list once");
            }

            read.Add((s, canary));
        }

        if (read.Count > Max)
        {
            root.Error("canaries", $"are {read.Count}; {Max} is the most");
        }

        double sum = read.Sum(entry => entry.Canary.Weight);
        if (sum > 1 + SumTolerance)
        {
            root.Error("canaries", $"have weights that sum to {Wording.Show(sum)}; together they may have 1 at most");
        }

        return WithFloors(read, bucket);
    }

    private static CanarySettings ReadOne(Section s, EdgeSettings? edge, BucketSettings? bucket, int replicas)
    {
        string version = s.Required<string>("version", Rules.SomeText, "name a version of edge.yaml") ?? "";
        double weight = s.Required<double>("weight", Rules.Weight, "write weight: 0.05 or weight: 5%");
        int priority = s.Value("priority", 0, Rules.Count(-1_000_000, 1_000_000));
        double floor = s.Value("floor", 0, Rules.Number(0, 1e9)) / replicas;
        if (s.Is("weight", "1") || s.Is("weight", "1.0"))
        {
            s.Warning("weight", "1 means 100 %, all eligible requests; for one percent write 0.01 or 1%, to be plain write 100%");
        }

        if (s.Has("floor") && bucket is null)
        {
            s.Warning("floor", "has no effect without bucket");
        }
        else if (bucket is { Capacity: >= 1 } && floor > bucket.Capacity - 1) // below 1 it is at fault itself
        {
            s.Error("floor", $"{Wording.Show(floor * replicas)} leaves no token of the capacity {Wording.Show(bucket.Capacity * replicas)}; it is at most {Wording.Show((bucket.Capacity - 1) * replicas)}");
        }

        if (edge is null || version == "")
        {
            return new CanarySettings(version, weight, priority, floor);
        }

        if (edge.Versions.All(v => v.Name != version))
        {
            s.Error("version", $"{Wording.Show(version)} is no version of edge.yaml{Wording.Suggest(version, edge.Versions.Select(v => v.Name))}");
        }
        else if (version == edge.Stable)
        {
            s.Error("version", $"{version} is the stable version; a canary is another one");
        }

        return new CanarySettings(version, weight, priority, floor);
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
