// A log that a test reads. Any thread.

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace OpenClaw.Edge.Tests.Kubernetes;

internal sealed class LogLines : ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>Level and text.</summary>
    public IReadOnlyList<string> All => [.. _lines];

    public IReadOnlyList<string> With(string part) => [.. _lines.Where(line => line.Contains(part))];

    /// <summary>A line with this in it is not taken, and throws.</summary>
    public string? Failing { get; set; }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel level) => true;

    public void Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> format)
    {
        string line = $"{level}: {format(state, exception)}{exception}";
        if (Failing is { } part && exception is null && line.Contains(part))
        {
            throw new InvalidOperationException("a test has it so");
        }

        _lines.Enqueue(line);
    }
}
