// Stands in until the server is there.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge;

public static class EdgeServer
{
    public static Task<int> RunAsync(ConfigurationLoader loader, LoadResult first, RunOptions options) => Task.FromResult(0);
}
