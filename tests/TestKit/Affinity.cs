// On which core a thread may run, so that a test can drive threads from one to the other in the middle of what they do. Any thread.

using System.Runtime.InteropServices;

namespace OpenClaw.TestKit;

public static partial class Affinity
{
    private const int MaskBytes = 128; // 1,024 cores, as glibc's cpu_set_t

    /// <summary>The kernel's number of the calling thread.</summary>
    public static int CurrentThread => gettid();

    /// <summary>The cores that the calling thread may run on.</summary>
    public static unsafe int[] Cores()
    {
        Span<byte> mask = stackalloc byte[MaskBytes];
        fixed (byte* bits = mask)
        {
            // SAFETY: the mask is as long as the call is told, and lives until it returns.
            _ = sched_getaffinity(0, MaskBytes, bits);
        }

        List<int> cores = [];
        for (int core = 0; core < MaskBytes * 8; core++)
        {
            if ((mask[core / 8] >> core % 8 & 1) != 0)
            {
                cores.Add(core);
            }
        }

        return [.. cores];
    }

    /// <summary>Moves a thread of this process to one core. False: the system does not let us.</summary>
    public static unsafe bool Pin(int thread, int core)
    {
        Span<byte> mask = stackalloc byte[MaskBytes];
        mask[core / 8] = (byte)(1 << core % 8);
        fixed (byte* bits = mask)
        {
            // SAFETY: as above.
            return sched_setaffinity(thread, MaskBytes, bits) == 0;
        }
    }

    [LibraryImport("libc")]
    private static partial int gettid();

    [LibraryImport("libc")]
    private static unsafe partial int sched_getaffinity(int thread, nint bytes, byte* mask);

    [LibraryImport("libc")]
    private static unsafe partial int sched_setaffinity(int thread, nint bytes, byte* mask);
}
