// One value of an object as the API server wrote it, with its place, so that a fault can be told by where it lies. The watch's
// thread. What nobody asks for is not looked at; what is asked for and is not what it should be is refused, never guessed at.

using System.Text.Json;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Kubernetes;

/// <summary>What is wrong with an object: the first fault that was found, since one is enough not to follow it.</summary>
internal sealed class Objection
{
    /// <summary>It goes into the log and onto pages.</summary>
    private const int TextMax = 1000;

    /// <summary>Null: there is none.</summary>
    public string? Text { get; private set; }

    public void Raise(string text) => Text ??= text.Length <= TextMax ? text : text[..(char.IsHighSurrogate(text[TextMax - 1]) ? TextMax - 1 : TextMax)] + "...";
}

internal sealed class ObjectPart(JsonElement json, string place, Objection objection)
{
    /// <summary>As <c>spec.rules[1].backendRefs[0]</c>; of the object itself "".</summary>
    public string Place => place;

    public bool IsMapping => json.ValueKind == JsonValueKind.Object;

    /// <summary>The names of what is in a mapping, those in UTF-8.</summary>
    public IEnumerable<string> Names => json.EnumerateObject().Select(property => Read(() => property.Name) ?? "");

    /// <summary>What stands under a name; null: nothing, which in Kubernetes is the same as null.</summary>
    public ObjectPart? Find(string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? new ObjectPart(value, Below(name), objection) : null;

    /// <summary>A mapping; null: there is none, or it is refused.</summary>
    public ObjectPart? Mapping(string name)
    {
        ObjectPart? part = Find(name);
        return part is null || part.IsMapping ? part : part.Wrong<ObjectPart>("a mapping");
    }

    /// <summary>The entries of a list of mappings; none where there is no list, or it is refused.</summary>
    public IReadOnlyList<ObjectPart> Mappings(string name)
    {
        IReadOnlyList<ObjectPart> parts = List(name);
        foreach (ObjectPart part in parts)
        {
            if (!part.IsMapping)
            {
                part.Wrong<ObjectPart>("a mapping");
                return [];
            }
        }

        return parts;
    }

    /// <summary>The entries of a list of texts, each with the part that it is; what is no text is refused.</summary>
    public IReadOnlyList<(string Text, ObjectPart Part)> Texts(string name) => [.. List(name).Select(part => (part.AsText() ?? "", part))];

    /// <summary>Null: there is none, or it is refused.</summary>
    public string? Text(string name) => Find(name)?.AsText();

    /// <summary>A whole number, 0 at least; null: there is none, or it is refused.</summary>
    public long? Count(string name, long most) => Find(name)?.AsCount(most);

    /// <summary>False where there is none.</summary>
    public bool Switch(string name) => Find(name)?.AsSwitch() ?? false;

    public void Refuse(string what) => objection.Raise(place == "" ? what : $"{place}: {what}");

    /// <param name="name">Of what is wrong below this part, be it there or not.</param>
    public void Refuse(string name, string what) => objection.Raise($"{Below(name)}: {what}");

    private string Below(string name) => place == "" ? name : $"{place}.{name}";

    private IReadOnlyList<ObjectPart> List(string name) => Find(name)?.AsList() ?? [];

    private ObjectPart[]? AsList() => json.ValueKind == JsonValueKind.Array
        ? [.. json.EnumerateArray().Select((item, i) => new ObjectPart(item, $"{place}[{i}]", objection))]
        : Wrong<ObjectPart[]>("a list");

    private string? AsText() => json.ValueKind == JsonValueKind.String ? Read(json.GetString) ?? Wrong<string>("text that is Unicode") : Wrong<string>("text");

    private bool? AsSwitch()
    {
        if (json.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return json.GetBoolean();
        }

        Wrong<object>("true or false");
        return null;
    }

    private long? AsCount(long most)
    {
        if (json.ValueKind != JsonValueKind.Number || !json.TryGetDouble(out double number))
        {
            Wrong<object>($"a whole number from 0 to {most}");
            return null;
        }

        string? fault = number < 0 ? "is below 0" : number > most ? $"is above {most}" : Math.Floor(number) != number ? "is no whole number" : null;
        if (fault is not null)
        {
            Refuse($"{Wording.Show(json.GetRawText())} {fault}; write a whole number from 0 to {most}");
            return null;
        }

        return (long)number;
    }

    /// <summary>Refuses this part. Null, for the reader to go on with.</summary>
    private T? Wrong<T>(string expected) where T : class
    {
        string found = json.ValueKind switch
        {
            JsonValueKind.Object => "a mapping",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "text",
            JsonValueKind.Number => "a number",
            JsonValueKind.True or JsonValueKind.False => "a switch",
            _ => "nothing",
        };
        Refuse($"is {found}; {expected} is expected");
        return null;
    }

    /// <summary>Null: what was written is no Unicode, which shows only when it is read.</summary>
    private static string? Read(Func<string?> text)
    {
        try
        {
            return text();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
