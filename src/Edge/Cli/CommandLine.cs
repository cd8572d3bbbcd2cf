// The verbs of openclaw-edge, and what every verb does alike: one message for a wrong flag, faults one to a line.
// Main thread.

using System.CommandLine;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Cli;

internal static class CommandLine
{
    public static Task<int> RunAsync(string[] args) => RunAsync(args, Console.Out, Console.Error);

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        // "@file" is a value like any other here, not a file of further flags.
        ParseResult parsed = Root().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            await error.WriteLineAsync($"openclaw-edge: {parsed.Errors[0].Message} (openclaw-edge --help lists verbs and flags)");
            return ExitCode.BadInput;
        }
        // The server drains on its own terms; the library must not end the process under it.
        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null });
    }

    /// <summary>The loader as every verb uses it; checks of other rooms join here.</summary>
    public static ConfigurationLoader Loader(LaunchSettings launch, bool strict) => new(launch) { Strict = strict };

    public static void Print(LoadResult result, TextWriter error)
    {
        foreach (Fault warning in result.Warnings) error.WriteLine(warning);
        foreach (Fault fault in result.Faults) error.WriteLine(fault);
    }

    private static RootCommand Root() => new("A canary edge proxy for HTTP/1.1")
    {
        RunCommand.Create(),
        ValidateCommand.Create(),
        HealthcheckCommand.Create(),
        VersionCommand.Create(),
    };
}
