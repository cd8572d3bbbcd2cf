// A directory of its own for one test, and the loads that tests make from it.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Policy;

internal sealed class TestFolder : IDisposable
{
    public const string Edge = """
        listeners:
        - address: "127.0.0.1:8080"
        versions:
          v1: {endpoints: ["http://127.0.0.1:9001"]}
          v2: {endpoints: ["http://127.0.0.1:9002"]}
        """;

    public const string Policy = """
        bucket:
          capacity: 20
          refillRate: 2
        canary:
          version: v2
          weight: 0.05
        """;

    public string Root { get; } = Directory.CreateTempSubdirectory("openclaw-").FullName;

    public string EdgePath => Path.Combine(Root, "edge.yaml");
    public string PolicyPath => Path.Combine(Root, "policy.yaml");

    /// <summary>Both files by flag, nothing from the environment.</summary>
    public LaunchSettings Launch => new() { ConfigFlag = EdgePath, PolicyFlag = PolicyPath, DefaultConfigFile = "/nonexistent/edge.yaml" };

    public string Write(string name, string content)
    {
        string path = Path.Combine(Root, name);
        File.WriteAllText(path, content);
        return path;
    }

    public static LoadResult Load(string edge, string? policy, bool strict = false, LaunchSettings? flags = null)
    {
        using TestFolder folder = new TestFolder();
        folder.Write("edge.yaml", edge);
        if (policy is not null)
        {
            folder.Write("policy.yaml", policy);
        }

        LaunchSettings launch = (flags ?? folder.Launch) with { ConfigFlag = folder.EdgePath, PolicyFlag = policy is null ? null : folder.PolicyPath };
        return new ConfigurationLoader(launch) { Strict = strict }.Load(TimeProvider.System);
    }

    /// <summary>"line:column: message", without the directory of the test.</summary>
    public static string Brief(Fault fault) =>
        fault.Line == 0 ? $"{fault.File}: {fault.Message}" : $"{fault.Line}:{fault.Column}: {fault.Message}";

    public static List<string> Brief(IEnumerable<Fault> faults) => faults.Select(Brief).ToList();

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
