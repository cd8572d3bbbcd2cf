// How many cores the process may use. Start-up thread.

using System.Numerics;

namespace OpenClaw.Edge.Io;

internal static unsafe class Cores
{
    private const int MaskBytes = 128; // 1,024 processors, the C library's own cpu_set_t

    /// <summary>Cores this process may use: its CPU affinity, cut by its cgroup's quota (rounded up), at least 1.</summary>
    public static int Usable()
    {
        byte* mask = stackalloc byte[MaskBytes];
        int written = Libc.sched_getaffinity(0, MaskBytes, mask);
        int cores = written == 0 ? new ReadOnlySpan<ulong>(mask, MaskBytes / sizeof(ulong)).ToArray().Sum(BitOperations.PopCount) : Environment.ProcessorCount;
        return Math.Max(1, Math.Min(cores, CgroupQuota("/sys/fs/cgroup") ?? cores));
    }

    /// <summary>Cores by cgroup v2's cpu.max or v1's cfs files under <paramref name="root"/>; null without a quota.</summary>
    internal static int? CgroupQuota(string root)
    {
        try
        {
            if (File.Exists($"{root}/cpu.max"))
            {
                string[] parts = File.ReadAllText($"{root}/cpu.max").Split(' ', StringSplitOptions.TrimEntries);
                return parts is ["max", ..] ? null : Round(parts[0], parts[1]);
            }

            string v1 = $"{root}/cpu/cpu.cfs_quota_us";
            return File.Exists(v1) && File.ReadAllText(v1).Trim() is var quota and not "-1" ? Round(quota, File.ReadAllText($"{root}/cpu/cpu.cfs_period_us")) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return null; // no quota that could be read is no quota
        }
    }

    private static int Round(string quota, string period) => Math.Max(1, (int)Math.Ceiling(double.Parse(quota) / double.Parse(period)));
}
