// Many voices in one call, from a system that is trusted: a JSON array or one JSON object a line. Each entry stands for itself;
// a bad one keeps no other from being heard. Side port's thread.

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OpenClaw.Edge.Feedback;

/// <summary>One batch; take it once.</summary>
/// <param name="seconds">Now, since 1970.</param>
internal sealed class FeedbackBatch(FeedbackDesk desk, FeedbackRules rules, long seconds)
{
    public const int BytesMax = 1024 * 1024;
    public const int EntriesMax = 10_000;

    /// <summary>Refusals that the answer tells one by one.</summary>
    private const int ToldMax = 100;

    private readonly List<(int Index, FeedbackResult Result, string Message)> _told = [];
    private int _entries;
    private int _accepted;
    private int _refused;

    /// <summary>Hears every entry.</summary>
    /// <returns>What became of them, as JSON.</returns>
    public byte[] Take(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> text = body.Trim(" \t\r\n"u8);
        if (text.StartsWith("["u8))
        {
            TakeArray(text);
        }
        else
        {
            TakeLines(text);
        }

        return Report();
    }

    private void TakeArray(ReadOnlySpan<byte> text)
    {
        Utf8JsonReader json = new(text);
        try
        {
            json.Read();
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                int start = (int)json.TokenStartIndex;
                json.Skip();
                if (!TryTake(text[start..(int)json.BytesConsumed]))
                {
                    return;
                }
            }

            json.Read(); // nothing may follow
        }
        catch (JsonException)
        {
            Refuse(FeedbackResult.Malformed, "this is not JSON; neither it nor what follows was heard");
        }
    }

    private void TakeLines(ReadOnlySpan<byte> text)
    {
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range].Trim(" \t\r"u8);
            if (!line.IsEmpty && !TryTake(line))
            {
                return;
            }
        }
    }

    /// <summary>False: the batch is too long, and the rest is not looked at.</summary>
    private bool TryTake(ReadOnlySpan<byte> text)
    {
        if (_entries == EntriesMax)
        {
            Refuse(FeedbackResult.TooLarge, $"a batch has at most {EntriesMax} entries; neither this one nor what follows was heard");
            return false;
        }

        if (FeedbackEntry.ReadJson(text, isTrusted: true, out FeedbackEntry entry) is { } problem)
        {
            Refuse(FeedbackResult.Malformed, problem);
            return true;
        }

        FeedbackResult result = desk.Hear(rules, entry, seconds);
        if (result == FeedbackResult.Accepted)
        {
            _accepted++;
        }
        else
        {
            Tell(result, FeedbackResults.Text(result));
        }

        _entries++;
        return true;
    }

    private void Refuse(FeedbackResult result, string message)
    {
        desk.Count(null, result);
        Tell(result, message);
        _entries++;
    }

    private void Tell(FeedbackResult result, string message)
    {
        _refused++;
        if (_told.Count < ToldMax)
        {
            _told.Add((_entries, result, message));
        }
    }

    private byte[] Report()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("accepted", _accepted);
            json.WriteNumber("refused", _refused);
            json.WriteStartArray("rejected");
            foreach ((int index, FeedbackResult result, string message) in _told)
            {
                json.WriteStartObject();
                json.WriteNumber("index", index);
                json.WriteString("result", FeedbackResults.Label(result));
                json.WriteString("message", message);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }
}
