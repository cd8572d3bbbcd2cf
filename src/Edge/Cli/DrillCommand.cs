// The verb that rehearses a rollback: would these guard settings catch it? Main thread.

using System.CommandLine;
using System.Globalization;
using OpenClaw.Edge.Drill;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Cli;

internal static class DrillCommand
{
    private const int Workers = 8, Runs = 20, RunsMax = 10_000;
    private const string Rate = "200", All = "all";

    /// <summary>More take minutes, and say nothing that fewer do not.</summary>
    private const double WorkMax = 1e9;

    /// <summary>What is rehearsed where no policy is named.</summary>
    private static readonly RolloutPolicy Sample = new() { Canaries = [new CanarySettings("v2", 0.05)] };

    public static Command Create()
    {
        RolloutFlags rollout = new();
        string names = string.Join(", ", Incident.All.Select(incident => incident.Name));
        Option<string?> scenario = ConfigurationFlags.Text("--scenario", $"NAME|{All}", $"{names}; or {All} (default)");
        Option<string?> rate = ConfigurationFlags.Text("--rate", TrafficFlags.RateForm, $"requests to the edge (default {Rate}/s)");
        Option<string?> duration = ConfigurationFlags.Text("--duration", "TIME", "how long the guard has from the fault on (default: as each scenario says)");
        Option<string?> weight = ConfigurationFlags.Text("--weight", "W", "weight of the canary that goes bad, the policy's first: 0.05, 5%");
        Option<string?> runs = ConfigurationFlags.Text("--runs", "N", $"of each scenario (default {Runs})");
        Option<string?> seed = ConfigurationFlags.Text("--seed", "N", "of all that is random here; the same seed gives the same result (default 1)");
        PictureFlags picture = new();
        Command command = new("drill", "Rehearse a rollback: the edge's own guard against made-up faults, on a clock of its own; ends with 1 if one is not caught, or good releases are");
        rollout.AddTo(command);
        CommandLine.Add(command, scenario, rate, duration, weight, runs, seed);
        picture.AddTo(command);
        command.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output, error = parsed.InvocationConfiguration.Error;
            List<string> problems = [];
            string rateText = parsed.GetValue(rate) ?? Rate;
            double perSecond = CommandLine.Value<double>("--rate", rateText, TrafficFlags.ReadRate, problems);
            TimeSpan? watched = parsed.GetValue(duration) is { } time
                ? CommandLine.Value("--duration", time, Rules.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(30)).Judge, problems) : null;
            double? share = parsed.GetValue(weight) is { } part ? CommandLine.Value<double>("--weight", part, Rules.Weight.Judge, problems) : null;
            int times = CommandLine.Value<int>("--runs", parsed.GetValue(runs) ?? $"{Runs}", Rules.Count(1, RunsMax).Judge, problems);
            int number = CommandLine.Value<int>("--seed", parsed.GetValue(seed) ?? "1", Rules.Count(0, int.MaxValue).Judge, problems);
            List<Incident> incidents = Chosen(parsed.GetValue(scenario) ?? All, problems);
            Snapshot? snapshot = rollout.Read(parsed, otherwise: Sample);
            if (snapshot is not null && problems.Count == 0)
            {
                snapshot = Setup.For(snapshot, share);
                problems.AddRange(Unfit(snapshot.Rollout, perSecond));
            }

            if (snapshot is null || problems.Count > 0)
            {
                problems.ForEach(error.WriteLine);
                return ExitCode.BadInput;
            }

            Setup setup = new(snapshot, perSecond, watched, snapshot.Edge.Workers > 0 ? snapshot.Edge.Workers : Workers, times, number);
            if (incidents.Sum(setup.Work) is > WorkMax and var work)
            {
                error.WriteLine($"drill: that is {work.ToString("#,0", CultureInfo.InvariantCulture)} requests and looks; {WorkMax:#,0} is the most; take fewer --runs or one --scenario");
                return ExitCode.BadInput;
            }

            Verdict[] verdicts = [.. incidents.Select(incident => Verdict.Of(incident, setup))];
            DrillReport report = new(setup, TrafficFlags.WithUnit(rateText), verdicts);
            bool shown = picture.Show(parsed, () => DrillJson.Render(setup, verdicts), chart => report.Write(output, chart), report.Svg);
            return !shown ? ExitCode.BadInput : verdicts.All(verdict => verdict.IsAsExpected) ? ExitCode.Clean : ExitCode.Failed;
        });
        return command;
    }

    private static List<Incident> Chosen(string name, List<string> problems)
    {
        List<Incident> chosen = [.. Incident.All.Where(incident => name == All || incident.Name == name)];
        if (chosen.Count == 0)
        {
            problems.Add($"--scenario: {Wording.Show(name)} is none of them{Wording.Suggest(name, Incident.All.Select(incident => incident.Name).Append(All))}");
        }

        return chosen;
    }

    /// <summary>Why there is nothing to rehearse.</summary>
    private static IEnumerable<string> Unfit(RolloutPolicy policy, double rate)
    {
        if (policy.Canaries.Count == 0)
        {
            yield return "drill: the policy names no canary, so there is nothing to take out";
        }
        else if (policy.Canaries[0].Weight == 0)
        {
            yield return $"drill: {Wording.Show(policy.Canaries[0].Version)} has a weight of 0; say --weight 0.05";
        }
        else if (rate == 0)
        {
            yield return "drill: nothing comes; write --rate 40";
        }
        else if (policy.Canaries.Sum(canary => canary.Weight) > 1 + 1e-9)
        {
            yield return "--weight: with those of the other canaries it sums to more than 1";
        }
    }
}
