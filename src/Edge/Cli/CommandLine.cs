// The verbs of openclaw-edge, and what every verb does alike: one message for a wrong flag, faults one to a line.
// Main thread.

using System.CommandLine;
using System.CommandLine.Parsing;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tls;

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
            await error.WriteLineAsync($"openclaw-edge: {Complaint(parsed)} (openclaw-edge --help lists verbs and flags)");
            return ExitCode.BadInput;
        }
        // The server drains on its own terms; the library must not end the process under it.
        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null });
    }

    /// <summary>The loader as every verb uses it; checks of other rooms join here.</summary>
    public static ConfigurationLoader Loader(LaunchSettings launch, bool strict) => new(launch) { Strict = strict, Check = TlsFiles.Check };

    public static void Add(Command command, params Option[] flags)
    {
        foreach (Option flag in flags)
        {
            command.Options.Add(flag);
        }
    }

    /// <summary>A flag's value by a rule of the configuration files; what is wrong with it joins the problems.</summary>
    public static T Value<T>(string flag, string text, Check<T> judge, List<string> problems)
    {
        if (judge(text, out T value) is { } problem)
        {
            problems.Add($"{flag}: {Wording.Show(text)} {problem}");
        }

        return value;
    }

    public static void Print(LoadResult result, TextWriter error)
    {
        foreach (Fault warning in result.Warnings)
        {
            error.WriteLine(warning);
        }

        foreach (Fault fault in result.Faults)
        {
            error.WriteLine(fault);
        }
    }

    /// <summary>One line; an unknown word is named before whatever else it caused.</summary>
    private static string Complaint(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Count == 0)
        {
            ParseError first = parsed.Errors[0];
            string message = string.Join(' ', first.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            SymbolResult? at = first.SymbolResult is ArgumentResult argument ? argument.Parent : first.SymbolResult;
            return at is OptionResult { Option.Name: var name } && !message.Contains(name, StringComparison.Ordinal) ? $"{name}: {message}" : message;
        }

        Command command = parsed.CommandResult.Command;
        string word = parsed.UnmatchedTokens[0];
        IEnumerable<string> known = command.Subcommands.Select(c => c.Name).Concat(command.Options.Select(o => o.Name));
        return $"{Wording.Show(word)} is unknown here{Wording.Suggest(word, known)}";
    }

    private static RootCommand Root() => new("A canary edge proxy for HTTP/1.1")
    {
        RunCommand.Create(),
        ValidateCommand.Create(),
        ExplainCommand.Create(),
        SimulateCommand.Create(),
        DrillCommand.Create(),
        DemoCommand.Create(),
        HealthcheckCommand.Create(),
        SchemaCommand.Create(),
        VersionCommand.Create(),
    };
}
