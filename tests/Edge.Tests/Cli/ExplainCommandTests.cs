// The verb's flags: a request as the edge would take it, and what is said of it.

using OpenClaw.Edge.Cli;
using OpenClaw.Edge.Tests.Policy;

namespace OpenClaw.Edge.Tests.Cli;

public sealed class ExplainCommandTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public ExplainCommandTests()
    {
        _folder.Write("edge.yaml", TestFolder.Edge);
        _folder.Write("policy.yaml", TestFolder.Policy + "\noverrides: {header: {name: X-Canary, trustedCidrs: [10.0.0.0/8]}}\n");
    }

    public void Dispose() => _folder.Dispose();

    private async Task<(int Code, string Output, string Error)> Explain(params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync(["explain", "--policy", _folder.PolicyPath, .. args], output, error);
        return (code, output.ToString(), error.ToString());
    }

    [Fact]
    public async Task RequestThatAsksForAVersion_IsToldRuleByRule()
    {
        (int code, string output, string error) = await Explain("--config", _folder.EdgePath, "--header", "X-Canary: v2", "--client", "10.1.2.3");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal("""
            abort      goes on  the policy does not say abort: true
            guard      goes on  no file says whether a canary is out; a running edge does, on /status
            unhealthy  goes on  no canary is said to be unhealthy
            override   decides  header X-Canary: v2; asks for v2
            result: v2, reason override, drawing a token (bucket 20, refill 2/s); without one v1, reason spilled

            """, output);
    }

    [Fact]
    public async Task WithoutEdgeYaml_TheOtherVersionIsCalledStable()
    {
        Assert.EndsWith("result: position decides: 1 of 20 requests to v2, each drawing a token; bucket 20, refill 2/s; reason weight, stable or spilled\n", (await Explain()).Output);
        Assert.EndsWith("result: stable, reason unhealthy\n", (await Explain("--unhealthy", "v2")).Output);
    }

    [Theory]
    [InlineData("--client: nowhere is no address; write 10.1.2.3 or 2001:db8::1", "--client", "nowhere")]
    [InlineData("--unhealthy: v3 is no canary of the policy; known here: v2", "--unhealthy", "v3")]
    [InlineData("explain: the edge answers 400 before any rule is asked: ", "--header", "X Canary: v2")]
    [InlineData("explain: the edge answers 405 before any rule is asked: ", "--method", "CONNECT")]
    [InlineData("explain: the edge answers 400 before any rule is asked: ", "--target", "nowhere")]
    [InlineData("explain: \"X-A: 1??X-B: 2\" is not one line; write --header 'NAME: VALUE'", "--header", "X-A: 1\r\nX-B: 2")]
    [InlineData("explain: \"\" is not one line; write --header 'NAME: VALUE'", "--header", "")]
    [InlineData("explain: the edge answers 400 before any rule is asked: ", "--header", "Host: a", "--header", "Host: b")]
    public async Task WhatTheEdgeWouldNotTake_IsRefusedWithExitCode2(string complaint, params string[] args)
    {
        (int code, string output, string error) = await Explain(args);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(complaint, error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task PolicyWithAFault_IsToldLikeEverywhere()
    {
        _folder.Write("policy.yaml", TestFolder.Policy.Replace("0.05", "5"));
        Assert.Equal((2, "", $"{_folder.PolicyPath}:6:11: weight: 5 is above 1; use 0.05 or \"5%\"\n"), await Explain());
    }
}
