// Threads that run against the test's own, for as long as that has something to do against them.

namespace OpenClaw.Edge.Tests.Split;

internal static class Race
{
    /// <summary>
    /// Calls <paramref name="main"/> with 0, 1, 2 and so on, while several threads call <paramref name="step"/> with their number over and
    /// over, for a number of turns; each of them has its chance before the first and after the last.
    /// </summary>
    public static void Run(int threads, Action<int> step, int turns, Action<int> main)
    {
        bool isOver = false;
        using Barrier start = new Barrier(threads + 1);
        List<Thread> crowd = Enumerable.Range(0, threads).Select(id => new Thread(() =>
        {
            start.SignalAndWait();
            do
            {
                step(id);
            }
            while (!Volatile.Read(ref isOver));
        })).ToList();
        crowd.ForEach(thread => thread.Start());
        start.SignalAndWait();
        for (int turn = 0; turn < turns; turn++)
        {
            main(turn);
            if (turn % 64 == 0)
            {
                Thread.Yield(); // with fewer cores than threads, the others meet a new state each time
            }
        }

        Volatile.Write(ref isOver, true);
        crowd.ForEach(thread => thread.Join());
    }
}
