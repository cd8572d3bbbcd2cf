using System.Text;
using OpenClaw.Edge.Demo;

namespace OpenClaw.Edge.Tests.Demo;

public sealed class SampleVersionTests : IDisposable
{
    private readonly DemoLoop _loop = new();

    [Fact]
    public async Task Request_IsAnsweredWithTheVersionsName()
    {
        (_, LoopbackClient client) = Open(TimeSpan.Zero);
        LoopbackAnswer answer = await Ask(client);
        Assert.Equal(200, answer.Status);
        Assert.Equal("{\"version\":\"v2\",\"message\":\"hello from v2\"}\n", Encoding.ASCII.GetString(answer.Body));
    }

    [Fact]
    public async Task ManyRequests_GoOverOneConnection()
    {
        (SampleVersion version, LoopbackClient client) = Open(TimeSpan.Zero);
        Assert.Equal(200, (await Ask(client)).Status);
        await _loop.RunAsync(() =>
        {
            version.Close(); // no second connection can stand from here on
            return Task.FromResult(true);
        });
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(200, (await Ask(client)).Status);
        }
    }

    [Fact]
    public async Task BrokenWholly_AnswersNothingBut500()
    {
        (SampleVersion version, LoopbackClient client) = Open(TimeSpan.Zero);
        version.ErrorPercent = 100;
        Assert.Equal(500, (await Ask(client)).Status);
        version.ErrorPercent = 0;
        Assert.Equal(200, (await Ask(client)).Status);
    }

    [Fact]
    public async Task Latency_IsAtLeastHalfOfItsMean()
    {
        (SampleVersion version, LoopbackClient client) = Open(TimeSpan.FromMilliseconds(20));
        long start = TimeProvider.System.GetTimestamp();
        Assert.Equal(200, (await Ask(client)).Status);
        // Timers of the base library count whole milliseconds and may end one early.
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.FromMilliseconds(9), TimeSpan.FromSeconds(10));
        version.Latency = TimeSpan.Zero;
        Assert.Equal(200, (await Ask(client)).Status);
    }

    [Fact]
    public async Task NobodyListens_IsNoAnswer()
    {
        int port = LoopbackPort.Choose(insist: false, 0)[0];
        Assert.Equal(0, (await Ask(new LoopbackClient(_loop.Loop, port))).Status);
    }

    public void Dispose() => _loop.Dispose();

    private (SampleVersion Version, LoopbackClient Client) Open(TimeSpan latency)
    {
        SampleVersion version = new(_loop.Loop, "v2", latency);
        version.Open();
        return (version, new LoopbackClient(_loop.Loop, version.Port));
    }

    private Task<LoopbackAnswer> Ask(LoopbackClient client) => _loop.RunAsync(() => client.GetAsync("/"));
}
