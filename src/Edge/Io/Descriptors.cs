// The process's limits as the kernel sets them, and what is used of them. Start-up and control threads.

using System.Numerics;

namespace OpenClaw.Edge.Io;

internal static unsafe class Descriptors
{
    /// <summary>Raises the soft limit of open descriptors to the hard one, and returns it.</summary>
    public static long RaiseLimit()
    {
        Libc.ResourceLimit limit;
        if (Libc.getrlimit(Libc.RLIMIT_NOFILE, &limit) != 0)
        {
            return -1;
        }

        limit.Soft = limit.Hard;
        _ = Libc.setrlimit(Libc.RLIMIT_NOFILE, &limit);
        return (long)Math.Min(limit.Hard, long.MaxValue);
    }

    /// <summary>The soft limit of open descriptors.</summary>
    public static long Limit()
    {
        Libc.ResourceLimit limit;
        return Libc.getrlimit(Libc.RLIMIT_NOFILE, &limit) == 0 ? (long)Math.Min(limit.Soft, long.MaxValue) : -1;
    }

    /// <summary>
    /// Open descriptors, by the entries of /proc/self/fd; -1 where there is none. Raw, since the base library would look up
    /// the target of each of perhaps a hundred thousand links.
    /// </summary>
    public static int CountOpen()
    {
        const int BufferBytes = 32 * 1024;
        int fd;
        fixed (byte* path = "/proc/self/fd\0"u8)
        {
            fd = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        }

        if (fd < 0)
        {
            return -1;
        }

        byte[] buffer = new byte[BufferBytes];
        int count = -3; // ".", "..", and the descriptor that reads this
        fixed (byte* entries = buffer)
        {
            nint length;
            while ((length = Libc.getdents64(fd, entries, BufferBytes)) > 0)
            {
                // SAFETY: the kernel wrote whole records of struct linux_dirent64 into these bytes; each holds its length at offset 16.
                for (nint at = 0; at < length; at += *(ushort*)(entries + at + 16))
                {
                    count++;
                }
            }
        }

        _ = Libc.close(fd);
        return count;
    }
}

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
