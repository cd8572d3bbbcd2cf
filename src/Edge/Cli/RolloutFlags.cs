// The flags by which verbs that serve nobody are told which policy they are to think about. Main thread.

using System.CommandLine;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Cli;

/// <summary>A policy, and the edge it was checked against.</summary>
/// <param name="Edge">Null: there was no edge.yaml, and the policy's versions are taken at their word.</param>
internal sealed record Rollout(RolloutPolicy Policy, EdgeSettings? Edge)
{
    public string Stable => Edge?.Stable ?? "stable";
}

internal sealed class RolloutFlags
{
    private readonly Option<string?> _policy = ConfigurationFlags.Text(
        "--policy", "FILE", "policy.yaml (else POLICY_PATH, else policy: in the file of --config)");
    private readonly Option<string?> _config = ConfigurationFlags.Text(
        "--config", "FILE", "edge.yaml, to check the policy's versions against; without it they are taken at their word");

    public void AddTo(Command command)
    {
        command.Options.Add(_policy);
        command.Options.Add(_config);
    }

    /// <returns>Null: what is wrong has been told.</returns>
    public Rollout? Read(ParseResult parsed)
    {
        TextWriter error = parsed.InvocationConfiguration.Error;
        string? fromEnvironment = Environment.GetEnvironmentVariable(LaunchSettings.PolicyVariable);
        if (parsed.GetValue(_config) is { } config)
        {
            // Certificates are not looked at: this may be another machine.
            LaunchSettings launch = new() { ConfigFlag = config, PolicyFlag = parsed.GetValue(_policy), PolicyFromEnvironment = fromEnvironment };
            LoadResult result = new ConfigurationLoader(launch).Load(TimeProvider.System);
            CommandLine.Print(result, error);
            return result.Snapshot is { } snapshot ? new Rollout(snapshot.Rollout, snapshot.Edge) : null;
        }

        (string? path, string origin) = parsed.GetValue(_policy) is { } flag ? (flag, "--policy") : (fromEnvironment, LaunchSettings.PolicyVariable);
        if (string.IsNullOrEmpty(path))
        {
            error.WriteLine("--policy: name the file: --policy policy.yaml");
            return null;
        }

        (RolloutPolicy? policy, LoadResult load) = ConfigurationLoader.LoadPolicy(path, origin);
        CommandLine.Print(load, error);
        return policy is null ? null : new Rollout(policy, null);
    }
}
