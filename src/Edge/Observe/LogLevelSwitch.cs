// The least level of the process's own log lines, which POST /log-level turns while it runs. The side port writes, any
// thread reads.

using Microsoft.Extensions.Logging;

namespace OpenClaw.Edge.Observe;

internal sealed class LogLevelSwitch
{
    private volatile LogLevel _least = LogLevel.Information;

    public LogLevel Least
    {
        get => _least;
        set => _least = value;
    }

    public bool Allows(LogLevel level) => level >= _least;

    /// <summary>A level by its name, as the log spells it; case does not matter, numbers are no names.</summary>
    public static bool TryParse(string text, out LogLevel level) =>
        Enum.TryParse(text, ignoreCase: true, out level) && !char.IsAsciiDigit(text[0]) && text[0] is not ('-' or '+');

    public static string Names => string.Join(", ", Enum.GetNames<LogLevel>()).ToLowerInvariant();
}
