// The client rate limits of policy.yaml, key by key. Control thread.

namespace OpenClaw.Edge.Policy;

internal static class RateLimitList
{
    /// <summary>Every request is asked about under each of them.</summary>
    public const int Max = 8;

    /// <summary>Longer than any process runs, and short enough for 64 bits of time.</summary>
    private static readonly TimeSpan RefillMax = TimeSpan.FromDays(366);

    public static IReadOnlyList<RateLimitSettings> Read(Section root)
    {
        List<RateLimitSettings> read = [];
        foreach (Section s in root.Sections("rateLimit", most: Max))
        {
            RateLimitSettings limit = ReadOne(s);
            if (limit.Key is not null && read.Any(limit.CountsLike))
            {
                s.Warning("key", "this limit is there already, and has no effect beside itself");
            }

            read.Add(limit);
        }

        return read;
    }

    private static RateLimitSettings ReadOne(Section s)
    {
        KeySource key = s.Required("key", Rules.Key, "write key: header:X-Api-Key, key: cookie:user or key: clientIp")!;
        int average = s.Required("average", Rules.Count(1, 1_000_000_000), "write the requests that a key may make per period: average: 10");
        TimeSpan period = s.Value("period", TimeSpan.FromSeconds(1), Rules.Duration(TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1)));
        int burst = s.Try("burst", Rules.Count(1, 1_000_000_000), out int written) ? written : Math.Max(average, 1);
        if (average > 0 && burst * period.TotalDays / average > RefillMax.TotalDays)
        {
            s.Error("burst", $"{burst} would take more than {RefillMax.TotalDays} days to come back at {average} per {Wording.Show(period)}; lower it");
        }

        bool enforces = s.Value("mode", "enforce", Rules.OneOf("enforce", "observe")) == "enforce";
        RateLimitFields fields = s.Value("headers", "none", Rules.OneOf("none", "draft", "x")) switch
        {
            "draft" => RateLimitFields.Draft,
            "x" => RateLimitFields.X,
            _ => RateLimitFields.None,
        };
        return new RateLimitSettings(key, average, period, burst, enforces, fields);
    }
}
