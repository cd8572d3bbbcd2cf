// Keeps the edge's last log lines for the view, where a line on stderr would break the picture. Any thread writes.

using Microsoft.Extensions.Logging;

namespace OpenClaw.Edge.Demo;

internal sealed class DemoLog(TimeProvider time) : ILoggerProvider, ILogger
{
    private const int LinesKept = 64;

    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = [];
    private long _written;

    /// <summary>The lines behind the first <paramref name="seen"/> ones, as far as they are kept, and how many have been written so far.</summary>
    public (string[] Lines, long Written) After(long seen)
    {
        lock (_lock)
        {
            return ([.. _lines.TakeLast((int)Math.Min(_written - seen, LinesKept))], _written);
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string mark = logLevel switch { LogLevel.Warning => "warning: ", >= LogLevel.Error => "error: ", _ => "" };
        lock (_lock)
        {
            _lines.Enqueue($"{time.GetLocalNow():HH:mm:ss} {mark}{formatter(state, exception)}");
            _written++;
            if (_lines.Count > LinesKept)
            {
                _lines.Dequeue();
            }
        }
    }

    public void Dispose()
    {
    }
}
