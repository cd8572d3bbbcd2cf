// The flags by which verbs that serve nobody are told which policy they are to think about. Main thread.

using System.CommandLine;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Cli;

internal sealed class RolloutFlags
{
    private readonly Option<string?> _policy = ConfigurationFlags.Text(
        "--policy", "FILE", "policy.yaml (else POLICY_PATH, else policy: in the file of --config)");
    private readonly Option<string?> _config = ConfigurationFlags.Text(
        "--config", "FILE", "edge.yaml, to check the policy's versions against; without it they are taken at their word");

    public void AddTo(Command command) => CommandLine.Add(command, _policy, _config);

    /// <summary>True: the edge is the one of a file, not made up around the policy.</summary>
    public bool HasEdge(ParseResult parsed) => parsed.GetValue(_config) is not null;

    /// <param name="otherwise">What to think about where no file is named; null: one must be.</param>
    /// <returns>Null: what is wrong has been told.</returns>
    public Snapshot? Read(ParseResult parsed, RolloutPolicy? otherwise = null)
    {
        TextWriter error = parsed.InvocationConfiguration.Error;
        string? flag = parsed.GetValue(_policy), variable = Environment.GetEnvironmentVariable(LaunchSettings.PolicyVariable);
        LoadResult result;
        if (parsed.GetValue(_config) is { } config)
        {
            // Certificates are not looked at: this may be another machine.
            result = new ConfigurationLoader(new LaunchSettings { ConfigFlag = config, PolicyFlag = flag, PolicyFromEnvironment = variable }).Load(TimeProvider.System);
        }
        else if (string.IsNullOrEmpty(flag ?? variable))
        {
            if (flag is null && otherwise is not null)
            {
                return new Snapshot(ConfigurationLoader.EdgeAround(otherwise), otherwise, Revision: "", NoticedAt: 0);
            }

            error.WriteLine("--policy: name the file: --policy policy.yaml");
            return null;
        }
        else
        {
            result = flag is null ? ConfigurationLoader.LoadPolicy(variable!, LaunchSettings.PolicyVariable) : ConfigurationLoader.LoadPolicy(flag, "--policy");
        }

        CommandLine.Print(result, error);
        return result.Snapshot is { Rollout.WeightFrom: not null } asking ? Ceilings(asking, error) : result.Snapshot;
    }

    /// <summary>Who decides on the weights is not asked here.</summary>
    private static Snapshot Ceilings(Snapshot snapshot, TextWriter error)
    {
        Snapshot most = snapshot.AtCeilings();
        string weights = string.Join(", ", most.Rollout.Canaries.Select(canary => $"{Wording.Show(canary.Version)} {Wording.Show(canary.Weight * 100)}%"));
        error.WriteLine($"note: weightFrom: Kubernetes is not asked here; the file's ceilings are taken for weights ({(weights == "" ? "no canary" : weights)}), and no rule of a route for headers is known");
        return most;
    }
}
