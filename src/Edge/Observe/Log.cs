// The process's own log lines, source-generated. Control side only: workers count, they do not log.

using Microsoft.Extensions.Logging;

namespace OpenClaw.Edge.Observe;

internal static partial class Log
{
    [LoggerMessage(Message = "{Finding}")]
    public static partial void Configuration(ILogger log, LogLevel level, string finding);

    [LoggerMessage(Message = "{Advice}")]
    public static partial void Advice(ILogger log, LogLevel level, string advice);

    [LoggerMessage(Level = LogLevel.Error, Message = "the changed configuration is refused; {Revision} stays in force")]
    public static partial void ReloadRefused(ILogger log, string revision);

    [LoggerMessage(Level = LogLevel.Information, Message = "configuration {Revision} is in force on every worker after {Milliseconds:0.0} ms")]
    public static partial void Applied(ILogger log, string revision, double milliseconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "listening on {Address}, {Workers} worker(s), at most {Descriptors} descriptors")]
    public static partial void Listening(ILogger log, string address, int workers, long descriptors);

    [LoggerMessage(Level = LogLevel.Error, Message = "a connection was ended by a fault of the edge itself; please report it")]
    public static partial void Bug(ILogger log, Exception bug);

    [LoggerMessage(Level = LogLevel.Information, Message = "side port on {Address}")]
    public static partial void SidePort(ILogger log, string address);

    [LoggerMessage(Level = LogLevel.Information, Message = "drain asked for on the side port: not ready from now on, serving until SIGTERM")]
    public static partial void DrainAsked(ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "log level set to {Level} on the side port")]
    public static partial void LevelSet(ILogger log, LogLevel level);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Fault}; lines are lost while that lasts")]
    public static partial void AccessLogFailed(ILogger log, string fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "the access log is written again; {Dropped} line(s) lost so far")]
    public static partial void AccessLogWritten(ILogger log, long dropped);

    [LoggerMessage(Level = LogLevel.Error, Message = "side port: {Page} cannot be written")]
    public static partial void PageFailed(ILogger log, string page, Exception failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "draining: {Connections} connection(s) open, {Seconds} s to go at most")]
    public static partial void Draining(ILogger log, int connections, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "drained; {Connections} connection(s) were cut off")]
    public static partial void Drained(ILogger log, int connections);
}
