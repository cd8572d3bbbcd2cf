// Changes of edge.yaml and signals while traffic flows: nothing is lost.

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class ReloadTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task HangUpsUnderLoad_ReloadAndLoseNothing()
    {
        await using RawUpstream v1 = RawUpstream.Answering(Scene.Ok);
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={v1.Url}"], "--workers", "2");
        LoadGenerator load = LoadGenerator.Start(edge.Port, 8);
        for (int i = 0; i < 10; i++)
        {
            await edge.ReloadAsync(edge.Process.HangUp);
        }

        await load.StopAsync();
        Assert.Empty(load.Broken);
        Assert.Equal(0, load.Refused);
        Assert.Equal(load.Answers.Count, load.CountStatus(200));
    }

    [Fact]
    public async Task EndpointsMovedUnderLoad_LoseNothing()
    {
        await using RawUpstream a = RawUpstream.Answering(Scene.Ok), b = RawUpstream.Answering(Scene.Ok);
        string config = Write(a);
        await using EdgeProcess edge = await EdgeProcess.StartAsync(["--config", config, "--admin", "none"], listeners: 1);
        LoadGenerator load = LoadGenerator.Start(edge.Port, 8);
        for (int i = 0; i < 10; i++)
        {
            RawUpstream to = i % 2 == 0 ? b : a;
            int asked = to.Requests.Count;
            await edge.ReloadAsync(() => Write(to));
            await Deadline.UntilAsync(() => to.Requests.Count > asked + 50, "traffic at the new endpoint");
        }

        await load.StopAsync();
        Assert.Empty(load.Broken);
        Assert.Equal(load.Answers.Count, load.CountStatus(200));
        await Deadline.UntilAsync(() => b.Open == 0, "connections to what is no longer named to close");
    }

    [Fact]
    public async Task ChangedListener_IsReportedToWaitForARestart()
    {
        await using RawUpstream a = RawUpstream.Answering(Scene.Ok);
        string config = Write(a);
        await using EdgeProcess edge = await EdgeProcess.StartAsync(["--config", config, "--admin", "none"], listeners: 1);
        await edge.ReloadAsync(() => _folder.Replace("edge.yaml", File.ReadAllText(config).Replace("workers: 1", "workers: 2").Replace("\"127.0.0.1:0\"", $"\"127.0.0.1:{Ports.Free()}\"")));
        Assert.Contains(edge.Process.Lines, line => line.Contains("listeners:") && line.Contains("next start"));
        Assert.Contains(edge.Process.Lines, line => line.Contains("workers:") && line.Contains("next start"));
        await using Wire client = await Wire.ConnectAsync(edge.Port);
        Assert.Equal(200, (await client.AskAsync(Scene.Get)).Status);
    }

    [Fact]
    public async Task ManyReloads_KeepMemoryAndDescriptorsFlat()
    {
        await using RawUpstream a = RawUpstream.Answering(Scene.Ok);
        string config = Write(a);
        await using EdgeProcess edge = await EdgeProcess.StartAsync(["--config", config, "--admin", "none"], listeners: 1);
        async Task ReloadAsync(int times)
        {
            for (int i = 0; i < times; i++)
            {
                await edge.ReloadAsync(edge.Process.HangUp);
            }
        }

        await ReloadAsync(100);
        long memory = edge.Process.ResidentBytes();
        int descriptors = Directory.GetFiles($"/proc/{edge.Process.Id}/fd").Length;
        await ReloadAsync(400);
        Assert.InRange(edge.Process.ResidentBytes() - memory, long.MinValue, 16L << 20);
        Assert.InRange(Directory.GetFiles($"/proc/{edge.Process.Id}/fd").Length, 1, descriptors + 2);
    }

    private string Write(RawUpstream to) => _folder.Replace("edge.yaml", $$"""
        listeners:
        - address: "127.0.0.1:0"
        admin: none
        workers: 1
        versions:
          v1:
            endpoints: ["{{to.Url}}"]
        """);
}
