// A terminal as a board that is painted over again and again, and its keys. Plain ANSI on the alternate screen, so that what
// stood there comes back. Painted by the demo's task; keys come in on a thread of their own.

using System.Collections.Concurrent;
using System.Text;

namespace OpenClaw.Edge.Demo;

internal sealed class Terminal : IDisposable
{
    private readonly TextWriter _output;
    private readonly ConcurrentQueue<char> _keys = new();

    private Terminal(TextWriter output)
    {
        _output = output;
        _output.Write("\e[?1049h\e[?25l\e[?7l"); // alternate screen; no cursor; lines that are too long are cut
        if (!Console.IsInputRedirected)
        {
            new Thread(ReadKeys) { IsBackground = true, Name = "keys" }.Start();
        }
    }

    /// <summary>Null where a picture has no place: a pipe, a file, a dumb terminal.</summary>
    public static Terminal? Open(TextWriter output) =>
        ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb")
            ? new Terminal(output)
            : null;

    public bool TryReadKey(out char key) => _keys.TryDequeue(out key);

    public void Paint(IReadOnlyList<string> lines)
    {
        StringBuilder picture = new("\e[?2026h\e[H"); // shown in one go where the terminal can do that
        int most = Math.Max(1, Console.WindowHeight);
        for (int i = 0; i < lines.Count && i < most; i++)
        {
            picture.Append(i == 0 ? "" : "\n").Append(lines[i]).Append("\e[0m\e[K");
        }

        _output.Write(picture.Append("\e[J\e[?2026l"));
        _output.Flush();
    }

    public void Dispose()
    {
        _output.Write("\e[?7h\e[?25h\e[?1049l");
        _output.Flush();
    }

    private void ReadKeys()
    {
        try
        {
            while (true)
            {
                _keys.Enqueue(Console.ReadKey(intercept: true).KeyChar);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // No terminal to read from any more: the picture goes on without keys.
        }
    }
}
