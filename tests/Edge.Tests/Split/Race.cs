// Threads that run against each other, for as long as the test's own thread has something to do against them.

namespace OpenClaw.Edge.Tests.Split;

internal static class Race
{
    /// <summary>Calls <paramref name="step"/> with the thread's number over and over on several threads, until <paramref name="main"/> returns.</summary>
    public static void Run(int threads, Action<int> step, Action main)
    {
        bool isOver = false;
        var crowd = Enumerable.Range(0, threads).Select(id => new Thread(() =>
        {
            for (int n = id; !Volatile.Read(ref isOver); n++)
            {
                step(id);
                if (n % 128 == 0)
                {
                    Thread.Yield(); // else a machine with fewer cores than threads gives the others a turn every few milliseconds only
                }
            }
        })).ToList();
        crowd.ForEach(thread => thread.Start());
        try
        {
            main();
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            crowd.ForEach(thread => thread.Join());
        }
    }

    /// <summary>Gives the processor away until the others have made <paramref name="progress"/> come true.</summary>
    public static void WaitFor(Func<bool> progress)
    {
        while (!progress())
        {
            Thread.Yield();
        }
    }
}
