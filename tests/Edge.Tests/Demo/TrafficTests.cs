using OpenClaw.Edge.Demo;

namespace OpenClaw.Edge.Tests.Demo;

public sealed class TrafficTests : IDisposable
{
    private readonly DemoLoop _loop = new();

    [Fact]
    public async Task Rate_IsNeverExceededByMoreThanWhatEachConnectionMayCatchUp()
    {
        const int Rate = 500, Connections = Rate / 5;
        SampleVersion version = new(_loop.Loop, "v1", TimeSpan.Zero);
        version.Open();
        Traffic traffic = new(_loop.Loop, version.Port, Rate);
        long start = TimeProvider.System.GetTimestamp();
        Task<bool> run = _loop.RunAsync(async () =>
        {
            await traffic.RunAsync();
            return true;
        });
        while (traffic.Edge.Requests < 50) // the version itself says nothing in X-OpenClaw-Version
        {
            await Task.Yield();
        }

        traffic.Stop();
        await run;
        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        Assert.InRange(traffic.Edge.Requests, 50, (Rate * seconds) + (2 * Connections));
        Assert.Equal(traffic.Edge.Requests, traffic.Edge.OfClass(2));
        Assert.Equal(0, traffic.Lost);
    }

    public void Dispose() => _loop.Dispose();
}
