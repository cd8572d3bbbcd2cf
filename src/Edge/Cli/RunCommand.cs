// The verb that serves: loads the configuration, says what is wrong with it, and hands over to the server.
// Main thread; keeps nothing.

using System.CommandLine;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Cli;

internal static class RunCommand
{
    public static Command Create()
    {
        ConfigurationFlags flags = new();
        Option<string?> stateDir = ConfigurationFlags.Text("--state-dir", "DIR", "for what must survive a restart: which canaries the guard has taken out");
        Option<string?> logFormat =
            ConfigurationFlags.Text("--log-format", "text|json", "form of the process' own log lines on stderr (default text)");
        logFormat.AcceptOnlyFromAmong("text", "json");
        Command command = new Command("run", "Serve until SIGTERM; SIGHUP reloads");
        flags.AddTo(command);
        command.Options.Add(stateDir);
        command.Options.Add(logFormat);
        command.SetAction(async (parsed, _) =>
        {
            ConfigurationLoader loader = CommandLine.Loader(flags.Read(parsed, Environment.GetEnvironmentVariable), strict: false);
            LogFormat format = parsed.GetValue(logFormat) == "json" ? LogFormat.Json : LogFormat.Text;
            return await RunAsync(loader, new RunOptions(parsed.GetValue(stateDir), format), parsed.InvocationConfiguration.Error);
        });
        return command;
    }

    public static async Task<int> RunAsync(ConfigurationLoader loader, RunOptions options, TextWriter error)
    {
        LoadResult first = loader.Load(TimeProvider.System);
        CommandLine.Print(first, error);
        return first.Snapshot is null ? ExitCode.BadInput : await EdgeServer.RunAsync(loader, first, options);
    }
}
