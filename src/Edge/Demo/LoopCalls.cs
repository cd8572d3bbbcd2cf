// How the demo and a loop wait for each other. The waits have millisecond resolution, which the loop's wheel of 67 ms slots
// does not offer and the product does not need; they allocate, which nothing on the way of a request does.

using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Demo;

internal static class LoopCalls
{
    /// <summary>Waits on the loop; goes on there.</summary>
    public static Task PauseAsync(this EventLoop loop, TimeSpan time)
    {
        if (time <= TimeSpan.Zero)
        {
            return Task.CompletedTask;
        }

        TaskCompletionSource over = new();
        _ = Task.Delay(time).ContinueWith(_ => loop.Post(over.SetResult), TaskScheduler.Default);
        return over.Task;
    }

    /// <summary>Starts something on the loop from another thread; its result comes back to where it is awaited.</summary>
    public static Task<T> CallAsync<T>(this EventLoop loop, Func<Task<T>> start)
    {
        TaskCompletionSource<T> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(async () =>
        {
            try
            {
                result.SetResult(await start());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        });
        return result.Task;
    }
}
