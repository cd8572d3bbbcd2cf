// Documents out of a schema: right ones at random, and the same with one place broken. Everything follows from the seed.

using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenClaw.Edge.Tests.Policy;

internal sealed class SchemaDocuments(JsonElement schema, int seed)
{
    /// <summary>For each pattern of the schemas at least one that it takes.</summary>
    private static readonly JsonElement[] Values = Array.ConvertAll<string, JsonElement>(
    [
        "true", "false", "0", "1", "7", "2048", "0.25", "0.01", "\"30s\"", "\"1.5m\"", "\"5%\"", "\"12.5%\"", "\"X-Name\"", "\"v2\"", "\"127.0.0.1:8080\"",
        "\"[::1]:0\"", "\"unix:/run/x\"", "\"http://127.0.0.1:9001\"", "\"https://Host.example\"", "\"10.0.0.0/8\"", "\"fd00::/8\"", "\"clientIp\"", "\"/rate/it\"", "\"https://hooks.example:8443/x?y\"", "\"header:X-User\"", "\"cookie:u\"",
    ], text => JsonDocument.Parse(text).RootElement);

    /// <summary>What hardly any key takes, and what some take and others do not; JSON texts. Texts that are a number or a switch are left out:
    /// the files take those with and without quotes, which a schema cannot say.</summary>
    private static readonly string[] Odd =
    [
        "null", "{}", "[]", "[[]]", "{\"a\": 1}", "[\"a\"]", "-1", "0.5", "5", "1000000000000", "true", "\"\"", "\"a b\"", "\"5 %\"", "\"500%\"", "\"17 s\"", "\"12parsecs\"",
        "\"none\"", "\"off\"", "\"http:/x\"", "\"10.0.0.0\"", "\"header:\"", "\"header:a b\"", "\"/a b\"", "\"/a?b\"", "\"ftp://h/\"", "\"http://u:p@h/\"",
    ];

    private static readonly string[] Names = ["v1", "v2", "X-Name", "Other"];

    /// <summary>Of <see cref="Values"/>, those that a part of a schema takes, by its text.</summary>
    private static readonly ConcurrentDictionary<string, string[]> Fitting = [];

    private readonly Random _random = new(seed);
    private bool _isWhole;

    public JsonNode Right() => Value(schema)!;

    /// <summary>A document with every key, in which each value in turn is replaced by each that we know; one and the same object.</summary>
    public IEnumerable<JsonNode> EveryValueEverywhere()
    {
        _isWhole = true;
        JsonNode document = Right();
        foreach (JsonObject mapping in Within(document).OfType<JsonObject>().ToArray())
        {
            foreach ((string key, JsonNode? right) in mapping.ToArray())
            {
                foreach (string value in Odd.Concat(Values.Select(value => value.GetRawText())))
                {
                    mapping[key] = Parse(value);
                    yield return document;
                }

                mapping[key] = right;
            }
        }
    }

    /// <summary>One place of a right document gets another value, another key, or goes.</summary>
    public JsonNode Broken()
    {
        JsonNode document = Right();
        switch (Pick([.. Within(document).Where(node => node is JsonObject or JsonArray)]))
        {
            case JsonArray { Count: 0 } list:
                list.Add(Parse(Pick(Odd)));
                break;
            case JsonArray list:
                list[_random.Next(list.Count)] = Parse(Pick(Odd));
                break;
            case JsonObject mapping:
                Break(mapping);
                break;
        }

        return document;
    }

    private void Break(JsonObject mapping)
    {
        int what = mapping.Count == 0 ? 0 : _random.Next(4);
        if (what == 0)
        {
            mapping[Pick(["a b", "wieght", "always"])] = 1;
            return;
        }

        string key = Pick(mapping.Select(entry => entry.Key).ToArray());
        if (what == 1)
        {
            mapping.Remove(key);
        }
        else
        {
            mapping[key] = Parse(Pick(Odd));
        }
    }

    private static JsonNode? Parse(string text) => JsonNode.Parse(text);

    private JsonNode? Value(JsonElement of)
    {
        if (of.TryGetProperty("anyOf", out JsonElement either))
        {
            return Value(Pick(either.EnumerateArray().ToArray()));
        }

        if (of.TryGetProperty("properties", out JsonElement keys))
        {
            return Mapping(of, keys);
        }

        if (of.TryGetProperty("items", out JsonElement item))
        {
            int least = of.TryGetProperty("minItems", out JsonElement min) ? min.GetInt32() : 0;
            return new JsonArray([.. Enumerable.Range(0, Entries(least)).Select(_ => Value(item))]);
        }

        if (of.TryGetProperty("additionalProperties", out JsonElement any))
        {
            int least = of.TryGetProperty("minProperties", out JsonElement min) ? min.GetInt32() : 0;
            return new JsonObject(Names.Take(Entries(least)).Select(name => KeyValuePair.Create(name, Value(any))));
        }

        return Single(of);
    }

    private JsonObject Mapping(JsonElement of, JsonElement keys)
    {
        HashSet<string> required = of.TryGetProperty("required", out JsonElement names) ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : [];
        JsonObject mapping = [];
        foreach (JsonProperty key in keys.EnumerateObject())
        {
            bool unsupported = key.Value.EnumerateObject().Count() == 1; // only a description: the schema takes anything
            if (!unsupported && (_isWhole || required.Contains(key.Name) || _random.Next(3) == 0))
            {
                mapping[key.Name] = Value(key.Value);
            }
        }

        return mapping;
    }

    private JsonNode? Single(JsonElement of)
    {
        if (of.TryGetProperty("const", out JsonElement word))
        {
            return JsonNode.Parse(word.GetRawText());
        }

        if (of.TryGetProperty("enum", out JsonElement words))
        {
            return JsonNode.Parse(Pick(words.EnumerateArray().ToArray()).GetRawText());
        }

        string[] fitting = Fitting.GetOrAdd(of.GetRawText(), _ => [.. Values.Where(value => SchemaCheck.Accepts(of, value)).Select(value => value.GetRawText())]);
        return Parse(Pick(fitting));
    }

    private int Entries(int least) => _isWhole ? 1 : least + _random.Next(3);

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    private static IEnumerable<JsonNode> Within(JsonNode node)
    {
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject mapping => mapping.Select(entry => entry.Value),
            JsonArray list => list,
            _ => [],
        };
        return children.OfType<JsonNode>().SelectMany(Within).Prepend(node);
    }
}
