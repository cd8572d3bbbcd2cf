// Checks a configuration without serving it: every fault and warning to stderr, one line each. Main thread.

using System.CommandLine;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Cli;

internal static class ValidateCommand
{
    public static Command Create()
    {
        ConfigurationFlags flags = new ConfigurationFlags();
        Option<bool> strict = new Option<bool>("--strict") { Description = "keys without effect are errors" };
        Command command = new Command("validate", "Check the configuration and list every fault");
        flags.AddTo(command);
        command.Options.Add(strict);
        command.SetAction(parsed =>
        {
            ConfigurationLoader loader = CommandLine.Loader(flags.Read(parsed, Environment.GetEnvironmentVariable), parsed.GetValue(strict));
            LoadResult result = loader.Load(TimeProvider.System);
            CommandLine.Print(result, parsed.InvocationConfiguration.Error);
            if (result.Snapshot is null)
            {
                return ExitCode.BadInput;
            }

            parsed.InvocationConfiguration.Output.WriteLine($"valid, revision {result.Snapshot.Revision}");
            return ExitCode.Clean;
        });
        return command;
    }
}
