// The regular expressions of one route while it is read: each text is compiled once, and never more of them than a route may have,
// since whoever may write the route decides how many there are. The watch's thread.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Kubernetes;

internal sealed class RoutePatterns
{
    private readonly Dictionary<string, string?> _judged = [];

    /// <returns>Why the expression cannot be followed; null: it can.</returns>
    public string? Judge(string expression)
    {
        if (!_judged.TryGetValue(expression, out string? fault))
        {
            fault = _judged.Count < HeaderRoute.PatternsMost ? HeaderPattern.Compile(expression, out _) : $"a route has {HeaderRoute.PatternsMost} regular expressions at most";
            _judged.Add(expression, fault);
        }

        return fault;
    }
}
