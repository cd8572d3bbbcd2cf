// Whether something allocates on the thread that does it.

namespace OpenClaw.Edge.Tests;

internal static class Allocations
{
    /// <summary>
    /// Does it once, and then over and over. The runtime counts what a thread has been given in blocks of 8 KiB, and a collection that another test
    /// sets off takes the rest of one away: what allocates in earnest does so in every round.
    /// </summary>
    /// <param name="act">Given the number of the turn.</param>
    public static void AssertNone(int turns, Action<int> act)
    {
        act(0);
        long least = long.MaxValue;
        for (int round = 0; round < 5 && least != 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < turns; i++)
            {
                act(i);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
