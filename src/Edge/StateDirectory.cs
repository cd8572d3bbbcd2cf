// The directory of --state-dir: what must outlast the process, in files that are there whole or not at all. One thread at a
// time; waits for the disk.

using System.Text;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Listen;

namespace OpenClaw.Edge;

internal sealed class StateDirectory
{
    private const string FileName = "guard.json";

    private readonly string _path;

    private StateDirectory(string path, Journal journal, string? damage) => (_path, Journal, Damage) = (path, journal, damage);

    /// <summary>What was there at the start.</summary>
    public Journal Journal { get; }

    /// <summary>Null: the file could be read, or there was none. Else what is wrong with it and where it is now.</summary>
    public string? Damage { get; }

    /// <summary>
    /// Keeps other edges out for as long as the result is held, or the process lives: each would write over what the others know. Where that is
    /// impossible for another reason the result is null, and <see cref="Open"/> says why.
    /// </summary>
    /// <exception cref="StartException">Another process holds it.</exception>
    public static IDisposable? Hold(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None); // flock(2)
        }
        catch (IOException) when (File.Exists(Path.Combine(directory, "lock")))
        {
            throw new StartException($"--state-dir {directory} is in use by another edge; give each its own");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Reads what is there, and makes sure that it can be written.</summary>
    /// <exception cref="StartException">The directory can be neither used nor created.</exception>
    public static StateDirectory Open(string directory)
    {
        if (directory.Length == 0)
        {
            throw new StartException("--state-dir has no value; write --state-dir DIR");
        }

        if (File.Exists(directory))
        {
            throw new StartException($"--state-dir {directory} cannot be used: it is a file; write a directory");
        }

        string path = Path.Combine(directory, FileName);
        try
        {
            Directory.CreateDirectory(directory);
            byte[]? bytes = Read(path);
            Journal? journal = bytes is null ? Journal.Empty : Journal.TryRead(bytes);
            if (journal is not null)
            {
                Replace(path, journal);
                return new StateDirectory(path, journal, null);
            }

            journal = Journal.Empty with { IsDistrusted = true };
            string aside = path + ".damaged";
            File.Copy(path, aside, overwrite: true);
            Replace(path, journal);
            return new StateDirectory(path, journal, $"{path} is damaged, so nobody knows which canaries were out; it is kept as {aside}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new StartException($"--state-dir {directory} cannot be used: {e.Message}");
        }
    }

    /// <summary>Null, or why it could not be written; what was there is still there then.</summary>
    public string? TryWrite(Journal journal)
    {
        try
        {
            Replace(_path, journal);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{_path} cannot be written: {e.Message.TrimEnd('.')}";
        }
    }

    /// <summary>Null: there is none. Of one that is too large, so much that it shows.</summary>
    private static byte[]? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using FileStream file = File.OpenRead(path);
        byte[] bytes = new byte[Math.Min(file.Length, Journal.BytesMax + 1)];
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>A file beside it is on the disk before it takes the name, and the name before anybody relies on it.</summary>
    private static void Replace(string path, Journal journal)
    {
        string next = path + ".new";
        using (FileStream file = new(next, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write }))
        {
            file.Write(journal.ToBytes());
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
        FlushName(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>The base library opens no directories.</summary>
    private static unsafe void FlushName(string directory)
    {
        int fd;
        fixed (byte* name = Encoding.UTF8.GetBytes(directory + '\0'))
        {
            // SAFETY: the path ends in a zero byte and stays pinned while the kernel reads it.
            fd = Libc.open(name, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        }

        if (fd < 0)
        {
            throw new IOException(Libc.Describe(Libc.Errno));
        }

        int error = Libc.fsync(fd) == 0 ? 0 : Libc.Errno;
        _ = Libc.close(fd);
        if (error is not (0 or Libc.EINVAL)) // some file systems have nothing to flush there
        {
            throw new IOException(Libc.Describe(error));
        }
    }
}
