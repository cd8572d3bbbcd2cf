// Everything that is asked of objects but watches: get, list, create, update, patch, delete. Any thread; keeps nothing.

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace OpenClaw.TestKit.Kubernetes;

internal sealed class ObjectRequests(ObjectStore store)
{
    public async Task AnswerAsync(ApiCall call, HttpRequest request, ApiBody body)
    {
        ResourceKind kind = call.Kind!;
        if (call.Verb == "list")
        {
            await body.AnswerAsync(List(call, body));
            return;
        }

        string scope = call.Namespace ?? throw new ApiException(ApiStatus.MethodNotAllowed);
        if (call.Name is null != (call.Verb == "create"))
        {
            throw new ApiException(ApiStatus.MethodNotAllowed);
        }

        switch (call.Verb)
        {
            case "get":
                await body.AnswerAsync(body.Show(store.Get(kind, scope, call.Name!)));
                break;
            case "create":
                await body.AnswerAsync(body.Show(store.Create(kind, scope, Checked(await ReadAsync(request), kind, scope))), StatusCodes.Status201Created);
                break;
            case "update":
                JsonObject wanted = Checked(await ReadAsync(request), kind, scope);
                await body.AnswerAsync(body.Show(store.Update(kind, scope, call.Name!, _ => wanted, call.IsStatus)));
                break;
            case "patch":
                JsonNode patch = await ReadAsync(request);
                string mediaType = request.ContentType?.Split(';')[0] ?? "";
                await body.AnswerAsync(body.Show(store.Update(kind, scope, call.Name!, target => Patches.Apply(kind, mediaType, patch, target), call.IsStatus)));
                break;
            default:
                StoredObject gone = store.Delete(kind, scope, call.Name!);
                await body.AnswerAsync(new JsonObject
                {
                    ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success",
                    ["details"] = new JsonObject { ["name"] = gone.Name, ["group"] = kind.Group, ["kind"] = kind.Plural, ["uid"] = gone.Json["metadata"]!["uid"]!.DeepClone() },
                });
                break;
        }
    }

    private JsonObject List(ApiCall call, ApiBody body)
    {
        (long version, StoredObject[] items) = call.Query.GetValueOrDefault("continue") is { Length: > 0 } name ? store.ContinueWith(name) : First(call);
        JsonObject metadata = new() { ["resourceVersion"] = store.Versions.Show(version) };
        if (call.Query.GetValueOrDefault("limit") is { } text && int.Parse(text, CultureInfo.InvariantCulture) is > 0 and var limit && limit < items.Length)
        {
            metadata["continue"] = store.Continue(version, items[limit..]);
            metadata["remainingItemCount"] = items.Length - limit;
            items = items[..limit];
        }

        return new JsonObject
        {
            ["kind"] = call.Kind!.Kind + "List", ["apiVersion"] = call.Kind.GroupVersion, ["metadata"] = metadata, ["items"] = new JsonArray([.. items.Select(body.Show)]),
        };
    }

    private (long Version, StoredObject[] Items) First(ApiCall call)
    {
        Predicate<StoredObject> selected = FieldSelector.Parse(call.Query.GetValueOrDefault("fieldSelector"));
        if (call.Query.GetValueOrDefault("resourceVersionMatch") == "Exact")
        {
            throw new ApiException(ApiStatus.BadRequest("the fake API server has no lists of the past"));
        }

        (long version, StoredObject[] items) = store.List(item => item.Kind == call.Kind && (call.Namespace is null || item.Namespace == call.Namespace) && selected(item));
        if (call.Query.GetValueOrDefault("resourceVersion") is { Length: > 0 } asked and not "0" && VersionOf(asked) > version)
        {
            throw new ApiException(ApiStatus.TooLarge(asked, store.Versions.Show(version)));
        }

        return (version, items);
    }

    private long VersionOf(string text) => store.Versions.Read(text) ?? throw new ApiException(ApiStatus.BadRequest($"resourceVersion: Invalid value: \"{text}\""));

    private static JsonObject Checked(JsonNode json, ResourceKind kind, string scope)
    {
        JsonObject item = json as JsonObject ?? throw new ApiException(ApiStatus.BadRequest("the body is no object"));
        if (((string?)item["apiVersion"], (string?)item["kind"]) != (kind.GroupVersion, kind.Kind))
        {
            throw new ApiException(ApiStatus.BadRequest($"the body is no {kind.Kind} of {kind.GroupVersion}"));
        }

        return (string?)item["metadata"]?["namespace"] is null or "" || (string?)item["metadata"]!["namespace"] == scope
            ? item
            : throw new ApiException(ApiStatus.BadRequest($"the namespace of the provided object does not match the namespace sent on the request ({scope})"));
    }

    private static async Task<JsonNode> ReadAsync(HttpRequest request)
    {
        if (request.ContentType?.Contains("json", StringComparison.Ordinal) != true)
        {
            throw new ApiException(ApiStatus.NotJson); // kubectl create configmap speaks only protobuf; apply and create -f speak JSON
        }

        try
        {
            return await JsonNode.ParseAsync(request.Body) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new ApiException(ApiStatus.BadRequest($"the body is no JSON: {e.Message}"));
        }
    }
}
