// Where a log's bytes go: standard output, or a file opened to append, so that a file truncated or shared by somebody else
// is still added to at its end (the base library's append mode writes at an offset it remembers). One thread at a time.

using System.Text;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Observe;

/// <summary>A log cannot be written to; the message says which and why.</summary>
internal sealed class AccessLogException(string message) : Exception(message);

internal sealed unsafe class LogSink : IDisposable
{
    private const int StandardOutput = 1;
    private const int OwnerWritesGroupReads = 0b110_100_000; // 0640: lines hold addresses of clients

    private readonly int _descriptor;

    private LogSink(int descriptor, string path) => (_descriptor, Path) = (descriptor, path);

    /// <summary>"stdout", or the file.</summary>
    public string Path { get; }

    /// <exception cref="AccessLogException">The file can be neither opened nor created.</exception>
    public static LogSink Open(string path)
    {
        if (path == "stdout")
        {
            return new LogSink(StandardOutput, path);
        }

        int fd;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            fd = Libc.open(name, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND | Libc.O_CLOEXEC, OwnerWritesGroupReads);
        }

        return fd >= 0 ? new LogSink(fd, path) : throw new AccessLogException($"accessLog: cannot write to {path}: {Libc.Describe(Libc.Errno)}");
    }

    /// <summary>Writes all of it, waiting as long as it takes; null, or what went wrong.</summary>
    public string? Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint written;
            fixed (byte* at = bytes)
            {
                written = Libc.write(_descriptor, at, (nuint)bytes.Length);
            }

            if (written >= 0)
            {
                bytes = bytes[(int)written..];
                continue;
            }

            int error = Libc.Errno;
            if (error == Libc.EAGAIN)
            {
                Thread.Sleep(10); // somebody made the pipe on standard output non-blocking, and it is full
            }
            else if (error != Libc.EINTR)
            {
                return $"accessLog: cannot write to {Path}: {Libc.Describe(error)}";
            }
        }

        return null;
    }

    public void Dispose()
    {
        if (_descriptor != StandardOutput)
        {
            _ = Libc.close(_descriptor);
        }
    }
}
