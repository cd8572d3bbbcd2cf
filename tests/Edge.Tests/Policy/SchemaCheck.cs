// The part of JSON Schema that our schemas use, as an editor would apply it. Knows no key of the files, and no keyword that
// it would have to pass over.

using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenClaw.Edge.Tests.Policy;

internal static class SchemaCheck
{
    private static readonly ConcurrentDictionary<string, Regex> Patterns = [];

    public static bool Accepts(JsonElement schema, JsonElement value) =>
        schema.ValueKind == JsonValueKind.True
        || (schema.ValueKind == JsonValueKind.Object && schema.EnumerateObject().All(keyword => Holds(schema, keyword.Name, keyword.Value, value)));

    private static bool Holds(JsonElement schema, string keyword, JsonElement said, JsonElement value) => keyword switch
    {
        "$schema" or "title" or "description" or "default" => true,
        "type" => said.ValueKind == JsonValueKind.Array ? said.EnumerateArray().Any(type => HasType(type.GetString()!, value)) : HasType(said.GetString()!, value),
        "enum" => said.EnumerateArray().Any(word => JsonElement.DeepEquals(word, value)),
        "const" => JsonElement.DeepEquals(said, value),
        "anyOf" => said.EnumerateArray().Any(one => Accepts(one, value)),
        "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() >= said.GetDouble(),
        "maximum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() <= said.GetDouble(),
        "pattern" => value.ValueKind != JsonValueKind.String || Patterns.GetOrAdd(said.GetString()!, pattern => new Regex(pattern)).IsMatch(value.GetString()!),
        "minItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= said.GetInt32(),
        "maxItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= said.GetInt32(),
        "items" => value.ValueKind != JsonValueKind.Array || value.EnumerateArray().All(item => Accepts(said, item)),
        _ => value.ValueKind != JsonValueKind.Object || HoldsOfMapping(schema, keyword, said, value),
    };

    private static bool HoldsOfMapping(JsonElement schema, string keyword, JsonElement said, JsonElement value) => keyword switch
    {
        "required" => said.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _)),
        "minProperties" => value.EnumerateObject().Count() >= said.GetInt32(),
        "properties" => value.EnumerateObject().All(entry => !said.TryGetProperty(entry.Name, out JsonElement known) || Accepts(known, entry.Value)),
        "additionalProperties" => value.EnumerateObject().All(entry =>
            (schema.TryGetProperty("properties", out JsonElement known) && known.TryGetProperty(entry.Name, out _)) || Accepts(said, entry.Value)),
        "propertyNames" => value.EnumerateObject().All(entry => Accepts(said, JsonSerializer.SerializeToElement(entry.Name))),
        _ => throw new NotSupportedException(keyword),
    };

    private static bool HasType(string type, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        JsonValueKind.Number => type == "number" || (type == "integer" && value.GetDouble() == Math.Floor(value.GetDouble())),
        _ => type == "null",
    };
}
