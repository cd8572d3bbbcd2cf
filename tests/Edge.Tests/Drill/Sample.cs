// The setups that tests of the drill rehearse.

using OpenClaw.Edge.Drill;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Drill;

internal static class Sample
{
    public static readonly RolloutPolicy Policy = new() { Canaries = [new CanarySettings("v2", 0.05)] };

    public static Incident Of(string name) => Incident.All.Single(incident => incident.Name == name);

    public static Setup Setup(RolloutPolicy? policy = null, double rate = 200, int runs = 3, int workers = 4, TimeSpan? watched = null, int seed = 1, bool fallsBack = true)
    {
        policy ??= Policy;
        EdgeSettings edge = ConfigurationLoader.EdgeAround(policy);
        edge = edge with { Versions = [.. edge.Versions.Select(version => version with { Retry = new RetrySettings { CanaryToStable = fallsBack } })] };
        return new Setup(OpenClaw.Edge.Drill.Setup.For(new Snapshot(edge, policy, "", 0), weight: null), rate, watched, workers, runs, seed);
    }
}
