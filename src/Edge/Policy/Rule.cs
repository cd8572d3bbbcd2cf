// The type of a single value as the readers hold it: how a text is judged, and what a schema says of it. Pure.

namespace OpenClaw.Edge.Policy;

/// <returns>Null when the text is fine, else what is wrong and what would be right.</returns>
internal delegate string? Check<T>(string text, out T value);

/// <param name="Judge">The last word on a value.</param>
/// <param name="Shape">The same for editors: may take more than <paramref name="Judge"/> does, and refuses nothing that it takes but
/// numbers and switches in quotes, and percentages with an exponent.</param>
internal sealed record Rule<T>(Check<T> Judge, Shape Shape);

/// <summary>What JSON Schema says of a single value. A keyword only binds the type it is about, so one shape can be a number or a text.</summary>
/// <param name="Types">Names of JSON types; none: whatever <see cref="Words"/> has.</param>
internal sealed record Shape(params string[] Types)
{
    /// <summary>A text may look like a number or a switch: <c>version: 2</c> is the version "2".</summary>
    public static readonly Shape Text = new("string", "number", "boolean");

    /// <summary>The only values there are.</summary>
    public string[] Words { get; init; } = [];

    public double? Minimum { get; init; }
    public double? Maximum { get; init; }

    /// <summary>A regular expression of ECMA-262 that the whole text matches.</summary>
    public string? Pattern { get; init; }

    /// <summary>Bounds in words, where keywords cannot say them.</summary>
    public string? Bounds { get; init; }
}
