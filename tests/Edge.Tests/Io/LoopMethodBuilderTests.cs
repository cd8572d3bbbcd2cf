// Async methods on a hand-turned "loop": results, exceptions, nesting, and no garbage once warm.

using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Tests.Io;

public sealed class LoopMethodBuilderTests
{
    /// <summary>What the loop completes: one waiter at a time.</summary>
    private sealed class Gate : IValueTaskSource<int>
    {
        private LoopSignal _signal;
        private int _value;

        public ValueTask<int> WaitAsync() => new(this, _signal.Begin());

        public void Open(int value)
        {
            _value = value;
            _signal.Complete();
        }

        public int GetResult(short token) => _value;

        public ValueTaskSourceStatus GetStatus(short token) => _signal.Status(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _signal.OnCompleted(continuation, state, token);
    }

    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private static async ValueTask<int> TwiceAsync(Gate gate) => await gate.WaitAsync() + await gate.WaitAsync();

    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private static async ValueTask<int> NestedAsync(Gate gate)
    {
        int sum = 0;
        for (int i = 0; i < 2; i++)
        {
            sum += await TwiceAsync(gate);
        }

        return sum;
    }

    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private static async ValueTask<int> FailAsync(Gate gate, bool wait)
    {
        if (wait)
        {
            await gate.WaitAsync();
        }

        throw new InvalidDataException("as asked");
    }

    [Fact]
    public async Task NestedWaits_GiveTheResult()
    {
        Gate gate = new();
        ValueTask<int> running = NestedAsync(gate);
        for (int i = 1; i <= 4; i++)
        {
            Assert.False(running.IsCompleted);
            gate.Open(i);
        }

        Assert.True(running.IsCompleted);
        Assert.Equal(10, await running);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Exception_ReachesWhoAwaits(bool afterAWait)
    {
        Gate gate = new();
        ValueTask<int> running = FailAsync(gate, afterAWait);
        if (afterAWait)
        {
            gate.Open(0);
        }

        await Assert.ThrowsAsync<InvalidDataException>(async () => await running);
    }

    [Fact]
    public void ManyInFlight_LeaveNoGarbageOnceWarm()
    {
        Gate[] gates = [.. Enumerable.Range(0, 50).Select(_ => new Gate())];
        ValueTask<int>[] running = new ValueTask<int>[gates.Length];
        Round();
        Allocations.AssertNone(1, _ => Round());

        void Round()
        {
            for (int i = 0; i < gates.Length; i++)
            {
                running[i] = NestedAsync(gates[i]);
            }

            for (int turn = 0; turn < 4; turn++)
            {
                foreach (Gate gate in gates)
                {
                    gate.Open(1);
                }
            }

            int sum = 0;
            foreach (ValueTask<int> one in running)
            {
                sum += one.Result;
            }

            if (sum != 200)
            {
                throw new InvalidOperationException($"{sum}");
            }
        }
    }
}
