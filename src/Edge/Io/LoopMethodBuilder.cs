// Lets an async method that suspends on the loop do so without allocating: its state machine moves to a box that goes
// back to a per-thread stack when the result has been taken. For methods that stay on one loop's thread, which is all of
// them above Io; the awaiting code is ordinary async/await.
// (The base library's pooling builder keeps one box per method and core, too few for many exchanges in flight.)

using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace OpenClaw.Edge.Io;

/// <summary>Use as <c>[AsyncMethodBuilder(typeof(LoopMethodBuilder&lt;&gt;))]</c> on a method that returns ValueTask&lt;T&gt;. Await the result exactly once.</summary>
internal struct LoopMethodBuilder<TResult>
{
    private Box? _box;
    private TResult _result;

    public static LoopMethodBuilder<TResult> Create() => default;

    public readonly ValueTask<TResult> Task => _box is null ? new(_result) : new(_box, _box.Version);

    public readonly void Start<TStateMachine>(ref TStateMachine machine) where TStateMachine : IAsyncStateMachine => machine.MoveNext();

    public readonly void SetStateMachine(IAsyncStateMachine machine) => throw new NotSupportedException("machines are boxed by this builder alone");

    public void SetResult(TResult result)
    {
        if (_box is null)
        {
            _result = result;
        }
        else
        {
            _box.Finish(result, null);
        }
    }

    public void SetException(Exception exception)
    {
        // Nothing above Io throws in normal operation, so the synchronous case may afford a box.
        (_box ??= new FailedBox()).Finish(default!, exception);
    }

    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine machine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine =>
        awaiter.OnCompleted(BoxOf(ref machine));

    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine machine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine =>
        awaiter.UnsafeOnCompleted(BoxOf(ref machine));

    private Action BoxOf<TStateMachine>(ref TStateMachine machine) where TStateMachine : IAsyncStateMachine
    {
        if (_box is null)
        {
            Box<TStateMachine> box = Box<TStateMachine>.Rent();
            _box = box; // this builder lies inside the machine: set before the copy below
            box.Machine = machine;
        }

        return _box.MoveNext;
    }

    private abstract class Box : IValueTaskSource<TResult>
    {
        private LoopSignal _signal;
        private TResult _result = default!;
        private ExceptionDispatchInfo? _failure;

        public Action MoveNext { get; protected init; } = static () => { };

        public short Version => _signal.Version;

        protected void Begin() => _signal.Begin();

        public void Finish(TResult result, Exception? failure)
        {
            _result = result;
            _failure = failure is null ? null : ExceptionDispatchInfo.Capture(failure);
            _signal.Complete();
        }

        public TResult GetResult(short token)
        {
            _signal.Check(token);
            TResult result = _result;
            ExceptionDispatchInfo? failure = _failure;
            _result = default!;
            _failure = null;
            Release();
            failure?.Throw();
            return result;
        }

        public ValueTaskSourceStatus GetStatus(short token) => _signal.Status(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _signal.OnCompleted(continuation, state, token);

        protected abstract void Release();
    }

    private sealed class FailedBox : Box
    {
        public FailedBox() => Begin();

        protected override void Release()
        {
        }
    }

    private sealed class Box<TStateMachine> : Box where TStateMachine : IAsyncStateMachine
    {
        [ThreadStatic] private static Box<TStateMachine>? t_free;

        private Box<TStateMachine>? _nextFree;
        public TStateMachine Machine = default!;

        private Box() => MoveNext = () => Machine.MoveNext();

        public static Box<TStateMachine> Rent()
        {
            Box<TStateMachine>? box = t_free;
            if (box is null)
            {
                box = new Box<TStateMachine>();
            }
            else
            {
                t_free = box._nextFree;
                box._nextFree = null;
            }

            box.Begin();
            return box;
        }

        protected override void Release()
        {
            // The machine is not cleared: what it still refers to belongs to the same worker, and the next rent overwrites it.
            _nextFree = t_free;
            t_free = this;
        }
    }
}
