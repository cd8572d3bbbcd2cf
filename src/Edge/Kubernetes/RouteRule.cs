// One rule of an HTTPRoute: which requests it takes, and the weights of its backends. The watch's thread.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Kubernetes;

internal sealed class RouteRule
{
    /// <summary>What the Gateway API allows.</summary>
    private const long WeightMax = 1_000_000;

    private const int ServicesShown = 10;

    private readonly string _name;
    private readonly List<IReadOnlyList<HeaderCondition>> _matches = [];
    private readonly List<string> _services = [];

    public RouteRule(ObjectPart rule, TrafficQuestion question, RoutePatterns patterns, List<string> notes)
    {
        Part = rule;
        Sum = new WeightSum(question);
        _name = rule.Text("name") is { Length: > 0 } name ? Wording.Show(name) : ""; // it ends up in the log
        RouteFilters.Read(rule, notes);
        IReadOnlyList<ObjectPart> matches = rule.Mappings("matches");
        TakesAll = matches.Count == 0;
        foreach (ObjectPart match in matches)
        {
            IReadOnlyList<HeaderCondition> conditions = RouteMatch.Read(match, patterns);
            if (conditions.Count == 0)
            {
                TakesAll = true;
            }
            else
            {
                _matches.Add(conditions);
            }
        }

        foreach (ObjectPart backend in rule.Mappings("backendRefs"))
        {
            Add(backend, question, notes);
        }
    }

    public ObjectPart Part { get; }

    /// <summary>Requests need not carry anything to be taken.</summary>
    public bool TakesAll { get; }

    public WeightSum Sum { get; }

    public void CheckBackends(TrafficQuestion question)
    {
        if (Sum.Versions.Count == 0)
        {
            string found = _services.Count == 0 ? "there is none" : "found " + string.Join(", ", _services.Take(ServicesShown).Select(Wording.Show)) + (_services.Count > ServicesShown ? ", ..." : "");
            Part.Refuse("backendRefs", $"none of them is a Service of a version of this edge: {question.Wanted} were looked for, {found}");
        }
    }

    /// <summary>One for each match that looks at headers.</summary>
    /// <param name="split">What requests get that no such match takes.</param>
    public IEnumerable<HeaderRoute> HeaderRoutes(WeightSum split)
    {
        if (_matches.Count == 0)
        {
            return [];
        }

        // A rule whose weights a controller moves along with the others' is a part of the split also while one version has it all.
        bool isSplit = Sum.SaysTheSameAs(split) && (Sum.Versions.Count > 1 || TakesAll);
        string? version = isSplit ? null : Sum.Only;
        if (!isSplit && version is null)
        {
            Part.Refuse("backendRefs", "these requests would have shares of their own; give all of them to one version, or write the weights of the rule that takes every request");
        }

        return _matches.Select(conditions => new HeaderRoute(_name, conditions, version));
    }

    private void Add(ObjectPart backend, TrafficQuestion question, List<string> notes)
    {
        string? service = backend.Text("name");
        if (service is null)
        {
            backend.Refuse("name", "is absent; a backend has a name");
            return;
        }

        RouteFilters.Read(backend, notes);
        bool isService = (backend.Text("group") ?? "") == "" && (backend.Text("kind") ?? "Service") == "Service" && (backend.Text("namespace") ?? question.Namespace) == question.Namespace;
        string? version = isService ? question.VersionOf(service) : null;
        long weight = backend.Count("weight", WeightMax) ?? 1;
        _services.Add(service);
        Sum.Add(version, weight);
        if (version is null && weight > 0)
        {
            notes.Add($"{backend.Place}: {Wording.Show(service)} is no version of this edge, so its weight of {weight} goes to {question.Stable}");
        }
    }
}
