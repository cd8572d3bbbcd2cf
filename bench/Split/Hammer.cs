// Runs one contender on one or several threads at once and takes the time. Owns the threads.

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace OpenClaw.Bench;

public static class Hammer
{
    /// <summary>Nanoseconds of the clock between two operations of a thread.</summary>
    public const long Step = 100;

    public static bool IsAheadOfTime => !RuntimeFeature.IsDynamicCodeSupported;

    /// <param name="clock">Nanoseconds from which the threads' clocks start; each operation is one step later.</param>
    /// <returns>Nanoseconds that one operation takes one thread, and the bytes that one thread allocated in all.</returns>
    public static (double Nanoseconds, long Bytes) Run(Decide decide, int threads, int operations, long clock = 0)
    {
        double[] times = new double[threads];
        long[] bytes = new long[threads];
        using Barrier start = new(threads);
        Thread[] crowd = [.. Enumerable.Range(0, threads).Select(worker => new Thread(() =>
        {
            start.SignalAndWait();
            long before = GC.GetAllocatedBytesForCurrentThread(), from = Stopwatch.GetTimestamp();
            Loop(decide, worker, operations, clock);
            times[worker] = Stopwatch.GetElapsedTime(from).TotalNanoseconds / operations;
            bytes[worker] = GC.GetAllocatedBytesForCurrentThread() - before;
        }))];
        Array.ForEach(crowd, thread => thread.Start());
        Array.ForEach(crowd, thread => thread.Join());
        return (times.Average(), bytes.Max());
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static long Loop(Decide decide, int worker, int operations, long clock)
    {
        long taken = 0;
        for (int i = 1; i <= operations; i++)
        {
            taken += decide(worker, clock + i * Step) ? 1 : 0;
        }

        return taken;
    }
}
