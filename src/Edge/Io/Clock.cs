// The process clock: monotonic nanoseconds since start. Loops read it once a turn and pass it on as an argument.

using System.Diagnostics;

namespace OpenClaw.Edge.Io;

internal static class Clock
{
    private static readonly long Start = Stopwatch.GetTimestamp();

    /// <summary>Nanoseconds since process start; monotonic. (Stopwatch ticks are nanoseconds on Linux.)</summary>
    public static long Now => Stopwatch.GetTimestamp() - Start;

    public const long Second = 1_000_000_000;

    public static long Nanoseconds(TimeSpan span) => span.Ticks * 100;
}
