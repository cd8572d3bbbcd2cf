// One match of a rule of an HTTPRoute: the headers it looks at. What else it looks at is refused, since a request that it would not
// take could then reach a canary. The watch's thread.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Kubernetes;

internal static class RouteMatch
{
    /// <summary>What the Gateway API allows, for one match and for one value.</summary>
    private const int ConditionsMax = 16, ValueMax = 4096;

    private static readonly string[] Known = ["path", "headers", "queryParams", "method"];

    /// <returns>None: it takes every request, or it is refused.</returns>
    public static IReadOnlyList<HeaderCondition> Read(ObjectPart match, RoutePatterns patterns)
    {
        if (match.Mapping("path") is { } path && (path.Text("type") ?? "PathPrefix", path.Text("value") ?? "/") is var (type, value) && (type, value) != ("PathPrefix", "/"))
        {
            path.Refuse($"{Wording.Show(type)} {Wording.Show(value)}; this edge splits all paths alike, so only PathPrefix / can be followed");
        }

        if (match.Find("method") is not null)
        {
            match.Refuse("method", "this edge splits all methods alike; take it out");
        }

        if (match.Mappings("queryParams").Count > 0)
        {
            match.Refuse("queryParams", "this edge does not look at queries; take them out, or match a header");
        }

        if (match.Names.FirstOrDefault(name => !Known.Contains(name)) is { } unknown)
        {
            match.Refuse(Wording.Show(unknown), $"this edge knows no such condition; it follows {string.Join(", ", Known[..2])}");
        }

        return ReadHeaders(match, patterns);
    }

    private static List<HeaderCondition> ReadHeaders(ObjectPart match, RoutePatterns patterns)
    {
        List<HeaderCondition> conditions = [];
        IReadOnlyList<ObjectPart> headers = match.Mappings("headers");
        if (headers.Count > ConditionsMax)
        {
            match.Refuse("headers", $"{headers.Count} headers; {ConditionsMax} is the most");
            return []; // each is compared with all before it
        }

        foreach (ObjectPart header in headers)
        {
            HeaderCondition? condition = ReadHeader(header, patterns);
            if (condition is null)
            {
                return [];
            }

            // Of one name twice the first counts (Gateway API, HTTPHeaderMatch.name).
            if (!conditions.Exists(other => string.Equals(other.Name, condition.Name, StringComparison.OrdinalIgnoreCase)))
            {
                conditions.Add(condition);
            }
        }

        return conditions;
    }

    private static HeaderCondition? ReadHeader(ObjectPart header, RoutePatterns patterns)
    {
        string name = header.Text("name") ?? "", value = header.Text("value") ?? "", type = header.Text("type") ?? "Exact";
        if (Rules.HeaderName.Judge(name, out _) is { } fault)
        {
            header.Refuse("name", name == "" ? "is absent; name a header" : $"{Wording.Show(name)} {fault}");
        }
        else if (type is not ("Exact" or "RegularExpression"))
        {
            header.Refuse("type", $"{Wording.Show(type)}; Exact and RegularExpression can be followed");
        }
        else if (value.Length is 0 or > ValueMax)
        {
            header.Refuse("value", value == "" ? "is absent; write what the header has to say" : $"is longer than {ValueMax} characters");
        }
        else if (type == "RegularExpression" && patterns.Judge(value) is { } problem)
        {
            header.Refuse("value", $"{Wording.Show(value)} cannot be followed: {problem}");
        }
        else
        {
            return new HeaderCondition(name, value, type == "RegularExpression");
        }

        return null;
    }
}
