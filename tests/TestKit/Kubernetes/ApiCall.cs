// One request as the fake API server understood it. Immutable; the server keeps all of them for the tests to look at.

using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace OpenClaw.TestKit.Kubernetes;

/// <summary>What a request is about; null members: it is about nothing of the sort.</summary>
/// <param name="Verb">As a Role names it: get, list, watch, create, update, patch, delete; "" for what no Role restricts.</param>
/// <param name="Namespace">Null: all of them.</param>
/// <param name="Name">Of the object; with list and watch the one that the field selector asks for.</param>
public sealed record ApiCall(string Verb, ResourceKind? Kind, string? Namespace, string? Name, bool IsStatus)
{
    public required string Method { get; init; }

    /// <summary>Path and query.</summary>
    public required string Target { get; init; }

    /// <summary>HTTP/1.1 or HTTP/2.</summary>
    public required string Protocol { get; init; }

    public required string UserAgent { get; init; }

    /// <summary>Without the word Bearer; empty: none.</summary>
    public required string Token { get; init; }

    public required IReadOnlyDictionary<string, string> Query { get; init; }

    /// <summary>Stopwatch stamp of its arrival.</summary>
    public long At { get; } = Stopwatch.GetTimestamp();

    public bool Is(string query) => Is(Query, query);

    public static ApiCall Of(HttpRequest request)
    {
        Dictionary<string, string> query = request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        string[] path = request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        (string groupVersion, int rest) = path switch
        {
            ["api", var version, ..] => (version, 2),
            ["apis", var group, var version, ..] => ($"{group}/{version}", 3),
            _ => ("", path.Length),
        };
        string? scope = null;
        if (path.Length > rest + 2 && path[rest] == "namespaces")
        {
            (scope, rest) = (path[rest + 1], rest + 2);
        }

        ResourceKind? kind = path.Length > rest ? ResourceKind.Find(groupVersion, path[rest]) : null;
        string? name = path.ElementAtOrDefault(rest + 1);
        bool isStatus = path.ElementAtOrDefault(rest + 2) == "status" && kind is { HasStatus: true };
        bool isWhole = path.Length <= rest + (isStatus ? 3 : 2);
        return new ApiCall(kind is null || !isWhole ? "" : VerbOf(request.Method, name, query), isWhole ? kind : null, scope, name ?? NameIn(query), isStatus)
        {
            Method = request.Method,
            Target = request.Path + request.QueryString,
            Protocol = request.Protocol,
            UserAgent = request.Headers.UserAgent.ToString(),
            Token = request.Headers.Authorization.ToString() is var authorization && authorization.StartsWith("Bearer ", StringComparison.Ordinal) ? authorization[7..] : "",
            Query = query,
        };
    }

    public override string ToString() => $"{Method} {Target}";

    private static string VerbOf(string method, string? name, Dictionary<string, string> query) => method switch
    {
        "GET" when Is(query, "watch") => "watch",
        "GET" => name is null ? "list" : "get",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => method,
    };

    /// <summary>As a real server reads flags: whatever is there and neither 0 nor false. python3-kubernetes says True.</summary>
    private static bool Is(IReadOnlyDictionary<string, string> query, string flag) =>
        query.TryGetValue(flag, out string? value) && value != "0" && !value.Equals("false", StringComparison.OrdinalIgnoreCase);

    /// <summary>What RBAC takes for the name of a list or watch.</summary>
    private static string? NameIn(Dictionary<string, string> query) =>
        query.GetValueOrDefault("fieldSelector")?.Split(',').Select(term => term.Split('=', StringSplitOptions.RemoveEmptyEntries)).FirstOrDefault(term => term is ["metadata.name", _])?[1];
}
