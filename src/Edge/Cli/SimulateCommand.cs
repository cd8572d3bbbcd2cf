// The verb that shows what a policy does to a flow of requests before anyone sends one. Main thread.

using System.CommandLine;
using System.Text;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Simulate;

namespace OpenClaw.Edge.Cli;

internal static class SimulateCommand
{
    private const int Workers = 8;

    public static Command Create()
    {
        RolloutFlags rollout = new();
        TrafficFlags traffic = new();
        Option<string?> workers = ConfigurationFlags.Text("--workers", "N", $"threads that decide (default: workers of --config, else {Workers})");
        Option<string?> seed = ConfigurationFlags.Text("--seed", "N", "of all that is random here; the same seed gives the same result (default 1)");
        Option<string?> svg = ConfigurationFlags.Text("--svg", "FILE", "writes the picture there too");
        Option<bool> ascii = new("--ascii") { Description = "draws with ASCII only, as it does where the output is no terminal or NO_COLOR is set" };
        Option<bool> json = new("--json") { Description = "prints one JSON document instead of table and picture" };
        Command command = new("simulate", "Show what a policy does to a flow of requests: the edge's own split on a clock of its own");
        rollout.AddTo(command);
        traffic.AddTo(command);
        CommandLine.Add(command, workers, seed, svg, ascii, json);
        command.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output, error = parsed.InvocationConfiguration.Error;
            List<string> problems = [];
            int threads = CommandLine.Value<int>("--workers", parsed.GetValue(workers) ?? "0", Rules.Count(0, 1024).Judge, problems);
            int number = CommandLine.Value<int>("--seed", parsed.GetValue(seed) ?? "1", Rules.Count(0, int.MaxValue).Judge, problems);
            Snapshot? snapshot = rollout.Read(parsed);
            Flow? flow = traffic.Read(parsed, number, error, problems);
            problems.ForEach(error.WriteLine);
            if (snapshot is null || flow is null || problems.Count > 0)
            {
                return ExitCode.BadInput;
            }

            threads = threads > 0 ? threads : snapshot.Edge.Workers > 0 ? snapshot.Edge.Workers : Workers;
            Scenario scenario = new(snapshot.Rollout, flow.Arrivals, flow.Rate, flow.Duration, threads, number);
            SimulationResult result = Simulation.Run(scenario);
            Naming naming = new(snapshot.Edge.Stable, flow.Words);
            Report report = new(scenario, naming, result);
            if (parsed.GetValue(json))
            {
                output.Write(Encoding.UTF8.GetString(JsonReport.Render(scenario, naming, result)));
            }
            else
            {
                report.Write(output, new Chart(rich: !parsed.GetValue(ascii) && IsTerminal(output)));
            }

            return parsed.GetValue(svg) is not { } path || TryWrite(path, report.Svg(), error) ? ExitCode.Clean : ExitCode.BadInput;
        });
        return command;
    }

    private static bool TryWrite(string path, string text, TextWriter error)
    {
        try
        {
            File.WriteAllText(path, text);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string why = Directory.Exists(path) ? "is a directory" : path == "" ? "names no file" : $"cannot be written: {e.Message}";
            error.WriteLine($"--svg: {Wording.Show(path)} {why}");
            return false;
        }
    }

    /// <summary>Whether colours and blocks have a place there (https://no-color.org: set, and not empty).</summary>
    private static bool IsTerminal(TextWriter output) =>
        ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
}
