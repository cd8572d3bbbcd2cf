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

    [LoggerMessage(Level = LogLevel.Error, Message = "the guard has taken {Version} out: {Reason}; until another version or release takes its place, or an operator resets it{Memory}")]
    public static partial void GuardTripped(ILogger log, string version, string reason, string memory);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the guard only observes; it would have taken {Version} out: {Reason}")]
    public static partial void GuardWouldTrip(ILogger log, string version, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the guard was reset: {Version} may have traffic, its tests and its rating begin anew")]
    public static partial void GuardReset(ILogger log, string version);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Version} was out and is no canary any more; the guard has forgotten it")]
    public static partial void GuardDropped(ILogger log, string version);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Version} is release {Release} now, no longer {Before}; the guard's tests and the rating begin anew{News}")]
    public static partial void GuardReleased(ILogger log, string version, string? release, string? before, string news);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Version} stays out; it has been since {Since:yyyy-MM-ddTHH:mm:ssZ}: {Reason}")]
    public static partial void GuardRestored(ILogger log, string version, DateTimeOffset since, string reason);

    [LoggerMessage(Message = "{News}")]
    public static partial void GuardState(ILogger log, LogLevel level, string news);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the guard's webhook at {Host} could not be told, in {Attempts} attempts: {Problem}")]
    public static partial void WebhookFailed(ILogger log, string host, int attempts, string problem);

    [LoggerMessage(Message = "{News}")]
    public static partial void Kubernetes(ILogger log, LogLevel level, string news);

    [LoggerMessage(Level = LogLevel.Error, Message = "the watch of {Object} was ended by a fault of the edge itself and begins anew; please report it")]
    public static partial void KubernetesBug(ILogger log, string @object, Exception bug);

    [LoggerMessage(Level = LogLevel.Information, Message = "draining: {Connections} connection(s) open, {Seconds} s to go at most")]
    public static partial void Draining(ILogger log, int connections, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "drained; {Connections} connection(s) were cut off")]
    public static partial void Drained(ILogger log, int connections);
}
