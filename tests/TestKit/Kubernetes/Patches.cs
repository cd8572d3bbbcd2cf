// The patch formats that kubectl sends. Pure functions over JSON.

using System.Text.Json.Nodes;

namespace OpenClaw.TestKit.Kubernetes;

internal static class Patches
{
    /// <summary>What a patch of this media type makes of an object.</summary>
    public static JsonObject Apply(ResourceKind kind, string mediaType, JsonNode patch, JsonObject target) => mediaType switch
    {
        "application/merge-patch+json" => Merge(target, Object(patch)),
        "application/json-patch+json" => Edit(target, patch as JsonArray ?? throw new ApiException(ApiStatus.BadRequest("a JSON patch is an array"))),
        "application/strategic-merge-patch+json" when kind.IsBuiltIn => MergeByKind(target, Object(patch)),
        _ => throw new ApiException(ApiStatus.UnsupportedPatch),
    };

    /// <summary>RFC 7396.</summary>
    private static JsonObject Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else
            {
                target[name] = value is JsonObject inner ? Merge(target[name]?.DeepClone() as JsonObject ?? [], inner) : value.DeepClone();
            }
        }

        return target;
    }

    /// <summary>The little of strategic merge that ConfigMaps and Services need: a Service's ports are merged by number, other lists replaced.</summary>
    private static JsonObject MergeByKind(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch.Where(member => !member.Key.StartsWith("$setElementOrder/", StringComparison.Ordinal)))
        {
            if (name.StartsWith('$'))
            {
                throw new ApiException(ApiStatus.BadRequest($"the fake API server does not know the directive {name}"));
            }

            switch (value)
            {
                case null:
                    target.Remove(name);
                    break;
                case JsonObject inner:
                    target[name] = MergeByKind(target[name]?.DeepClone() as JsonObject ?? [], inner);
                    break;
                case JsonArray ports when name == "ports":
                    target[name] = MergePorts(target[name] as JsonArray ?? [], ports);
                    break;
                default:
                    target[name] = value.DeepClone();
                    break;
            }
        }

        return target;
    }

    private static JsonArray MergePorts(JsonArray target, JsonArray patch)
    {
        List<JsonObject> ports = [.. target.Select(port => (JsonObject)port!.DeepClone())];
        foreach (JsonNode? change in patch)
        {
            int at = ports.FindIndex(port => JsonNode.DeepEquals(port["port"], change!["port"]));
            if ((string?)change!["$patch"] == "delete")
            {
                ports.RemoveAt(at);
            }
            else if (at < 0)
            {
                ports.Add((JsonObject)change.DeepClone());
            }
            else
            {
                MergeByKind(ports[at], change.AsObject());
            }
        }

        return [.. ports];
    }

    /// <summary>RFC 6902, without move and copy.</summary>
    private static JsonObject Edit(JsonObject target, JsonArray operations)
    {
        foreach (JsonNode? operation in operations)
        {
            string[] path = [.. ((string)operation!["path"]!).Split('/').Skip(1).Select(part => part.Replace("~1", "/").Replace("~0", "~"))];
            JsonNode? parent = path.SkipLast(1).Aggregate((JsonNode?)target, Step);
            string last = path[^1];
            JsonNode? value = operation["value"]?.DeepClone();
            switch ((string?)operation["op"], parent)
            {
                case ("add" or "replace", JsonObject members):
                    members[last] = value;
                    break;
                case ("add", JsonArray items):
                    items.Insert(last == "-" ? items.Count : int.Parse(last), value);
                    break;
                case ("replace", JsonArray items):
                    items[int.Parse(last)] = value;
                    break;
                case ("remove", JsonObject members) when members.Remove(last):
                    break;
                case ("remove", JsonArray items):
                    items.RemoveAt(int.Parse(last));
                    break;
                case ("test", _) when JsonNode.DeepEquals(Step(parent, last), value):
                    break;
                default:
                    throw new ApiException(ApiStatus.Invalid($"the server rejected our request due to an error in our request: {operation.ToJsonString()} does not fit"));
            }
        }

        return target;
    }

    private static JsonNode? Step(JsonNode? at, string name) => at switch
    {
        JsonObject members => members[name],
        JsonArray items when int.TryParse(name, out int index) && index < items.Count => items[index],
        _ => null,
    };

    private static JsonObject Object(JsonNode patch) => patch as JsonObject ?? throw new ApiException(ApiStatus.BadRequest("a merge patch is an object"));
}
