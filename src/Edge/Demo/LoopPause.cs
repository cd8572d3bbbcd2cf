// A wait with millisecond resolution, which the loop's wheel of 67 ms slots does not offer (and the product does not
// need). The timer fires elsewhere; the waiter goes on on its loop.

using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Demo;

internal static class LoopPause
{
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
}
