// drill of the published binary: a policy is rehearsed, and the exit code says how it went.

using System.Text.Json;
using System.Xml.Linq;

namespace OpenClaw.EndToEnd.Tests;

public sealed class DrillTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static Task<Child> DrillAsync(params string[] flags) => Child.RunAsync(EdgeProcess.Binary, ["drill", .. flags]);

    [Fact]
    public async Task ErrorBurst_IsCaughtAndToldAsJson()
    {
        await using Child drill = await DrillAsync("--scenario", "error-burst", "--runs", "3", "--json");
        Assert.Equal(0, drill.ExitCode);
        JsonElement json = JsonDocument.Parse(drill.Output).RootElement, burst = json.GetProperty("scenarios")[0];
        Assert.True(json.GetProperty("asExpected").GetBoolean());
        Assert.Equal((3, 0, 0), (burst.GetProperty("tripped").GetInt32(), burst.GetProperty("missed").GetInt32(), burst.GetProperty("falseAlarms").GetInt32()));
        Assert.InRange(burst.GetProperty("detectionSeconds").GetProperty("p95").GetDouble(), 1, 60);
        Assert.Equal(3, burst.GetProperty("runs").GetArrayLength());
    }

    /// <summary>One run of all, some five million requests: a verb for a pipeline, so it must not take its time.</summary>
    [Fact]
    public async Task AllScenarios_AreAsExpectedByDefault()
    {
        string svg = _folder.Path("picture.svg");
        await using Child drill = await DrillAsync("--runs", "1", "--svg", svg);
        Assert.Equal(0, drill.ExitCode);
        Assert.Equal("10 of 10 as expected", drill.Lines[^1]);
        Assert.All(drill.Lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal("svg", XDocument.Load(svg).Root!.Name.LocalName);
    }

    [Fact]
    public async Task GuardThatIsTooSlack_EndsWith1AndSaysWhatItMissed()
    {
        string policy = _folder.Write("policy.yaml", "canary: {version: v2, weight: 5%}\nguard: {mode: observe}\nbucket: {capacity: 1, refillRate: 0.01}\n");
        await using Child drill = await DrillAsync("--policy", policy, "--scenario", "error-burst", "--runs", "2");
        Assert.Equal(1, drill.ExitCode);
        Assert.Contains("not as expected: error-burst: 2 of 2 run(s) did not trip within 5m", drill.Output);
    }

    [Fact]
    public async Task BadInput_EndsWith2()
    {
        await using Child flag = await DrillAsync("--scenario", "eror-burst");
        Assert.Equal((2, "--scenario: eror-burst is none of them; did you mean error-burst?"), (flag.ExitCode, flag.Output));
        await using Child file = await DrillAsync("--policy", "/nonexistent.yaml");
        Assert.Equal((2, "--policy: /nonexistent.yaml does not exist"), (file.ExitCode, file.Output));
    }
}
