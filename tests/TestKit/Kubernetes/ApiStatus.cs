// What an API server says when it does not do what it was asked: a Status object. Immutable.

using System.Text.Json.Nodes;

namespace OpenClaw.TestKit.Kubernetes;

/// <param name="Code">HTTP status.</param>
/// <param name="Reason">The word that programs read, such as NotFound.</param>
public sealed record ApiStatus(int Code, string Reason, string Message)
{
    public JsonObject? Details { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public static readonly ApiStatus Unauthorized = new(401, "Unauthorized", "Unauthorized");

    public static ApiStatus BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiStatus Invalid(string message) => new(422, "Invalid", message);

    public static ApiStatus NoSuchPath => new(404, "NotFound", "the server could not find the requested resource");

    public static ApiStatus NotFound(ResourceKind kind, string name) =>
        new(404, "NotFound", $"{kind.QualifiedName} \"{name}\" not found") { Details = Of(kind, name) };

    public static ApiStatus AlreadyExists(ResourceKind kind, string name) =>
        new(409, "AlreadyExists", $"{kind.QualifiedName} \"{name}\" already exists") { Details = Of(kind, name) };

    public static ApiStatus Conflict(ResourceKind kind, string name) => new(409, "Conflict",
        $"Operation cannot be fulfilled on {kind.QualifiedName} \"{name}\": the object has been modified; please apply your changes to the latest version and try again")
    { Details = Of(kind, name) };

    public static ApiStatus MethodNotAllowed => new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");

    public static ApiStatus NotJson => new(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: application/json");

    public static ApiStatus UnsupportedPatch => new(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json");

    public static ApiStatus Expired(string asked, string oldest) => new(410, "Expired", $"too old resource version: {asked} ({oldest})");

    public static ApiStatus TooLarge(string asked, string current) => new(504, "Timeout", $"Too large resource version: {asked}, current: {current}")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
        Details = new JsonObject
        {
            ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }),
            ["retryAfterSeconds"] = 1,
        },
    };

    public static ApiStatus Throttled(TimeSpan retryAfter) =>
        new(429, "TooManyRequests", "too many requests, please try again later") { RetryAfter = retryAfter };

    public static readonly ApiStatus Broken = new(500, "InternalError", "Internal error occurred: the storage is not there");

    public static ApiStatus Forbidden(string user, string verb, ResourceKind kind, string? scope, string? name) => new(403, "Forbidden",
        $"{kind.QualifiedName}{(name is null ? "" : $" \"{name}\"")} is forbidden: User \"{user}\" cannot {verb} resource \"{kind.Plural}\" in API group \"{kind.Group}\""
        + (scope is null ? " at the cluster scope" : $" in the namespace \"{scope}\""))
    { Details = Of(kind, name) };

    public JsonObject ToJson()
    {
        JsonObject json = new()
        {
            ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Failure", ["message"] = Message, ["reason"] = Reason,
        };
        if (Details is not null)
        {
            json["details"] = Details.DeepClone();
        }

        json["code"] = Code;
        return json;
    }

    private static JsonObject Of(ResourceKind kind, string? name)
    {
        JsonObject details = new() { ["kind"] = kind.Plural };
        if (name is not null)
        {
            details["name"] = name;
        }

        if (kind.Group != "")
        {
            details["group"] = kind.Group;
        }

        return details;
    }
}

/// <summary>Ends the handling of a request with this answer.</summary>
public sealed class ApiException(ApiStatus status) : Exception(status.Message)
{
    public ApiStatus Status { get; } = status;
}
