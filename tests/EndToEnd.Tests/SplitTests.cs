// The share and the cap as a client and the servers behind see them.

using System.Diagnostics;

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class SplitTests : IDisposable
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private const int Connections = 16;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task HundredThousandRequestsAtFivePercent_GiveTheCanaryFiveThousand(int workers)
    {
        string nginx = Needs.Program("nginx");
        await using NginxServer v1 = await NginxServer.StartAsync(nginx, "return 200 v1;", accessLog: true);
        await using NginxServer v2 = await NginxServer.StartAsync(nginx, "return 200 v2;", accessLog: true);
        string policy = _folder.Write("policy.yaml", """
            bucket: {capacity: 1000000, refillRate: 1000000}
            canary: {version: v2, weight: 0.05}
            """);
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}", $"v2={v2.Url}"], "--policy", policy, "--workers", $"{workers}");

        LoadGenerator load = await LoadGenerator.RunAsync(edge.Port, Connections, requests: 100_000);

        Assert.Empty(load.Broken);
        Assert.Equal(100_000, load.CountStatus(200));
        Assert.InRange(load.Count("v2"), 4_999, 5_001);
        Assert.Equal(100_000, load.Count("v1") + load.Count("v2"));
        Assert.Equal(load.Count("v1"), v1.AccessLog.Count);
        Assert.Equal(load.Count("v2"), v2.AccessLog.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task SamplePolicyUnderLoad_NeverExceedsTheBucketInAnyWindow(int workers)
    {
        const double capacity = 20, perSecond = 2;
        await using RawUpstream v1 = RawUpstream.Answering(Ok);
        await using RawUpstream v2 = RawUpstream.Answering(Ok);
        string policy = _folder.Write("policy.yaml", """
            bucket:
              capacity: 20
              refillRate: 2
            canary:
              version: v2
              weight: 0.05
            """);
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}", $"v2={v2.Url}"], "--policy", policy, "--workers", $"{workers}");

        LoadGenerator load = LoadGenerator.Start(edge.Port, Connections);
        await Deadline.UntilAsync(() => load.Count("v2") >= capacity + 8, "the bucket to run dry and be refilled eight times");
        await load.StopAsync();

        // A decision fell between the sending of its request and the coming of its answer; so whatever was sent after a and
        // answered before b was decided between a and b.
        Answered[] canary = [.. load.Answers.Where(answer => answer.Version == "v2")];
        foreach (long a in canary.Select(answer => answer.SentAt))
        {
            long[] answered = [.. canary.Where(answer => answer.SentAt >= a).Select(answer => answer.ReceivedAt).Order()];
            for (int i = 0; i < answered.Length; i++)
            {
                double most = capacity + (perSecond * Stopwatch.GetElapsedTime(a, answered[i]).TotalSeconds);
                Assert.True(i + 1 <= most, $"{i + 1} canary requests within {Stopwatch.GetElapsedTime(a, answered[i]).TotalSeconds:0.000} s");
            }
        }

        Assert.Empty(load.Broken);
        Assert.Equal(canary.Length, v2.Requests.Count);
    }

    /// <summary>From the file's change to the last request that the canary saw.</summary>
    [Theory]
    [InlineData("write")]
    [InlineData("rename")]
    [InlineData("mount")]
    public async Task WeightZeroWrittenUnderLoad_StopsTheCanaryAtOnceAndLosesNothing(string how)
    {
        const int runs = 20;
        const string on = "canary: {version: v2, weight: 0.5}\n", off = "canary: {version: v2, weight: 0}\n";
        await using RawUpstream v1 = RawUpstream.Answering(Ok);
        await using RawUpstream v2 = RawUpstream.Answering(Ok);
        Action<string> put = how switch
        {
            "write" => text => _folder.Write("policy.yaml", text),
            "rename" => text => _folder.Replace("policy.yaml", text),
            _ => text => _folder.Mount("volume", ("policy.yaml", text)),
        };
        put(on);
        string policy = _folder.Path(how == "mount" ? "volume/policy.yaml" : "policy.yaml");
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}", $"v2={v2.Url}"], "--policy", policy, "--workers", "2");

        LoadGenerator load = LoadGenerator.Start(edge.Port, 4);
        List<double> delays = [];
        for (int run = 0; run < runs; run++)
        {
            int before = load.Count("v2");
            await Deadline.UntilAsync(() => load.Count("v2") > before + 20, "the canary to have traffic");
            long at = Stopwatch.GetTimestamp();
            await edge.ReloadAsync(() => put(off));
            long inForce = load.Answers.Count;
            await Deadline.UntilAsync(() => load.Answers.Count > inForce + 200, "traffic to go on");
            long last = load.Answers.Where(answer => answer.Version == "v2").Max(answer => answer.SentAt);
            delays.Add(Math.Max(0, Stopwatch.GetElapsedTime(at, last).TotalMilliseconds));
            await edge.ReloadAsync(() => put(on));
        }

        await load.StopAsync();
        delays.Sort();
        TestContext.Current.SendDiagnosticMessage($"{how}: median {delays[runs / 2]:0.0} ms, worst {delays[^1]:0.0} ms");
        Assert.Empty(load.Broken);
        Assert.Equal(load.Answers.Count, load.CountStatus(200));
        Assert.True(delays[runs / 2] <= 100, $"median {delays[runs / 2]:0.0} ms");
        Assert.True(delays[^1] <= 1_500, $"worst {delays[^1]:0.0} ms");
    }
}
