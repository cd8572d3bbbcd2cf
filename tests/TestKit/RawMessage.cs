// One HTTP/1 message as it was on the wire, taken apart no further than a test needs. Immutable.

using System.Text;

namespace OpenClaw.TestKit;

/// <param name="Head">Start line and field lines as received, without the empty line.</param>
/// <param name="Body">Decoded where it was chunked.</param>
/// <param name="IsComplete">False: the connection ended within the message.</param>
public sealed record RawMessage(string Head, byte[] Body, bool IsComplete)
{
    private readonly string[] _lines = Head.Split("\r\n");

    /// <summary>1xx answers that came before it.</summary>
    public IReadOnlyList<RawMessage> Interim { get; init; } = [];

    /// <summary>What stood in the chunk lines, joined by spaces; null for a body that was not chunked.</summary>
    public string? Chunks { get; init; }

    public string StartLine => _lines[0];

    /// <summary>Of a response.</summary>
    public int Status => int.Parse(StartLine.Split(' ')[1]);

    /// <summary>Of a request.</summary>
    public string Target => StartLine.Split(' ') is [_, var target, ..] ? target : "";

    public string Text => Encoding.Latin1.GetString(Body);

    /// <summary>The values of every field of this name, in order.</summary>
    public IReadOnlyList<string> All(string name) =>
        [.. _lines.Skip(1).Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim(' ', '\t'))];

    /// <summary>The value of the only field of this name; null: there is none.</summary>
    public string? this[string name] => All(name) switch
    {
        [] => null,
        [var only] => only,
        var several => throw new InvalidOperationException($"{name} is there {several.Count} times:\n{Head}"),
    };

    public override string ToString() => $"{Head}\n{(IsComplete ? "" : "(incomplete) ")}{Body.Length} bytes: {Text[..Math.Min(200, Text.Length)]}";
}
