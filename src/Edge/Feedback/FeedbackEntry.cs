// One voice as it is written: a token (or, by those who are trusted, a version) and a score, as JSON or as a form. Lives on the
// stack of one call. Never throws, whatever the bytes are.

using System.Buffers.Text;
using System.Text.Json;

namespace OpenClaw.Edge.Feedback;

/// <summary>Spans of the bytes it was read from.</summary>
internal ref struct FeedbackEntry
{
    /// <summary>Most of the same that one entry may stand for.</summary>
    public const int CountMax = 1000;

    private const string Form = """write {"token": "...", "score": 0.8} or token=...&score=0.8""";
    private const string TrustedForm = """write {"token": "...", "score": 0.8} or {"version": "NAME", "score": 0.8, "count": 1}""";
    private const string ScoreForm = "score is a number from 0 (bad) to 1 (good)";
    private const string CountForm = "count is a whole number from 1 to 1000";

    private double? _score;
    private int? _count;

    /// <summary>Empty: the entry names its version itself.</summary>
    public ReadOnlySpan<byte> Token { get; private set; }

    public ReadOnlySpan<byte> Version { get; private set; }

    /// <summary>0 (bad) to 1 (good).</summary>
    public readonly double Score => _score ?? 0;

    /// <summary>So many have said the same.</summary>
    public readonly int Count => _count ?? 1;

    private readonly bool IsWhole => _score is not null && (Token.IsEmpty ? !Version.IsEmpty : Version.IsEmpty && _count is null);

    /// <summary>What a client sends: JSON if it begins with a brace, else a form, whatever the media type says (beacons choose their own).</summary>
    /// <returns>Null when it is fine, else what would be right.</returns>
    public static string? Read(ReadOnlySpan<byte> body, out FeedbackEntry entry)
    {
        ReadOnlySpan<byte> text = body.Trim(" \t\r\n"u8);
        return text.StartsWith("{"u8) ? ReadJson(text, isTrusted: false, out entry) : ReadForm(text, out entry);
    }

    /// <param name="isTrusted">Version and count may stand there.</param>
    /// <returns>Null when it is fine, else what would be right.</returns>
    public static string? ReadJson(ReadOnlySpan<byte> text, bool isTrusted, out FeedbackEntry entry)
    {
        entry = default;
        string form = isTrusted ? TrustedForm : Form;
        try
        {
            Utf8JsonReader json = new(text, new JsonReaderOptions { MaxDepth = 2 });
            bool isObject = json.Read() && json.TokenType == JsonTokenType.StartObject;
            while (isObject && json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                ReadOnlySpan<byte> name = json.ValueIsEscaped ? default : json.ValueSpan; // nobody needs escapes here
                json.Read();
                if (entry.Set(name, json.ValueIsEscaped ? default : json.ValueSpan, json.TokenType, isTrusted) is { } problem)
                {
                    return problem.Length > 0 ? problem : form;
                }
            }

            return isObject && json.TokenType == JsonTokenType.EndObject && !json.Read() && entry.IsWhole ? null : form;
        }
        catch (JsonException)
        {
            return form;
        }
    }

    /// <summary>Names and values of a voice need no percent-encoding (RFC 3986 2.3), so a percent sign is as wrong here as any other.</summary>
    private static string? ReadForm(ReadOnlySpan<byte> text, out FeedbackEntry entry)
    {
        entry = default;
        foreach (Range range in text.Split((byte)'&'))
        {
            ReadOnlySpan<byte> pair = text[range];
            int equals = pair.IndexOf((byte)'=');
            if (equals < 0)
            {
                return Form;
            }

            ReadOnlySpan<byte> name = pair[..equals], value = pair[(equals + 1)..];
            JsonTokenType kind = name.SequenceEqual("score"u8) ? KindOf(value) : JsonTokenType.String;
            if (entry.Set(name, value, kind, isTrusted: false) is { } problem)
            {
                return problem.Length > 0 ? problem : Form;
            }
        }

        return entry.IsWhole ? null : Form;
    }

    /// <summary>A form's number follows JSON's grammar, so that both forms know the same ones.</summary>
    private static JsonTokenType KindOf(ReadOnlySpan<byte> value)
    {
        try
        {
            Utf8JsonReader json = new(value);
            return json.Read() && json.ValueSpan.Length == value.Length ? json.TokenType : JsonTokenType.None;
        }
        catch (JsonException)
        {
            return JsonTokenType.None;
        }
    }

    /// <summary>Null when it is fine, else what would be right; empty where that is the whole form: a name that is unknown or was there, a value of another kind.</summary>
    private string? Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, JsonTokenType kind, bool isTrusted)
    {
        if (name.SequenceEqual("token"u8) && Token.IsEmpty)
        {
            Token = value;
            return kind == JsonTokenType.String && !value.IsEmpty ? null : "";
        }

        if (name.SequenceEqual("score"u8) && _score is null)
        {
            bool isNumber = kind == JsonTokenType.Number;
            _score = isNumber && Utf8Parser.TryParse(value, out double number, out int used) && used == value.Length && number is >= 0 and <= 1 ? number : null;
            return _score is null ? ScoreForm : null;
        }

        if (isTrusted && name.SequenceEqual("version"u8) && Version.IsEmpty)
        {
            Version = value;
            return kind == JsonTokenType.String && !value.IsEmpty ? null : "";
        }

        if (isTrusted && name.SequenceEqual("count"u8) && _count is null)
        {
            bool isNumber = kind == JsonTokenType.Number;
            _count = isNumber && Utf8Parser.TryParse(value, out int number, out int used) && used == value.Length && number is >= 1 and <= CountMax ? number : null;
            return _count is null ? CountForm : null;
        }

        return "";
    }
}
