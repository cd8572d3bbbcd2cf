// The process's file descriptors: how many it may have, and how many it has. Start-up and side port's threads.

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
