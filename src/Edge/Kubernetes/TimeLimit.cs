// How long one thing may take, one after the other; and an end to all of them from outside. One task at a time.

namespace OpenClaw.Edge.Kubernetes;

internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _stopping;

    public TimeLimit(TimeProvider time, CancellationToken stop)
    {
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        Stop = stop;
        _stopping = stop.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    public CancellationToken Token => _source.Token;

    public CancellationToken Stop { get; }

    /// <summary>The time was up, or all has to end.</summary>
    public bool IsOver => _source.IsCancellationRequested;

    /// <summary>From now on so long; what was set before no longer counts.</summary>
    public void Begin(TimeSpan patience) => _source.CancelAfter(patience);

    public void Dispose()
    {
        _stopping.Dispose();
        _source.Dispose();
    }
}
