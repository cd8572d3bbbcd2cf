// The verbs that serve nobody, with a policy whose weights somebody else has: the file's ceilings are the weights, and it is said.

using OpenClaw.Edge.Cli;
using OpenClaw.Edge.Tests.Policy;

namespace OpenClaw.Edge.Tests.Cli;

public sealed class CeilingTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private async Task<(int Code, string Output, string Error)> Run(string policy, params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync([args[0], "--policy", _folder.Write("policy.yaml", "weightFrom: {httpRoute: r}\n" + policy), .. args[1..]], output, error);
        return (code, output.ToString(), error.ToString());
    }

    [Theory]
    [InlineData("canary: {version: v2, weight: 5%}", "v2 5%", "position decides: 1 of 20 requests to v2")]
    [InlineData("canary: {version: v2}", "v2 100%", "position decides: 1 of 1 requests to v2")]
    [InlineData("canaries: [{version: v2}, {version: v3}]", "v2 50%, v3 50%", "position decides: 1 of 2 requests to v2 and 1 of 2 requests to v3")]
    [InlineData("canary: {version: v2, weight: 0}", "v2 0%", "stable, reason stable: the canary's weight is 0")]
    public async Task Explain_TakesTheCeilingsForWeights(string policy, string weights, string result)
    {
        (int code, string output, string error) = await Run(policy, "explain");
        Assert.Equal(0, code);
        Assert.Equal($"note: weightFrom: Kubernetes is not asked here; the file's ceilings are taken for weights ({weights}), and no rule of a route for headers is known\n", error);
        Assert.Contains($"result: {result}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Simulate_TakesTheCeilingsForWeights()
    {
        (int code, string output, string error) = await Run("canary: {version: v2, weight: 5%}", "simulate", "--rate", "40", "--duration", "1m", "--arrivals", "even");
        Assert.Equal(0, code);
        Assert.StartsWith("note: weightFrom: ", error, StringComparison.Ordinal);
        Assert.StartsWith("v2 at 5 %; 40/s even for 1m\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drill_TakesTheCeilingsForWeights()
    {
        (int code, string output, string error) = await Run("canary: {version: v2, weight: 0}", "drill", "--runs", "1");
        Assert.Equal((ExitCode.BadInput, ""), (code, output));
        Assert.Contains("note: weightFrom: ", error, StringComparison.Ordinal);
        Assert.Contains("v2 has a weight of 0; say --weight 0.05", error, StringComparison.Ordinal);
    }
}
