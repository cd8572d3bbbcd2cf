// Who may do what: tokens, and the rules of Roles bound to them. Without any token everybody may do everything. Any thread.

using System.Collections.Concurrent;

namespace OpenClaw.TestKit.Kubernetes;

/// <summary>A rule of a Role in one namespace.</summary>
/// <param name="ResourceNames">Empty: all of the kind.</param>
public sealed record AccessRule(string Namespace, ResourceKind Kind, IReadOnlyList<string> Verbs, params IReadOnlyList<string> ResourceNames);

public sealed class ApiAccess
{
    private readonly ConcurrentDictionary<string, (string User, AccessRule[]? Rules)> _tokens = new();

    /// <summary>A token that may do what the rules say.</summary>
    public void Grant(string token, string user, params AccessRule[] rules) => _tokens[token] = (user, rules);

    /// <summary>A token that may do everything.</summary>
    public void GrantAll(string token, string user = "admin") => _tokens[token] = (user, null);

    /// <summary>The token is stale from now on. Watches that stand go on, as with a real server.</summary>
    public void Revoke(string token)
    {
        if (!_tokens.TryRemove(token, out _))
        {
            throw new ArgumentException("nobody was given this token", nameof(token));
        }

        _tokens.TryAdd("", ("system:anonymous", [])); // an empty table would let everybody in
    }

    /// <summary>Null: it may be done.</summary>
    internal ApiStatus? Judge(ApiCall call)
    {
        if (_tokens.IsEmpty)
        {
            return null;
        }

        if (call.Token == "" || !_tokens.TryGetValue(call.Token, out (string User, AccessRule[]? Rules) who))
        {
            return ApiStatus.Unauthorized;
        }

        return call.Kind is null || who.Rules is null || who.Rules.Any(rule => Allows(rule, call))
            ? null
            : ApiStatus.Forbidden(who.User, call.Verb, call.Kind, call.Namespace, call.Name);
    }

    /// <summary>A rule with names allows a list or a watch only where the field selector asks for one of them, and never a creation.</summary>
    private static bool Allows(AccessRule rule, ApiCall call) =>
        rule.Namespace == call.Namespace && rule.Kind == call.Kind && rule.Verbs.Contains(call.Verb)
        && (rule.ResourceNames.Count == 0 || (call.Verb != "create" && rule.ResourceNames.Contains(call.Name)));
}
