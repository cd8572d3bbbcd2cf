// How long a test waits for anything, and the one way to wait for a condition that has no event. Any thread.

using System.Diagnostics;

namespace OpenClaw.TestKit;

public static class Deadline
{
    /// <summary>For whatever takes milliseconds when all is well; generous, for a loaded machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);

    /// <summary>A token that ends a wait after <paramref name="patience"/>.</summary>
    public static CancellationToken After(TimeSpan? patience = null) => new CancellationTokenSource(patience ?? Patience).Token;

    /// <summary>Looks until the condition holds; throws <see cref="TimeoutException"/> with <paramref name="what"/> when it never does.</summary>
    /// <param name="log">What was written in the course of it, for the message.</param>
    public static Task UntilAsync(Func<bool> condition, string what, TimeSpan? patience = null, Func<string>? log = null) =>
        UntilAsync(() => Task.FromResult(condition()), what, patience, log);

    public static async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? patience = null, Func<string>? log = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > (patience ?? Patience))
            {
                throw new TimeoutException($"waited {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s for {what}{(log is null ? "" : $"; the log:\n{log()}")}");
            }

            await Task.Delay(Look);
        }
    }
}
