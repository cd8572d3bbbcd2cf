// A loop on a thread of its own, for tests of what runs on one.

using OpenClaw.Edge.Demo;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Tests.Demo;

internal sealed class DemoLoop : IDisposable
{
    private readonly Thread _thread;

    public DemoLoop()
    {
        _thread = new Thread(Loop.Run) { IsBackground = true };
    }

    public EventLoop Loop { get; } = new();

    /// <summary>Runs <paramref name="start"/> on the loop and waits for what it began, ten seconds at most.</summary>
    public Task<T> RunAsync<T>(Func<Task<T>> start)
    {
        if (!_thread.IsAlive)
        {
            _thread.Start();
        }

        return Loop.CallAsync(start).WaitAsync(TimeSpan.FromSeconds(10));
    }

    public void Dispose()
    {
        Loop.Stop();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }

        Loop.Dispose();
    }
}
