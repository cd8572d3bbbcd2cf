// A process that a test started: its output line by line, signals, and a sure end. Output arrives on pool threads; every
// other member may be called from any.

using System.Collections.Concurrent;
using System.Diagnostics;

namespace OpenClaw.TestKit;

public sealed class Child : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<int, Child> Running = new();

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    static Child() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (int id in Running.Keys)
        {
            Libc.Signal(id, Libc.SIGKILL); // a run that is broken off leaves nobody behind
        }
    };

    private Child(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>What it has written so far, both streams.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    public string Output => string.Join('\n', _lines);

    public static Child Start(string file, params IEnumerable<string> arguments) => Start(file, arguments, "");

    private static Child Start(string file, IEnumerable<string> arguments, string input)
    {
        ProcessStartInfo start = new(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string name in start.Environment.Keys.Where(IsOurs).ToArray())
        {
            start.Environment.Remove(name); // what a developer has set must not reach the edge under test
        }

        Child child = new(Process.Start(start)!);
        Running[child.Id] = child;
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        child._process.StandardInput.Write(input);
        child._process.StandardInput.Close();
        return child;
    }

    /// <summary>Runs to the end. A run that takes longer than <paramref name="patience"/> is killed, and the wait throws.</summary>
    /// <param name="input">What it reads on its standard input.</param>
    public static async Task<Child> RunAsync(string file, IEnumerable<string> arguments, TimeSpan? patience = null, string input = "")
    {
        Child child = Start(file, arguments, input);
        try
        {
            await child.WaitAsync(patience);
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until it has ended and all of its output is here; the result is its exit code.</summary>
    public async Task<int> WaitAsync(TimeSpan? patience = null)
    {
        try
        {
            await _process.WaitForExitAsync(Deadline.After(patience));
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} has not ended in time; it wrote:\n{Output}");
        }

        Running.TryRemove(Id, out _);
        return _process.ExitCode;
    }

    /// <summary>Waits for a line with this text among what it writes, or has written from line <paramref name="from"/> on.</summary>
    public async Task<string> WaitForLineAsync(string text, int from = 0, TimeSpan? patience = null)
    {
        string? Find() => _lines.Skip(from).FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));
        await Deadline.UntilAsync(
            () => Find() is not null || (HasExited ? throw new InvalidOperationException($"ended with {ExitCode} before \"{text}\":\n{Output}") : false),
            $"\"{text}\" in:\n{Output}", patience);
        return Find()!;
    }

    public void Terminate() => Libc.Signal(Id, Libc.SIGTERM);

    public void HangUp() => Libc.Signal(Id, Libc.SIGHUP);

    public void Kill() => Libc.Signal(Id, Libc.SIGKILL);

    /// <summary>Resident memory now, bytes.</summary>
    public long ResidentBytes()
    {
        string line = File.ReadLines($"/proc/{Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan()["VmRSS:".Length..^"kB".Length]) * 1024;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await WaitAsync();
        }

        Running.TryRemove(_process.Id, out _);
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }

    private static bool IsOurs(string name) => name is "EDGE_CONFIG" or "POLICY_PATH" || name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase);
}
