// The published edge as a process: started with the flags a test gives, on ports the kernel chooses, found out from its
// own log. Owns the process.

namespace OpenClaw.TestKit;

public sealed class EdgeProcess : IAsyncDisposable
{
    private EdgeProcess(Child process) => Process = process;

    public Child Process { get; }

    /// <summary>Addresses as logged, in the order of the listeners: http://127.0.0.1:NNN, https://..., unix:/path.</summary>
    public required IReadOnlyList<string> Addresses { get; init; }

    public string Address => Addresses[0];

    public int Port => PortOf(Address);

    /// <summary>The side port, http://127.0.0.1:NNN; null where it was switched off.</summary>
    public string? Admin { get; init; }

    /// <summary>The working copy that this assembly was built in.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Where ./run.sh build puts the binary; OPENCLAW_EDGE names another.</summary>
    public static string Binary { get; } = Environment.GetEnvironmentVariable("OPENCLAW_EDGE") ?? Path.Combine(Repository, "artifacts", "openclaw-edge");

    /// <summary>Starts <c>run</c> on one plain port of 127.0.0.1 in front of <paramref name="versions"/>, one worker, no side port.</summary>
    public static Task<EdgeProcess> StartAsync(string[] versions, params IEnumerable<string> more)
    {
        string[] extra = [.. more];
        return StartAsync(
        [
            .. extra.Contains("--listen") ? Array.Empty<string>() : ["--listen", "http://127.0.0.1:0"],
            .. extra.Contains("--admin") ? Array.Empty<string>() : ["--admin", "none"],
            .. extra.Contains("--workers") ? Array.Empty<string>() : ["--workers", "1"],
            .. versions.SelectMany(version => new[] { "--upstream", version }),
            .. extra,
        ], listeners: Math.Max(1, extra.Count(argument => argument == "--listen")));
    }

    /// <summary>Starts <c>run</c> with exactly these flags and waits until it says that it listens.</summary>
    /// <param name="listeners">How many addresses to wait for.</param>
    public static async Task<EdgeProcess> StartAsync(string[] flags, int listeners)
    {
        Child process = Child.Start(Binary, ["run", .. flags]);
        try
        {
            int admin = Array.IndexOf(flags, "--admin");
            string? side = admin >= 0 && flags[admin + 1] == "none" ? null : After(await process.WaitForLineAsync("side port on "), "side port on ");
            await Deadline.UntilAsync(() => Listening(process).Count >= listeners || process.HasExited, "the edge to listen");
            if (process.HasExited)
            {
                throw new InvalidOperationException($"the edge ended with {await process.WaitAsync()}:\n{process.Output}");
            }

            return new EdgeProcess(process) { Addresses = Listening(process), Admin = side };
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Changes the configuration and waits until a new one is in force on every worker.</summary>
    public async Task ReloadAsync(Action change)
    {
        int lines = Process.Lines.Count;
        change();
        await Process.WaitForLineAsync("in force on every worker", lines);
    }

    public static int PortOf(string address) => int.Parse(address.AsSpan(address.LastIndexOf(':') + 1));

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    private static List<string> Listening(Child process) =>
        [.. process.Lines.Where(line => line.Contains("listening on ")).Select(line => After(line, "listening on "))];

    private static string After(string line, string words)
    {
        string rest = line[(line.IndexOf(words, StringComparison.Ordinal) + words.Length)..];
        int end = rest.AsSpan().IndexOfAny(',', ' ');
        return end < 0 ? rest : rest[..end];
    }

    private static string FindRepository()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "OpenClaw.Aot.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException("this is not run from within the repository; set OPENCLAW_EDGE");
    }
}
