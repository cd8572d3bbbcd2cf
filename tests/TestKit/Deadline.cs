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
    public static Task UntilAsync(Func<bool> condition, string what, TimeSpan? patience = null) =>
        UntilAsync(() => Task.FromResult(condition()), what, patience);

    public static async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? patience = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > (patience ?? Patience))
            {
                throw new TimeoutException($"waited {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s for {what}");
            }

            await Task.Delay(Look);
        }
    }
}
