using System.Net;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Policy;

public sealed class ConfigurationLoaderTests
{
    private static LoadResult LoadFlags(LaunchSettings launch) =>
        new ConfigurationLoader(launch with { DefaultConfigFile = "/nonexistent/edge.yaml" }).Load(TimeProvider.System);

    [Fact]
    public void FlagsAlone_AreEnough()
    {
        LoadResult result = LoadFlags(new LaunchSettings
        {
            Listen = ["http://127.0.0.1:0", "https://[::1]:8443/", "unix:/run/a.sock", "http://unix:/run/b.sock"],
            CertFiles = ["a.crt", "b.crt"], KeyFiles = ["a.key", "b.key"],
            Upstreams = ["v2=http://127.0.0.1:1,https://h:2", "v1=http://127.0.0.1:3"],
            Admin = "none", Workers = "2", AccessLog = "stdout",
        });
        Assert.Empty(result.Faults);
        EdgeSettings edge = result.Snapshot!.Edge;
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.IPv6Loopback, 8443), null, null], edge.Listeners.Select(l => l.EndPoint));
        Assert.Equal([null, null, "/run/a.sock", "/run/b.sock"], edge.Listeners.Select(l => l.UnixPath));
        Assert.Equal([new("a.crt", "a.key"), new("b.crt", "b.key")], edge.Listeners[1].Tls!.Certificates);
        Assert.Null(edge.Listeners[0].Tls);
        Assert.Equal(["v2", "v1"], edge.Versions.Select(v => v.Name));
        Assert.Equal([new("127.0.0.1", 1, false), new("h", 2, true)], edge.Versions[0].Endpoints);
        Assert.Equal(("v2", 2, "stdout"), (edge.Stable, edge.Workers, edge.AccessLog.Path));
        Assert.Null(edge.Admin);
        Assert.Equal(RolloutPolicy.AllToStable, result.Snapshot.Rollout);
        Assert.Equal("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", result.Snapshot.Revision);
        Assert.StartsWith("policy: warning: none is named", Assert.Single(result.Warnings).ToString());
    }

    [Fact]
    public void Flags_WinOverTheFile()
    {
        const string file = TestFolder.Edge + """

            stable: v2
            workers: 7
            admin: {address: "127.0.0.1:1", tokenFile: token}
            accessLog: {path: "off", format: text}
            """;
        EdgeSettings edge = TestFolder.Load(file, "{}", flags: new LaunchSettings
        {
            Listen = ["http://0.0.0.0:81"], Upstreams = ["green=http://h:1"], Workers = "1", Admin = "127.0.0.1:2", AccessLog = "stdout",
        }).Snapshot!.Edge;
        Assert.Equal(81, Assert.Single(edge.Listeners).EndPoint!.Port);
        Assert.Equal(("green", "green", 1), (Assert.Single(edge.Versions).Name, edge.Stable, edge.Workers));
        Assert.Equal(new AdminSettings(new IPEndPoint(IPAddress.Loopback, 2), "token"), edge.Admin);
        Assert.Equal(new AccessLogSettings { Path = "stdout", Format = AccessLogFormat.Text }, edge.AccessLog);
    }

    public static TheoryData<LaunchSettings, string> RefusedFlags
    {
        get
        {
            LaunchSettings good = new LaunchSettings { Listen = ["http://0.0.0.0:80"], Upstreams = ["v1=http://h:1"] };
            return new TheoryData<LaunchSettings, string>
            {
                { good with { Workers = "few" }, "--workers: few is not a whole number" },
                { good with { Workers = "-1" }, "--workers: -1 is below 0" },
                { good with { Admin = "9901" }, "--admin: 9901 has no port; write 0.0.0.0:8080 or [::]:8080" },
                { good with { Listen = ["0.0.0.0:80"] }, "--listen: 0.0.0.0:80 is no place to listen on; write http://0.0.0.0:8080, https://0.0.0.0:8443 or unix:/run/openclaw.sock" },
                { good with { Listen = ["http://0.0.0.0"] }, "--listen: 0.0.0.0 has no port; write 0.0.0.0:8080 or [::]:8080" },
                { good with { Listen = ["https://0.0.0.0:1"] }, "--listen: https://0.0.0.0:1 needs a certificate; add --cert FILE --key FILE" },
                { good with { Listen = ["https://0.0.0.0:1"], CertFiles = ["c"] }, "--cert: 1 of --cert, 0 of --key; each certificate comes with its key" },
                { good with { CertFiles = ["c"], KeyFiles = ["k"] }, "--cert: no --listen https://HOST:PORT uses it" },
                { good with { Upstreams = ["http://h:1"] }, "--upstream: http://h:1 names no version; write v1=http://127.0.0.1:9001" },
                { good with { Upstreams = ["v1="] }, "--upstream: \"\" is no endpoint; write http://host:port or https://host:port" },
                { good with { Upstreams = ["v1=http://h:1", "v1=http://h:2"] }, "--upstream: v1 is given twice" },
                { good with { Upstreams = [] }, "command line: versions is missing; name what to forward to: versions in edge.yaml, or --upstream v1=http://127.0.0.1:9001" },
                { good with { PolicyFlag = "/nonexistent/p.yaml" }, "--policy: /nonexistent/p.yaml does not exist" },
                { good with { PolicyFlag = "" }, "--policy: \"\" is empty" },
                { good with { PolicyFromEnvironment = "/nonexistent/p.yaml" }, "POLICY_PATH: /nonexistent/p.yaml does not exist" },
                { good with { ConfigFlag = "/nonexistent/e.yaml" }, "--config: /nonexistent/e.yaml does not exist" },
                { good with { ConfigFlag = "/tmp" }, "--config: /tmp is a directory" },
                { good with { ConfigFromEnvironment = "/nonexistent/e.yaml" }, "EDGE_CONFIG: /nonexistent/e.yaml does not exist" },
            };
        }
    }

    [Theory, MemberData(nameof(RefusedFlags), DisableDiscoveryEnumeration = true)]
    public void WrongFlag_IsNamed(LaunchSettings launch, string expected)
    {
        LoadResult result = LoadFlags(launch);
        Assert.Null(result.Snapshot);
        Assert.Equal([expected], result.Faults.Select(f => f.ToString()));
    }

    [Fact]
    public void MissingPolicyOfTheFile_IsReportedAtItsKey()
    {
        using TestFolder folder = new TestFolder();
        string edge = folder.Write("edge.yaml", TestFolder.Edge + "\npolicy: /nonexistent/policy.yaml");
        LoadResult result = LoadFlags(new LaunchSettings { ConfigFlag = edge });
        Assert.Equal([$"{edge}:6:9: /nonexistent/policy.yaml does not exist"], result.Faults.Select(f => f.ToString()));
    }

    [Fact]
    public void EmptyPolicyPath_IsRefusedAtItsKey() =>
        Assert.Equal(["6:9: policy: \"\" is empty"], TestFolder.Brief(TestFolder.Load(TestFolder.Edge + "\npolicy: \"\"", null).Faults));

    [Fact]
    public void PolicyPath_ComesFromFlagThenVariableThenKey()
    {
        using TestFolder folder = new TestFolder();
        string a = folder.Write("a.yaml", "abort: true\n# a"), b = folder.Write("b.yaml", "abort: true\n# b"), c = folder.Write("c.yaml", "abort: true\n# c");
        LaunchSettings launch = new LaunchSettings { ConfigFlag = folder.Write("edge.yaml", $"{TestFolder.Edge}\npolicy: {c}"), PolicyFromEnvironment = b };
        Assert.Equal(c, LoadFlags(launch with { PolicyFromEnvironment = "" }).Snapshot!.Edge.PolicyPath);
        Assert.Equal(b, LoadFlags(launch).Snapshot!.Edge.PolicyPath);
        Assert.Equal(a, LoadFlags(launch with { PolicyFlag = a }).Snapshot!.Edge.PolicyPath);
    }

    [Fact]
    public void DefaultFile_IsReadOnlyIfItExistedAtStart()
    {
        using TestFolder folder = new TestFolder();
        LaunchSettings launch = new LaunchSettings { DefaultConfigFile = folder.Write("edge.yaml", TestFolder.Edge) };
        ConfigurationLoader loader = new ConfigurationLoader(launch);
        Assert.NotNull(loader.Load(TimeProvider.System).Snapshot);
        File.Delete(folder.EdgePath);
        Assert.EndsWith("does not exist", Assert.Single(loader.Load(TimeProvider.System).Faults).Message);
    }

    [Fact]
    public void FaultsOfBothFiles_AreListedTogether()
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge + "\nworkers: x", "abort: x");
        Assert.Equal(["edge.yaml", "policy.yaml"], result.Faults.Select(f => Path.GetFileName(f.File)));
        LoadResult broken = TestFolder.Load("\tx", "abort: x");
        Assert.Equal(["edge.yaml", "policy.yaml"], broken.Faults.Select(f => Path.GetFileName(f.File)));
    }

    [Fact]
    public void Revision_IsTheDigestOfThePolicyFile()
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, "{}");
        Assert.Equal("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", result.Snapshot!.Revision);
    }

    [Fact]
    public void FurtherCheck_RunsOnGoodSettingsAndCanRefuse()
    {
        using TestFolder folder = new TestFolder();
        folder.Write("policy.yaml", "{}");
        folder.Write("edge.yaml", TestFolder.Edge);
        int runs = 0;
        ConfigurationLoader loader = new ConfigurationLoader(folder.Launch) { Check = Refuse };
        LoadResult result = loader.Load(TimeProvider.System);
        Assert.Null(result.Snapshot);
        Assert.Equal("tls.crt: does not fit its key", Assert.Single(result.Faults).ToString());
        folder.Write("edge.yaml", "{}");
        loader.Load(TimeProvider.System);
        Assert.Equal(1, runs);

        IEnumerable<Fault> Refuse(EdgeSettings edge)
        {
            runs++;
            return [new Fault("tls.crt", 0, 0, "does not fit its key")];
        }
    }

    [Fact]
    public void SessionKeys_AreReadFromTheirFile()
    {
        using TestFolder folder = new();
        folder.Write("edge.yaml", TestFolder.Edge);
        string path = folder.Write("session.key", "0123456789abcdef\nfedcba9876543210\n");
        folder.Write("policy.yaml", $"canary: {{version: v2, weight: 0.1}}\nstickiness: {{keyFile: {path}}}");

        LoadResult result = new ConfigurationLoader(folder.Launch).Load(TimeProvider.System);

        Assert.Equal([16, 16], result.Snapshot!.SessionKeys!.All.ToArray().Select(key => key.Length));
        Assert.Equal([folder.EdgePath, folder.PolicyPath, path], result.Files.Select(file => file.Path));
        Assert.Empty(result.Warnings);
        Assert.DoesNotContain("0123456789", result.Snapshot.ToString());
    }

    [Theory]
    [InlineData(null, "does not exist")]
    [InlineData("", "holds no key; write one with: openssl rand -base64 32")]
    [InlineData("short", "holds a key of fewer than 16 bytes; write one a line, with: openssl rand -base64 32")]
    public void UnusableSessionKeys_AreRefusedWhereTheyAreNamed(string? content, string expected)
    {
        using TestFolder folder = new();
        folder.Write("edge.yaml", TestFolder.Edge);
        string path = content is null ? Path.Combine(folder.Root, "session.key") : folder.Write("session.key", content);
        folder.Write("policy.yaml", $"canary: {{version: v2, weight: 0.1}}\nstickiness: {{keyFile: {path}}}");

        LoadResult result = new ConfigurationLoader(folder.Launch).Load(TimeProvider.System);

        Assert.Equal($"2:23: \"{path}\" {expected}".Replace("\"", ""), TestFolder.Brief(Assert.Single(result.Faults)).Replace("\"", ""));
        Assert.Contains(path, result.Files.Select(file => file.Path)); // a key that comes later asks for another load
    }

    [Fact]
    public void NoSessionKeys_IsAWarning()
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, TestFolder.Policy + "\nstickiness: {}", strict: true);
        Assert.Equal("7:1: keyFile: none; sessions end with this process, and other edges do not know them", TestFolder.Brief(Assert.Single(result.Warnings)));
        Assert.Null(result.Snapshot!.SessionKeys);
    }

    [Fact]
    public void Files_AreAllThatAReloadDependsOn()
    {
        using TestFolder folder = new TestFolder();
        folder.Write("policy.yaml", "{}");
        folder.Write("edge.yaml", """
            listeners: [{address: "127.0.0.1:1", tls: {certificates: [{certFile: c1, keyFile: k1}]}}]
            versions: {v1: {endpoints: ["https://h"], tls: {caFile: ca, certFile: c2, keyFile: k2}}}
            """);
        LoadResult result = new ConfigurationLoader(folder.Launch).Load(TimeProvider.System);
        Assert.Equal([folder.EdgePath, "c1", "k1", "ca", "c2", "k2", folder.PolicyPath], result.Files.Select(f => f.Path));
    }
}
