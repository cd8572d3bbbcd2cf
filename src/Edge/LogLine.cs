// One line of the process's own log as text: time, level, message. The framework's own formatter adds category and event id to
// every line, of which the first is always the same and the second a hash that means nothing to a reader. Logging thread.

using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace OpenClaw.Edge;

internal sealed class LogLine() : ConsoleFormatter(FormatName)
{
    public const string FormatName = "line";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        string message = entry.Formatter(entry.State, entry.Exception);
        if (entry.Exception is { } exception)
        {
            message += $" {exception}";
        }

        output.Write(DateTime.Now.ToString("HH:mm:ss.fff ", CultureInfo.InvariantCulture));
        output.Write(Label(entry.LogLevel));
        output.WriteLine(Plain(message.ReplaceLineEndings(" ")));
    }

    /// <summary>Parts of a message are other people's words, and a terminal obeys control characters.</summary>
    private static string Plain(string text) => !text.Any(char.IsControl) ? text
        : string.Create(text.Length, text, static (plain, text) =>
        {
            for (int i = 0; i < plain.Length; i++)
            {
                plain[i] = char.IsControl(text[i]) ? '?' : text[i];
            }
        });

    private static string Label(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce: ",
        LogLevel.Debug => "dbug: ",
        LogLevel.Information => "info: ",
        LogLevel.Warning => "warn: ",
        LogLevel.Error => "fail: ",
        _ => "crit: ",
    };
}
