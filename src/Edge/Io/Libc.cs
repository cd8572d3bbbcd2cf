// The only declarations of libc in the product. Signatures are blittable, so a call is a plain call plus the GC
// transition. Results are raw; callers read Errno only on the failure branch.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace OpenClaw.Edge.Io;

internal static unsafe partial class Libc
{
    // Values of linux/x86-64 and linux/arm64, which agree on all of these.
    public const uint EPOLLIN = 0x1, EPOLLOUT = 0x4, EPOLLERR = 0x8, EPOLLHUP = 0x10, EPOLLRDHUP = 0x2000, EPOLLET = 1u << 31;
    public const int EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CLOEXEC = 0x80000;
    public const int EFD_NONBLOCK = 0x800, EFD_CLOEXEC = 0x80000;
    public const int AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10;
    public const int SOCK_STREAM = 1, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;
    public const int SOL_SOCKET = 1, SO_REUSEADDR = 2, SO_ERROR = 4, SO_REUSEPORT = 15, SO_LINGER = 13;
    public const int IPPROTO_TCP = 6, TCP_NODELAY = 1, IPPROTO_IPV6 = 41, IPV6_V6ONLY = 26;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int SHUT_WR = 1;
    public const int O_RDONLY = 0, O_WRONLY = 1, O_CREAT = 0x40, O_APPEND = 0x400, O_CLOEXEC = 0x80000;
    public const int EINTR = 4, EAGAIN = 11, ENOMEM = 12, EINVAL = 22, ENFILE = 23, EMFILE = 24, EADDRINUSE = 98, EADDRNOTAVAIL = 99, ENOBUFS = 105, ETIMEDOUT = 110, ECONNREFUSED = 111, EINPROGRESS = 115;
    public const int RLIMIT_NOFILE = 7;

    /// <summary>Packed on x86-64 only, by the kernel's own ABI.</summary>
    public static readonly int EpollEventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ResourceLimit
    {
        public ulong Soft, Hard;
    }

    [LibraryImport("libc")] public static partial int epoll_create1(int flags);
    [LibraryImport("libc")] public static partial int epoll_ctl(int epoll, int operation, int fd, void* epollEvent);
    [LibraryImport("libc")] public static partial int epoll_wait(int epoll, void* events, int maxEvents, int timeoutMilliseconds);
    [LibraryImport("libc")] public static partial int eventfd(uint initial, int flags);
    [LibraryImport("libc")] public static partial int socket(int domain, int type, int protocol);
    [LibraryImport("libc")] public static partial int bind(int fd, void* address, uint length);
    [LibraryImport("libc")] public static partial int listen(int fd, int backlog);
    [LibraryImport("libc")] public static partial int accept4(int fd, void* address, uint* length, int flags);
    [LibraryImport("libc")] public static partial int connect(int fd, void* address, uint length);
    [LibraryImport("libc")] public static partial int getsockname(int fd, void* address, uint* length);
    [LibraryImport("libc")] public static partial int getsockopt(int fd, int level, int option, void* value, uint* length);
    [LibraryImport("libc")] public static partial int setsockopt(int fd, int level, int option, void* value, uint length);
    [LibraryImport("libc")] public static partial nint recv(int fd, byte* buffer, nuint length, int flags);
    [LibraryImport("libc")] public static partial nint send(int fd, byte* buffer, nuint length, int flags);
    [LibraryImport("libc")] public static partial nint writev(int fd, IoVector* vectors, int count);
    [LibraryImport("libc")] public static partial nint read(int fd, void* buffer, nuint length);
    [LibraryImport("libc")] public static partial nint write(int fd, void* buffer, nuint length);
    [LibraryImport("libc")] public static partial int open(byte* path, int flags, int mode);
    [LibraryImport("libc")] public static partial nint getdents64(int fd, void* entries, nuint length);
    [LibraryImport("libc")] public static partial int fsync(int fd);
    [LibraryImport("libc")] public static partial int shutdown(int fd, int how);
    [LibraryImport("libc")] public static partial int close(int fd);
    [LibraryImport("libc")] public static partial int getrlimit(int resource, ResourceLimit* limit);
    [LibraryImport("libc")] public static partial int setrlimit(int resource, ResourceLimit* limit);
    [LibraryImport("libc")] public static partial int sched_getaffinity(int pid, nuint setSize, void* set);

    /// <summary>The calling thread's errno. Meaningful only directly after a call that failed; the runtime keeps it across a GC wait.</summary>
    public static int Errno => Marshal.GetLastSystemError();

    /// <summary>The system's own words for an error number, such as "Address already in use".</summary>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);

    public static void SetOption(int fd, int level, int option, int value) => setsockopt(fd, level, option, &value, sizeof(int));
}
