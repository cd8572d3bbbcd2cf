// The verb: its flags, the policy it takes, and the exit code by which a pipeline knows.

using System.Text.Json;
using OpenClaw.Edge.Cli;
using OpenClaw.Edge.Tests.Policy;

namespace OpenClaw.Edge.Tests.Cli;

public sealed class DrillCommandTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static async Task<(int Code, string Output, string Error)> Drill(params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync(["drill", .. args], output, error);
        return (code, output.ToString(), error.ToString());
    }

    private Task<(int Code, string Output, string Error)> DrillWith(string policy, params string[] args) =>
        Drill(["--policy", _folder.Write("policy.yaml", policy), "--scenario", "error-burst", "--runs", "2", .. args]);

    [Fact]
    public async Task WithoutAPolicy_RehearsesTheDefaults()
    {
        (int code, string output, string error) = await Drill("--scenario", "error-burst", "--runs", "2");
        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith("v2 at 5 % of 200/s; 2 run(s) each, 8 worker(s), seed 1\n", output);
        Assert.Matches(@"\nerror-burst +trip +2/2 +0 ", output);
        Assert.EndsWith("\n1 of 1 as expected\n", output);
    }

    [Fact]
    public async Task GuardThatMissesAFault_EndsWith1()
    {
        (int code, string output, string error) = await DrillWith("canary: {version: v9, weight: 5%}\nguard: {mode: off}\n");
        Assert.Equal((1, ""), (code, error));
        Assert.StartsWith("v9 at 5 %", output);
        Assert.Contains("did not trip within 5m\n0 of 1 as expected\nnote: guard.mode is off: it never looks\n", output);
    }

    [Fact]
    public async Task WeightAndDuration_AreTakenFromTheFlags()
    {
        (int code, string output, _) = await DrillWith("canary: {version: v2, weight: 0}\n", "--weight", "20%", "--duration", "2s", "--rate", "600/m", "--json");
        Assert.Equal(1, code); // four requests are no proof
        JsonElement json = JsonDocument.Parse(output).RootElement;
        Assert.Equal((0.2, 10, 2), (json.GetProperty("weight").GetDouble(), json.GetProperty("ratePerSecond").GetDouble(), json.GetProperty("scenarios")[0].GetProperty("watchedSeconds").GetDouble()));
    }

    [Fact]
    public async Task SameSeed_SameOutput()
    {
        string[] flags = ["--scenario", "flapping", "--runs", "2", "--json"];
        Assert.Equal(await Drill(flags), await Drill(flags));
        Assert.NotEqual((await Drill(flags)).Output, (await Drill([.. flags, "--seed", "2"])).Output);
    }

    [Fact]
    public async Task Svg_IsWrittenBesideTheText()
    {
        string path = Path.Combine(_folder.Root, "picture.svg");
        Assert.Equal(0, (await Drill("--scenario", "total-outage", "--runs", "1", "--svg", path)).Code);
        Assert.StartsWith("<svg ", File.ReadAllText(path));
        (int code, _, string error) = await Drill("--scenario", "total-outage", "--runs", "1", "--svg", _folder.Root);
        Assert.Equal((2, $"--svg: {_folder.Root} is a directory\n"), (code, error));
    }

    [Theory]
    [InlineData("--scenario: error-brust is none of them; did you mean error-burst?", "--scenario", "error-brust")]
    [InlineData("--rate: 5/d has another unit than /s, /m or /h", "--rate", "5/d")]
    [InlineData("--duration: 0s is", "--duration", "0s")]
    [InlineData("--weight: 5 is above 1; use 0.05 or \"5%\"", "--weight", "5")]
    [InlineData("--runs: 0 is", "--runs", "0")]
    [InlineData("--seed: x is", "--seed", "x")]
    [InlineData("drill: that is ", "--rate", "1000000")]
    [InlineData("drill: nothing comes", "--rate", "0")]
    [InlineData("drill: v2 has a weight of 0", "--weight", "0")]
    public async Task BadFlag_EndsWith2AndOneLine(string complaint, params string[] args)
    {
        (int code, string output, string error) = await Drill(args);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(complaint, error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("drill: the policy names no canary, so there is nothing to take out\n", "abort: true\n")]
    [InlineData("--weight: with those of the other canaries it sums to more than 1\n", "canaries: [{version: v2, weight: 0.1}, {version: v3, weight: 0.6}]\n", "--weight", "0.5")]
    public async Task PolicyWithNothingToRehearse_EndsWith2(string complaint, string policy, params string[] args) =>
        Assert.Equal((2, "", complaint), await DrillWith(policy, args));

    [Fact]
    public async Task WithEdgeYaml_VersionsAndWorkersAreItsOwn()
    {
        string edge = _folder.Write("edge.yaml", TestFolder.Edge + "\nworkers: 3");
        (int code, string output, _) = await DrillWith(TestFolder.Policy, "--config", edge);
        Assert.Equal(0, code);
        Assert.Contains("2 run(s) each, 3 worker(s)", output);
        Assert.Contains("bucket of 20, refilled at 2/s", output.Replace('\n', ' '));
    }
}
