// Wrong flags and files: one clear message each with its place, exit code 2, and never a stack trace. At run time they
// change nothing but the log.

namespace OpenClaw.EndToEnd.Tests;

public sealed class BadInputTests : IDisposable
{
    private const string Edge = """
        listeners:
        - address: "127.0.0.1:0"
        admin: none
        versions:
          v1: {endpoints: ["http://127.0.0.1:9"]}
          v2: {endpoints: ["http://127.0.0.1:9"]}
        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static async Task<IReadOnlyList<string>> FailAsync(params string[] flags)
    {
        await using Child run = await Child.RunAsync(EdgeProcess.Binary, ["run", .. flags]);
        Assert.Equal(2, run.ExitCode);
        Assert.DoesNotContain(run.Lines, line => line.StartsWith("   at ", StringComparison.Ordinal) || line.Contains("Exception") || line.Contains("listening on"));
        return [.. run.Lines.Where(line => line.Length > 0 && !line.Contains("warning:"))];
    }

    private Task<IReadOnlyList<string>> FailWithPolicyAsync(string policy) =>
        FailAsync("--config", _folder.Write("edge.yaml", Edge), "--policy", _folder.Write("policy.yaml", policy));

    [Theory]
    [InlineData("--wieght", "5")]
    [InlineData("--log-format", "xml")]
    [InlineData("--workers", "-1")]
    [InlineData("--listen", "ftp://127.0.0.1:0")]
    [InlineData("--upstream", "http://127.0.0.1:9")]
    [InlineData("--admin", "nowhere")]
    public async Task WrongFlag_IsNamedInOneLine(string flag, string value)
    {
        IReadOnlyList<string> lines = await FailAsync("--config", _folder.Write("edge.yaml", Edge), flag, value);
        Assert.Contains(flag, Assert.Single(lines));
    }

    [Fact]
    public async Task NothingAtAll_SaysWhatIsNeeded()
    {
        IReadOnlyList<string> lines = await FailAsync("--admin", "none");
        Assert.Contains(lines, line => line.Contains("--listen"));
        Assert.Contains(lines, line => line.Contains("--upstream"));
    }

    [Theory]
    [InlineData("--config")]
    [InlineData("--policy")]
    public async Task MissingFile_IsNamedWithItsFlag(string flag)
    {
        string missing = _folder.Path("missing.yaml");
        string[] rest = flag == "--policy" ? ["--config", _folder.Write("edge.yaml", Edge)] : [];
        string line = Assert.Single(await FailAsync([flag, missing, .. rest]));
        Assert.Contains(flag, line);
        Assert.Contains(missing, line);
    }

    [Theory]
    [InlineData("canary: {version: v2, weight: 5}", ":1:31: ", "use 0.05 or \"5%\"")]
    [InlineData("canary:\n  version: v3\n  weight: 0.05", ":2:12: ", "v3 is no version of edge.yaml")]
    [InlineData("canary: {version: v1, weight: 0.05}", ":1:19: ", "stable")]
    [InlineData("bucket:\n  capacity: 20\n  refillRate: -2\n", ":3:15: ", "-2")]
    [InlineData("bucket:\n\tcapacity: 20\n", ":2:1: ", "tab")]
    [InlineData("canary: {version: v2, weight: NaN}", ":1:31: ", "weight")]
    [InlineData("", "", "empty")]
    [InlineData("canary: *x", ":1:", "*")]
    public async Task WrongPolicy_IsToldWithItsPlace(string policy, string place, string words)
    {
        string line = Assert.Single(await FailWithPolicyAsync(policy));
        Assert.StartsWith(_folder.Path("policy.yaml") + place, line);
        Assert.Contains(words, line);
    }

    [Fact]
    public async Task SeveralFaults_ComeAllAtOnce()
    {
        IReadOnlyList<string> lines = await FailWithPolicyAsync("bucket: {capacity: 0, refillRate: -1}\ncanary: {version: v7, weight: 2}\n");
        Assert.Equal(4, lines.Count);
    }

    [Fact]
    public async Task TakenPort_IsNamedWithTheReason()
    {
        await using RawUpstream holder = RawUpstream.Answering(Scene.Ok);
        string line = Assert.Single(await FailAsync("--listen", $"http://127.0.0.1:{holder.Port}", "--upstream", "v1=http://127.0.0.1:9", "--admin", "none"));
        Assert.Contains($"127.0.0.1:{holder.Port}", line);
        Assert.Contains("another process", line);
    }

    [Fact]
    public async Task SecondEdgeOnTheSamePort_FailsAndTheFirstGoesOn()
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok);
        string line = Assert.Single(await FailAsync("--listen", scene.Edge.Address, "--upstream", $"v1={scene.Upstream.Url}", "--admin", "none"));
        Assert.Contains("another edge", line);
        Assert.Equal(200, (await scene.AskAsync()).Status);
    }

    [Fact]
    public async Task KeyOfAnotherCertificate_IsToldWithItsFile()
    {
        TestCertificate a = TestCertificate.Create(_folder, "a", "a.test"), b = TestCertificate.Create(_folder, "b", "b.test");
        string line = Assert.Single(await FailAsync(
            "--listen", "https://127.0.0.1:0", "--cert", a.CertFile, "--key", b.KeyFile, "--upstream", "v1=http://127.0.0.1:9", "--admin", "none"));
        Assert.True(line.Contains(b.KeyFile) || line.Contains(a.CertFile), line);
    }

    [Fact]
    public async Task CertificateThatIsNone_IsToldWithItsFile()
    {
        TestCertificate a = TestCertificate.Create(_folder, "a", "a.test");
        string nonsense = _folder.Write("nonsense.crt", "not a certificate\n");
        string line = Assert.Single(await FailAsync(
            "--listen", "https://127.0.0.1:0", "--cert", nonsense, "--key", a.KeyFile, "--upstream", "v1=http://127.0.0.1:9", "--admin", "none"));
        Assert.Contains(nonsense, line);
    }

    [Theory]
    [InlineData("caFile: \"{0}\"", "missing.crt")]
    [InlineData("caFile: \"{0}\"", "nonsense.crt")]
    [InlineData("certFile: \"{0}\", keyFile: \"{0}\"", "nonsense.crt")]
    public async Task TlsFileOfAnUpstreamThatIsNoUse_IsToldWithItsName(string tls, string file)
    {
        _folder.Write("nonsense.crt", "not a certificate\n");
        string config = _folder.Write("edge.yaml", $$"""
            listeners: [{address: "127.0.0.1:0"}]
            admin: none
            versions:
              v1:
                endpoints: ["https://127.0.0.1:9"]
                tls: { {{string.Format(tls, _folder.Path(file))}} }
            """);
        IReadOnlyList<string> lines = await FailAsync("--config", config);
        Assert.Contains(lines, line => line.Contains(file));
    }

    [Fact]
    public async Task UnwritableSocketPath_IsNamed()
    {
        string path = _folder.Path("no/such/directory/edge.sock");
        string line = Assert.Single(await FailAsync("--listen", $"unix:{path}", "--upstream", "v1=http://127.0.0.1:9", "--admin", "none"));
        Assert.Contains(path, line);
    }

    [Theory]
    [InlineData("canary: {version: v2, weight: 5}")]
    [InlineData("canary: {version: v3, weight: 0.5}")]
    [InlineData("\tcanary")]
    [InlineData("")]
    public async Task WrongPolicyAtRunTime_ChangesNothingButTheLog(string wrong)
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Scene.Ok);
        string policy = _folder.Write("policy.yaml", "canary: {version: v2, weight: 100%}");
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}", $"v2={v2.Url}"], "--policy", policy);
        await using Wire client = await Wire.ConnectAsync(edge.Port);

        _folder.Replace("policy.yaml", wrong);
        await edge.Process.WaitForLineAsync("stays in force");
        Assert.Contains(edge.Process.Lines, line => line.Contains(policy + (wrong.Length > 0 ? ":1:" : "")));
        Assert.Equal("v2", (await client.AskAsync(Scene.Get))["X-OpenClaw-Version"]);

        await edge.ReloadAsync(() => _folder.Replace("policy.yaml", "canary: {version: v2, weight: 0}"));
        Assert.Equal("v1", (await client.AskAsync(Scene.Get))["X-OpenClaw-Version"]);
    }

    [Fact]
    public async Task PolicyThatVanishes_ChangesNothingButTheLog()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok), v2 = RawUpstream.Answering(Scene.Ok);
        string policy = _folder.Write("policy.yaml", "canary: {version: v2, weight: 100%}");
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}", $"v2={v2.Url}"], "--policy", policy);
        File.Delete(policy);
        await edge.Process.WaitForLineAsync("stays in force");
        await using Wire client = await Wire.ConnectAsync(edge.Port);
        Assert.Equal("v2", (await client.AskAsync(Scene.Get))["X-OpenClaw-Version"]);
        await edge.ReloadAsync(() => _folder.Write("policy.yaml", "canary: {version: v2, weight: 0}"));
        Assert.Equal("v1", (await client.AskAsync(Scene.Get))["X-OpenClaw-Version"]);
    }
}
