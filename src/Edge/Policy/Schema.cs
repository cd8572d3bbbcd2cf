// Writes the outlines of edge.yaml and policy.yaml as JSON Schema (draft 2020-12, in keywords that draft-07 has too, since
// that is what editors know best). Knows no key by name. Main thread of the verb.

using System.Globalization;
using System.Text.Json;

namespace OpenClaw.Edge.Policy;

internal sealed class Schema
{
    private const string Draft = "https://json-schema.org/draft/2020-12/schema";

    private readonly Utf8JsonWriter _json;
    private readonly IReadOnlyDictionary<string, string> _meanings;

    private Schema(Utf8JsonWriter json, IReadOnlyDictionary<string, string> meanings)
    {
        _json = json;
        _meanings = meanings;
    }

    public static void WriteEdge(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("$schema", Draft);
        WriteEdgeKeywords(json);
        json.WriteEndObject();
    }

    public static void WritePolicy(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("$schema", Draft);
        WritePolicyKeywords(json);
        json.WriteEndObject();
    }

    /// <summary>One document for both: <c>#/$defs/edge</c> and <c>#/$defs/policy</c>; as a whole it takes either.</summary>
    public static void WriteBoth(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("$schema", Draft);
        json.WriteStartArray("anyOf");
        WriteReference(json, "#/$defs/edge");
        WriteReference(json, "#/$defs/policy");
        json.WriteEndArray();
        json.WriteStartObject("$defs");
        json.WriteStartObject("edge");
        WriteEdgeKeywords(json);
        json.WriteEndObject();
        json.WriteStartObject("policy");
        WritePolicyKeywords(json);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteEdgeKeywords(Utf8JsonWriter json)
    {
        json.WriteString("title", "edge.yaml: what this machine is");
        new Schema(json, Meanings.OfEdge()).WriteMapping("", OutlineMapping.OfEdge());
    }

    private static void WritePolicyKeywords(Utf8JsonWriter json)
    {
        json.WriteString("title", "policy.yaml: what the rollout is");
        new Schema(json, Meanings.OfPolicy()).WriteMapping("", OutlineMapping.OfPolicy());
    }

    private static void WriteReference(Utf8JsonWriter json, string to)
    {
        json.WriteStartObject();
        json.WriteString("$ref", to);
        json.WriteEndObject();
    }

    private void WriteNode(string path, OutlineNode node)
    {
        _json.WriteStartObject();
        WriteDescription(path, node);
        if (node.Shape is not null)
        {
            WriteShape(node.Shape);
            WriteDefault(node.Default);
        }
        else if (node.Word is not null)
        {
            WriteWordOrMapping(path, node);
        }
        else if (node.Name is not null)
        {
            WriteNames(path, node);
        }
        else if (node.Keys is not null)
        {
            WriteMapping(path + ".", node.Keys);
        }
        else if (node.Item is not null)
        {
            WriteList(path, node);
        }

        _json.WriteEndObject();
    }

    private void WriteDescription(string path, OutlineNode node)
    {
        string? meaning = node.IsUnsupported ? "not supported by this release, has no effect" : Meanings.Find(_meanings, path);
        if (meaning is not null)
        {
            _json.WriteString("description", node.Shape?.Bounds is { } bounds ? $"{meaning} ({bounds})" : meaning);
        }
    }

    private void WriteMapping(string prefix, OutlineMapping mapping)
    {
        _json.WriteString("type", "object");
        _json.WriteStartObject("properties");
        foreach (Entry entry in mapping.Entries)
        {
            _json.WritePropertyName(entry.Key);
            WriteNode(prefix + entry.Key, (OutlineNode)entry.Value);
        }

        _json.WriteEndObject();
        WriteStrings("required", [.. mapping.Entries.Where(entry => entry.Value is OutlineNode { IsRequired: true }).Select(entry => entry.Key)]);
        _json.WriteBoolean("additionalProperties", false);
    }

    private void WriteWordOrMapping(string path, OutlineNode node)
    {
        _json.WriteStartArray("anyOf");
        _json.WriteStartObject();
        _json.WriteString("const", node.Word);
        _json.WriteEndObject();
        _json.WriteStartObject();
        WriteMapping(path + ".", node.AsMapping());
        _json.WriteEndObject();
        _json.WriteEndArray();
    }

    private void WriteNames(string path, OutlineNode node)
    {
        Entry any = node.AsMapping().Find(OutlineNode.AnyName);
        _json.WriteString("type", "object");
        _json.WriteStartObject("propertyNames");
        _json.WriteString("pattern", node.Name!.Pattern);
        _json.WriteEndObject();
        if (node.NeedsEntry)
        {
            _json.WriteNumber("minProperties", 1);
        }

        _json.WritePropertyName("additionalProperties");
        WriteNode($"{path}.{OutlineNode.AnyName}", (OutlineNode)any.Value);
    }

    private void WriteList(string path, OutlineNode node)
    {
        _json.WriteString("type", "array");
        if (node.NeedsEntry)
        {
            _json.WriteNumber("minItems", 1);
        }

        if (node.Most is { } most and < int.MaxValue)
        {
            _json.WriteNumber("maxItems", most);
        }

        _json.WritePropertyName("items");
        WriteNode(path + "[]", node.AsList());
    }

    private void WriteShape(Shape shape)
    {
        if (shape.Types.Length == 1)
        {
            _json.WriteString("type", shape.Types[0]);
        }
        else
        {
            WriteStrings("type", shape.Types);
        }

        WriteWords(shape.Words);
        if (shape.Minimum is { } minimum)
        {
            _json.WriteNumber("minimum", minimum);
        }

        if (shape.Maximum is { } maximum)
        {
            _json.WriteNumber("maximum", maximum);
        }

        if (shape.Pattern is not null)
        {
            _json.WriteString("pattern", shape.Pattern);
        }
    }

    private void WriteWords(string[] words)
    {
        if (words.Length == 0)
        {
            return;
        }

        _json.WriteStartArray("enum");
        foreach (string word in words)
        {
            _json.WriteStringValue(word);
            if (double.TryParse(word, CultureInfo.InvariantCulture, out double number))
            {
                _json.WriteNumberValue(number); // as YAML reads it without quotes
            }
        }

        _json.WriteEndArray();
    }

    private void WriteDefault(object? otherwise)
    {
        if (otherwise is null)
        {
            return;
        }

        _json.WritePropertyName("default");
        switch (otherwise)
        {
            case bool value:
                _json.WriteBooleanValue(value);
                break;
            case int or long or double:
                _json.WriteNumberValue(Convert.ToDouble(otherwise, CultureInfo.InvariantCulture));
                break;
            case TimeSpan value:
                _json.WriteStringValue(Wording.Show(value));
                break;
            default:
                _json.WriteStringValue(otherwise.ToString());
                break;
        }
    }

    private void WriteStrings(string key, string[] texts)
    {
        if (texts.Length == 0)
        {
            return;
        }

        _json.WriteStartArray(key);
        foreach (string text in texts)
        {
            _json.WriteStringValue(text);
        }

        _json.WriteEndArray();
    }
}
