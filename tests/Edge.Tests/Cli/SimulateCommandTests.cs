// The verb's flags: what it takes, what it refuses and with which words.

using System.Text.Json;
using OpenClaw.Edge.Cli;
using OpenClaw.Edge.Tests.Policy;

namespace OpenClaw.Edge.Tests.Cli;

public sealed class SimulateCommandTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public SimulateCommandTests() => _folder.Write("policy.yaml", TestFolder.Policy);

    public void Dispose() => _folder.Dispose();

    private static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync(["simulate", .. args], output, error);
        return (code, output.ToString(), error.ToString());
    }

    private Task<(int Code, string Output, string Error)> Simulate(params string[] args) => Run(["--policy", _folder.PolicyPath, .. args]);

    [Fact]
    public async Task RateAndDuration_AreSimulated()
    {
        (int code, string output, string error) = await Simulate("--rate", "40", "--duration", "5m", "--arrivals", "even");
        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith("v2 at 5 %; 40/s even for 5m\nbucket of 20 tokens, refilled at 2/s, full at the start; 8 worker(s)\n", output);
        Assert.Matches(@"\nstable +11,400 +95 % +38\.00\n", output);
        Assert.Equal(output, (await Simulate("--rate", "40", "--duration", "5m", "--arrivals", "even")).Output);
    }

    [Theory]
    [InlineData("3/m", 30)]
    [InlineData("180/h", 30)]
    [InlineData("0.05/s", 30)]
    public async Task Rate_HasItsUnit(string rate, int requests)
    {
        JsonElement json = JsonDocument.Parse((await Simulate("--rate", rate, "--duration", "10m", "--arrivals", "even", "--json")).Output).RootElement;
        Assert.Equal(requests, json.GetProperty("requests").GetInt32());
    }

    [Fact]
    public async Task Bursts_AreAddedToTheRate()
    {
        string output = (await Simulate("--rate", "10", "--burst", "20@10s", "--burst", "5@1s", "--duration", "1m", "--arrivals", "even", "--json")).Output;
        JsonElement json = JsonDocument.Parse(output).RootElement;
        Assert.Equal(600 + (5 * 20) + (59 * 5), json.GetProperty("requests").GetInt32());
        Assert.Equal("10/s even and 20@10s at once and 5@1s at once for 1m", json.GetProperty("traffic").GetString());
    }

    [Theory]
    [InlineData("--rate: fast is not a number", "--rate", "fast")]
    [InlineData("--rate: -1 is below 0", "--rate", "-1")]
    [InlineData("--rate: 4/d has another unit than /s, /m or /h", "--rate", "4/d")]
    [InlineData("--duration: 5 has no unit; write 5s or 5ms", "--rate", "1", "--duration", "5")]
    [InlineData("--duration: 0s is below 1ms", "--rate", "1", "--duration", "0s")]
    [InlineData("--burst: 20 is no burst; write 20@1s: twenty at once every second", "--burst", "20")]
    [InlineData("--burst: x@1s has a count that is not a whole number", "--burst", "x@1s")]
    [InlineData("--burst: 20@1 has a time that has no unit; write 1s or 1ms", "--burst", "20@1")]
    [InlineData("--workers: 5000 is above 1024", "--rate", "1", "--workers", "5000")]
    [InlineData("--seed: x is not a whole number", "--rate", "1", "--seed", "x")]
    [InlineData("simulate: nothing comes; write --rate 40, --burst 20@1s or --replay access.log")]
    [InlineData("simulate: that is 60,000,000 requests; 50,000,000 is the most; shorten --duration", "--rate", "100000", "--duration", "10m")]
    [InlineData("--arrivals: Argument 'often' not recognized.", "--arrivals", "often")]
    [InlineData("--rate: does not go with --replay, which brings its own arrivals", "--replay", "x", "--rate", "3")]
    [InlineData("--replay: /nonexistent/access.log does not exist", "--replay", "/nonexistent/access.log")]
    [InlineData("--replay: / is a directory", "--replay", "/")]
    [InlineData("--replay: \"\" names no file", "--replay", "")]
    [InlineData("--svg: /nonexistent/a.svg cannot be written", "--rate", "1", "--svg", "/nonexistent/a.svg")]
    [InlineData("--svg: / is a directory", "--rate", "1", "--svg", "/")]
    [InlineData("--svg: \"\" names no file", "--rate", "1", "--svg", "")]
    [InlineData("--burst: 5@5m never comes within 5m", "--rate", "1", "--burst", "5@5m")]
    public async Task WrongValue_IsToldWithExitCode2(string complaint, params string[] args)
    {
        (int code, _, string error) = await Simulate(args);
        Assert.Equal(2, code);
        Assert.StartsWith(complaint, error.Replace("openclaw-edge: ", "", StringComparison.Ordinal));
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task BadPolicy_IsToldLikeEverywhere()
    {
        string path = _folder.Write("bad.yaml", TestFolder.Policy.Replace("0.05", "5"));
        (int code, string output, string error) = await Run("--policy", path, "--rate", "1");
        Assert.Equal((2, "", $"{path}:6:11: weight: 5 is above 1; use 0.05 or \"5%\"\n"), (code, output, error));
        Assert.Equal((2, "", "--policy: /nonexistent.yaml does not exist\n"), await Run("--policy", "/nonexistent.yaml", "--rate", "1"));
        Assert.Equal((2, "", "--policy: name the file: --policy policy.yaml\n"), await Run("--rate", "1"));
        Assert.Equal((2, "", "--policy: name the file: --policy policy.yaml\n"), await Run("--policy", "", "--rate", "1"));
    }

    [Fact]
    public async Task WithEdgeYaml_VersionsAreCheckedAndNamed()
    {
        string edge = _folder.Write("edge.yaml", TestFolder.Edge + "\nworkers: 3");
        (int code, string output, string error) = await Simulate("--config", edge, "--rate", "10");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("; 3 worker(s)", output);
        Assert.Contains("\nv1 stable ", output);
        string other = _folder.Write("other.yaml", TestFolder.Policy.Replace("v2", "v7"));
        Assert.Contains("version: v7 is no version of edge.yaml", (await Run("--config", edge, "--policy", other, "--rate", "10")).Error);
    }

    [Fact]
    public async Task Replay_TakesTheArrivalsOfALog()
    {
        string log = _folder.Write("access.log", string.Concat(Enumerable.Range(0, 60).Select(i => $$"""{"time":"2026-01-02T03:04:{{i:00}}.000Z","version":"v1"}""" + "\n")) + "nonsense\n");
        (int code, string output, string error) = await Simulate("--replay", log);
        Assert.Equal((0, "--replay: warning: 1 lines are none of an access log of the edge, and were passed over\n"), (code, error));
        Assert.Contains($"arrivals of {log}", output.Replace("\n", " ", StringComparison.Ordinal));
        Assert.Matches(@"\nstable +57 ", output);
        Assert.Contains("holds no request", (await Simulate("--replay", _folder.Write("empty.log", ""))).Error);
    }

    [Fact]
    public async Task ReplayOfALogWithAWrongClock_IsToldWithExitCode2()
    {
        string log = _folder.Write("access.log", """{"time":"1970-01-01T00:00:05Z","version":"v1"}""" + "\n" + """{"time":"2026-01-02T03:04:05Z","version":"v1"}""" + "\n");
        (int code, string output, string error) = await Simulate("--replay", log);
        Assert.Equal((2, "", $"--replay: {log} covers more than 87600h; take a part of it\n"), (code, output, error));
    }

    [Fact]
    public async Task Svg_IsWrittenBesideTheText()
    {
        string path = Path.Combine(_folder.Root, "picture.svg");
        Assert.Equal(0, (await Simulate("--rate", "10", "--svg", path)).Code);
        Assert.StartsWith("<svg ", File.ReadAllText(path));
    }
}
