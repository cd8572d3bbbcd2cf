// Finds values in JSON where they lie, without copying what is around them. Pure. What is no JSON has no values.

using System.Buffers;
using System.Text.Json;

namespace OpenClaw.Edge.Kubernetes;

internal static class JsonBytes
{
    /// <summary>The value at a path of member names, as it stands; empty where there is none.</summary>
    public static ReadOnlySequence<byte> Find(in ReadOnlySequence<byte> json, params ReadOnlySpan<string> path)
    {
        try
        {
            Utf8JsonReader reader = new(json);
            reader.Read();
            foreach (string name in path)
            {
                if (!Enter(ref reader, name))
                {
                    return default;
                }
            }

            return Take(ref reader, json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for text that is no UTF-8
        {
            return default;
        }
    }

    /// <summary>The text at a path; null where there is none.</summary>
    public static string? Text(in ReadOnlySequence<byte> json, params ReadOnlySpan<string> path)
    {
        ReadOnlySequence<byte> value = Find(json, path);
        try
        {
            Utf8JsonReader reader = new(value);
            return !value.IsEmpty && reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The whole number at a path; 0 where there is none.</summary>
    public static int Number(in ReadOnlySequence<byte> json, params ReadOnlySpan<string> path)
    {
        ReadOnlySequence<byte> value = Find(json, path);
        Utf8JsonReader reader = new(value);
        return !value.IsEmpty && reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int number) ? number : 0;
    }

    /// <summary>The elements of the array at a path; none for a null, which is how servers may write an empty one; null where there is neither.</summary>
    public static IReadOnlyList<ReadOnlySequence<byte>>? Elements(in ReadOnlySequence<byte> json, params ReadOnlySpan<string> path)
    {
        ReadOnlySequence<byte> array = Find(json, path); // which has been read to its end by that, so that nothing is wrong in it
        Utf8JsonReader reader = new(array);
        if (array.IsEmpty || !reader.Read() || reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.Null))
        {
            return null;
        }

        List<ReadOnlySequence<byte>> elements = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            elements.Add(Take(ref reader, array));
        }

        return elements;
    }

    /// <summary>From the beginning of an object to the value of one of its members.</summary>
    private static bool Enter(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    private static ReadOnlySequence<byte> Take(ref Utf8JsonReader reader, in ReadOnlySequence<byte> json)
    {
        long start = reader.TokenStartIndex;
        reader.Skip();
        return json.Slice(start, reader.BytesConsumed - start);
    }
}
