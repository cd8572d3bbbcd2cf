// Reads an HTTPRoute (gateway.networking.k8s.io): its backends' weights are the shares, and rules for single headers become header
// routes. The watch's thread. What would send a request elsewhere and cannot be followed is refused; what would only change a
// request or an answer on its way is not done, and noted.

using System.Buffers;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Kubernetes;

public static class HttpRouteReader
{
    /// <summary>What the route says of the versions asked about. Any text may come; the answer is a refusal or whole.</summary>
    public static TrafficReading Read(in ReadOnlySequence<byte> json, TrafficQuestion question)
    {
        if (question.Fault is { } fault)
        {
            return new TrafficReading { Refusal = fault };
        }

        using ObjectText route = new(json, "HTTPRoute");
        List<string> notes = [];
        List<RouteRule> rules = [];
        RoutePatterns patterns = new();
        if (route.Root is { } root)
        {
            if (root.Mapping("spec") is { } spec)
            {
                CheckHostnames(spec, question);
                rules.AddRange(spec.Mappings("rules").Select(rule => new RouteRule(rule, question, patterns, notes)));
            }

            TrafficReading reading = Combine(root, rules, question, notes);
            if (route.Refusal is null)
            {
                return reading;
            }
        }

        return new TrafficReading { Refusal = route.Refusal };
    }

    private static void CheckHostnames(ObjectPart spec, TrafficQuestion question)
    {
        foreach ((string host, ObjectPart part) in spec.Texts("hostnames"))
        {
            if (!question.Hostnames.Contains(host, StringComparer.OrdinalIgnoreCase))
            {
                part.Refuse($"{Wording.Show(host)}; this edge does not look at hosts, so take it out of the route, or name it under weightFrom.hostnames if every request is for it");
            }
        }
    }

    private static TrafficReading Combine(ObjectPart root, List<RouteRule> rules, TrafficQuestion question, List<string> notes)
    {
        RouteRule? split = rules.FirstOrDefault(rule => rule.TakesAll);
        if (split is null)
        {
            root.Refuse("spec.rules", $"none takes every request; one without matches is needed, with backendRefs to {question.Wanted}");
            return new TrafficReading();
        }

        foreach (RouteRule rule in rules.Where(rule => rule.TakesAll))
        {
            rule.CheckBackends(question);
            if (!rule.Sum.SaysTheSameAs(split.Sum))
            {
                rule.Part.Refuse("backendRefs", $"the shares are not those of {split.Part.Place}; one edge has one split, so both rules need the same");
            }
        }

        NoteBackends(split, question, notes);
        return new TrafficReading { Shares = split.Sum.Shares, HeaderRoutes = HeaderRoutes(root, rules, split), Notes = notes };
    }

    private static void NoteBackends(RouteRule split, TrafficQuestion question, List<string> notes)
    {
        if (split.Sum.IsZero)
        {
            notes.Add($"{split.Part.Place}.backendRefs: every weight is 0; the canaries get nothing, and {question.Stable} gets what comes");
        }

        notes.AddRange(question.Canaries.Where(canary => !split.Sum.Versions.Contains(canary))
            .Select(canary => $"{split.Part.Place}.backendRefs: {question.Services.GetValueOrDefault(canary, "the Service")} is not there, so {canary} gets nothing"));
    }

    /// <summary>More headers go before fewer, then the order of the route counts (Gateway API, HTTPRouteRule.matches).</summary>
    private static List<HeaderRoute> HeaderRoutes(ObjectPart root, List<RouteRule> rules, RouteRule split)
    {
        List<HeaderRoute> routes = [.. rules.SelectMany(rule => rule.HeaderRoutes(split.Sum)).OrderByDescending(route => route.Conditions.Count)];
        if (routes.Count > HeaderRoute.Most)
        {
            root.Refuse("spec.rules", $"{routes.Count} matches for headers; {HeaderRoute.Most} is the most");
        }

        if (routes.Sum(route => route.Conditions.Count(condition => condition.IsPattern)) > HeaderRoute.PatternsMost)
        {
            root.Refuse("spec.rules", $"more than {HeaderRoute.PatternsMost} regular expressions; each is tried on requests");
        }

        // What leads to the split anyway need only be known where a route behind it would take it elsewhere.
        return routes.GetRange(0, routes.FindLastIndex(route => route.Version is not null) + 1);
    }
}
