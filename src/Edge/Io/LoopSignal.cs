// The reusable half of a ValueTask that a loop completes: at most one waiter, resumed inline on the loop's thread.
// Smaller than ManualResetValueTaskSourceCore because results stay with the owner and no scheduler is ever captured.

using System.Diagnostics;
using System.Threading.Tasks.Sources;

namespace OpenClaw.Edge.Io;

internal struct LoopSignal
{
    private static readonly Action<object?> Completed = static _ => { };

    private Action<object?>? _continuation;
    private object? _state;

    /// <summary>Guards against a ValueTask awaited twice.</summary>
    public short Version { get; private set; }

    /// <summary>Someone took a ValueTask and it has not been completed.</summary>
    public bool IsPending { get; private set; }

    /// <summary>Begins a new wait.</summary>
    public short Begin()
    {
        Debug.Assert(!IsPending, "one waiter at a time");
        _continuation = null;
        _state = null;
        IsPending = true;
        return ++Version;
    }

    /// <summary>Ends the wait; the waiter's code runs before this returns.</summary>
    public void Complete()
    {
        IsPending = false;
        Action<object?>? continuation = _continuation;
        object? state = _state;
        _continuation = Completed;
        _state = null;
        continuation?.Invoke(state);
    }

    public readonly ValueTaskSourceStatus Status(short token)
    {
        Check(token);
        return IsPending ? ValueTaskSourceStatus.Pending : ValueTaskSourceStatus.Succeeded;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token)
    {
        Check(token);
        if (ReferenceEquals(_continuation, Completed))
        {
            continuation(state);
            return;
        }

        _continuation = continuation;
        _state = state;
    }

    public readonly void Check(short token)
    {
        if (token != Version)
        {
            throw new InvalidOperationException("this wait is over");
        }
    }
}
