// The process's own log as text: one line for each message, whoever's words are in it.

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace OpenClaw.Edge.Tests;

public sealed class LogLineTests
{
    [Theory]
    [InlineData("plain words, with an ü", "plain words, with an ü")]
    [InlineData("a\r\n12:00:00.000 info: b", "a 12:00:00.000 info: b")]
    [InlineData("\u001b[2J\u009bgone\u0007\0", "?[2J?gone??")]
    public void Message_IsOneLineWithoutControlCharacters(string message, string expected)
    {
        using StringWriter output = new();
        new LogLine().Write(new LogEntry<string>(LogLevel.Warning, "openclaw", default, message, null, (state, _) => state), null, output);
        Assert.Equal($"warn: {expected}{Environment.NewLine}", output.ToString()[13..]);
    }
}
