// simulate and explain of the published binary, and the warning of a running edge whose bucket rules instead of the weight.

using System.Text.Json;
using System.Xml.Linq;

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class AdviceTests : IDisposable
{
    private const string Rules = "the bucket decides, not the weight";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Policy(string text) => _folder.Write("policy.yaml", text);

    [Fact]
    public async Task Simulate_DrawsWhatThePolicyDoesAndAdvises()
    {
        string svg = _folder.Path("picture.svg");
        string policy = Policy("bucket: {capacity: 20, refillRate: 2}\ncanary: {version: v2, weight: 0.05}\n");
        await using Child simulate = await Child.RunAsync(EdgeProcess.Binary, ["simulate", "--policy", policy, "--rate", "200", "--duration", "5m", "--svg", svg]);

        Assert.Equal(0, simulate.ExitCode);
        Assert.Contains($"warning: {Rules}", simulate.Output);
        Assert.Contains("tokens in the bucket", simulate.Output);
        Assert.All(simulate.Lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal("svg", XDocument.Load(svg).Root!.Name.LocalName);
    }

    /// <summary>What the log of a run says goes in; the same number of requests comes out.</summary>
    [Theory]
    [InlineData("json")]
    [InlineData("text")]
    public async Task Replay_ReadsTheAccessLogOfAnEdge(string format)
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Scene.Ok);
        string policy = Policy("bucket: {capacity: 20, refillRate: 2}\ncanary: {version: v2, weight: 25%}\n"), log = _folder.Path("access.log");
        string config = _folder.Write("edge.yaml", $$$"""
            listeners: [{address: "127.0.0.1:0"}]
            versions: {v1: {endpoints: ["{{{v1.Url}}}"]}, v2: {endpoints: ["{{{v2.Url}}}"]}}
            accessLog: {path: {{{log}}}, format: {{{format}}}}
            """);
        await using (EdgeProcess edge = await EdgeProcess.StartAsync(["--config", config, "--policy", policy, "--admin", "none"], listeners: 1))
        {
            LoadGenerator load = await LoadGenerator.RunAsync(edge.Port, 4, 1_000);
            Assert.Equal(1_000, load.CountStatus(200));
            edge.Process.Terminate();
            await edge.Process.WaitAsync();
        }

        await using Child simulate = await Child.RunAsync(EdgeProcess.Binary, ["simulate", "--config", config, "--policy", policy, "--replay", log, "--json"]);
        Assert.Equal(0, simulate.ExitCode);
        JsonElement json = JsonDocument.Parse(simulate.Output).RootElement;
        Assert.Equal(1_000, json.GetProperty("requests").GetInt32());
        Assert.Equal(250, json.GetProperty("share").GetProperty("turns").GetInt32(), tolerance: 1);
        Assert.Equal("v1", json.GetProperty("versions")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Explain_SaysWhatTheEdgeThenDoes()
    {
        string policy = """
            canary: {version: v2, weight: 10%}
            overrides: {header: {name: X-Canary, trustedCidrs: [127.0.0.0/8]}}
            stickiness: {type: hash, key: "header:X-User", salt: s}
            """;
        await using Rollout rollout = await Rollout.StartAsync(policy);
        string file = Policy(policy);
        foreach (string field in new[] { "X-Canary: always", "X-Canary: never", "X-User: anna", "X-User: ben", "X-User: carl", "X-User: dora" })
        {
            await using Child explain = await Child.RunAsync(EdgeProcess.Binary, ["explain", "--policy", file, "--header", field, "--client", "127.0.0.1"]);
            Assert.Equal(0, explain.ExitCode);
            string expected = await rollout.VersionAsync(field) == "v2" ? "v2" : "stable";
            Assert.StartsWith($"result: {expected}, reason {(field[2] == 'C' ? "override" : "sticky")}", explain.Lines[^1]);
        }
    }

    [Theory]
    [InlineData("simulate", "--rate", "40")]
    [InlineData("explain")]
    public async Task BadPolicy_EndsWith2AndTheFault(params string[] verb)
    {
        string policy = Policy("canary: {version: v2, weight: 5}\n");
        await using Child child = await Child.RunAsync(EdgeProcess.Binary, [.. verb, "--policy", policy]);
        Assert.Equal(2, child.ExitCode);
        Assert.Equal($"{policy}:1:31: weight: 5 is above 1; use 0.05 or \"5%\"", child.Output);
    }

    [Fact]
    public async Task LiveEdge_WarnsOnceWhenTheBucketRules()
    {
        using HttpClient http = new() { Timeout = Deadline.Patience };
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Scene.Ok);
        string policy = Policy("bucket: {capacity: 20, refillRate: 2}\ncanary: {version: v2, weight: 50%}\n");
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}", $"v2={v2.Url}"], "--policy", policy, "--admin", "127.0.0.1:0");
        async Task<JsonElement> AdviceAsync() => JsonDocument.Parse(await http.GetStringAsync($"{edge.Admin}/status")).RootElement.GetProperty("advice");
        Assert.Equal(0, (await AdviceAsync()).GetArrayLength());

        await using Wire client = await Wire.ConnectAsync(edge.Port);
        await Deadline.UntilAsync(
            async () =>
            {
                await client.AskAsync(Scene.Get); // a few dozen a second ask for far more than two tokens
                return (await AdviceAsync()).GetArrayLength() == 1;
            }, "the advice");
        Assert.StartsWith(Rules, (await AdviceAsync())[0].GetString());
        Assert.Single(edge.Process.Lines, line => line.Contains(Rules, StringComparison.Ordinal));

        // Saved without a weight there is nothing to say any more.
        File.WriteAllText(policy, "bucket: {capacity: 20, refillRate: 2}\ncanary: {version: v2, weight: 0}\n");
        await edge.Process.WaitForLineAsync("the bucket no longer decides");
        Assert.Equal(0, (await AdviceAsync()).GetArrayLength());
    }
}
