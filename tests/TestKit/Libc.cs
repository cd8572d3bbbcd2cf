// The two calls that the base library does not offer: a signal to a process, and a rename that replaces a symbolic link.
// Any thread.

using System.ComponentModel;
using System.Runtime.InteropServices;

namespace OpenClaw.TestKit;

internal static partial class Libc
{
    public const int SIGHUP = 1, SIGKILL = 9, SIGTERM = 15;

    /// <summary>Sends a signal; a process that is already gone is no fault.</summary>
    public static void Signal(int process, int signal) => _ = kill(process, signal);

    public static void Rename(string from, string to)
    {
        if (rename(from, to) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);
}
