// The keys of a schema, one after the other, each with its path as the documentation writes it.

using System.Text.Json;

namespace OpenClaw.Edge.Tests.Policy;

/// <param name="Default">As JSON; null: none.</param>
/// <param name="IsGroup">A mapping or list of mappings, whose keys follow.</param>
internal sealed record SchemaKey(string Path, string? Default, bool IsGroup, bool IsUnsupported);

internal static class SchemaKeys
{
    public static IEnumerable<SchemaKey> Of(JsonElement schema, string path = "")
    {
        if (schema.TryGetProperty("anyOf", out JsonElement either))
        {
            return either.EnumerateArray().SelectMany(one => Of(one, path));
        }

        if (schema.TryGetProperty("items", out JsonElement item))
        {
            return Of(item, path + "[]");
        }

        if (schema.TryGetProperty("properties", out JsonElement keys))
        {
            string prefix = path == "" ? "" : path + ".";
            return keys.EnumerateObject().SelectMany(key => Of(key.Value, prefix + key.Name).Prepend(Key(key.Value, prefix + key.Name)));
        }

        return schema.TryGetProperty("additionalProperties", out JsonElement any) ? Of(any, path + ".NAME") : [];
    }

    private static SchemaKey Key(JsonElement schema, string path) => new(
        path,
        schema.TryGetProperty("default", out JsonElement value) ? value.ToString() : null,
        Of(schema, path).Any(),
        schema.EnumerateObject().Count() == 1);
}
