// A request that somebody wrote down on the command line, made into a head by the edge's own parser: what the edge would
// refuse is refused here too. Main thread.

using System.Buffers;
using System.Text;
using OpenClaw.Edge.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Explain;

internal static class WrittenRequest
{
    /// <param name="fields">Field lines as written, without line ends. Host is added where none is among them.</param>
    /// <returns>Null when <paramref name="head"/> is whole, else what is wrong.</returns>
    public static string? Read(string method, string target, IReadOnlyList<string> fields, LimitSettings limits, out RequestHead head)
    {
        head = new RequestHead();
        if (fields.FirstOrDefault(field => field == "" || field.AsSpan().IndexOfAny("\r\n\0") >= 0) is { } broken)
        {
            return $"{Wording.Show(broken)} is not one line; write --header 'NAME: VALUE'";
        }

        bool hasHost = fields.Any(field => field.StartsWith("host:", StringComparison.OrdinalIgnoreCase));
        string text = $"{method} {target} HTTP/1.1\r\n{(hasHost ? "" : "Host: localhost\r\n")}{string.Concat(fields.Select(field => field + "\r\n"))}\r\n";
        ReadOnlySequence<byte> bytes = new(Encoding.UTF8.GetBytes(text));
        ParseResult parsed = RequestParser.Parse(bytes, head, new ParseLimits(limits.HeadBytes, limits.LineBytes, limits.Fields));
        return parsed.Status switch
        {
            ParseStatus.Complete when parsed.Consumed == bytes.Length => null,
            ParseStatus.Invalid => $"the edge answers {ParseErrors.StatusCode(parsed.Error)} before any rule is asked: {ParseErrors.Text(parsed.Error)}",
            _ => "this is no one request",
        };
    }
}
