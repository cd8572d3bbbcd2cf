// The verb that shows what a policy does to a flow of requests before anyone sends one. Main thread.

using System.CommandLine;
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
        PictureFlags picture = new();
        Command command = new("simulate", "Show what a policy does to a flow of requests: the edge's own split on a clock of its own");
        rollout.AddTo(command);
        traffic.AddTo(command);
        CommandLine.Add(command, workers, seed);
        picture.AddTo(command);
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
            bool shown = picture.Show(parsed, () => JsonReport.Render(scenario, naming, result), chart => report.Write(output, chart), report.Svg);
            return shown ? ExitCode.Clean : ExitCode.BadInput;
        });
        return command;
    }
}
