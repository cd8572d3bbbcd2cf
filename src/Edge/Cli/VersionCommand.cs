// Says which release this binary is. Main thread.

using System.CommandLine;

namespace OpenClaw.Edge.Cli;

internal static class VersionCommand
{
    public static Command Create()
    {
        Command command = new Command("version", "Print the version");
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine($"openclaw-edge {Release.Version}"));
        return command;
    }
}
