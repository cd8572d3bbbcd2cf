// SIGTERM: what was accepted is served, idle connections end, the process leaves with 0 and in time.

using System.Diagnostics;

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class DrainTests
{
    [Fact]
    public async Task TermUnderLoad_LosesNoRequestAndLeavesInTime()
    {
        for (int run = 0; run < 3; run++)
        {
            await using RawUpstream upstream = RawUpstream.Answering(Scene.Ok);
            await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={upstream.Url}"], "--workers", "2");
            LoadGenerator load = LoadGenerator.Start(edge.Port, 16);
            await Deadline.UntilAsync(() => load.Answers.Count > 2_000, "load");
            edge.Process.Terminate();
            Assert.Equal(0, await edge.Process.WaitAsync(TimeSpan.FromSeconds(10)));
            await load.StopAsync();
            Assert.Empty(load.Broken);
            Assert.Equal(load.Answers.Count, load.CountStatus(200));
            Assert.Contains(edge.Process.Lines, line => line.Contains("drained; 0 connection(s) were cut off"));
        }
    }

    [Fact]
    public async Task RequestUnderWayAtTerm_IsAnsweredAndItsConnectionClosed()
    {
        TaskCompletionSource go = new();
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            await go.Task;
            await wire.SendAsync(Scene.Ok);
        }));
        Wire client = await scene.ConnectAsync();
        await client.SendAsync(Scene.Get);
        await Deadline.UntilAsync(() => scene.Upstream.Requests.Count == 1, "the request to arrive");
        scene.Edge.Process.Terminate();
        await scene.Edge.Process.WaitForLineAsync("draining");
        await Deadline.UntilAsync(() => !Ports.IsServed(scene.Edge.Port), "the listener to close");
        go.SetResult();
        Assert.Equal("ok", (await client.ReadResponseAsync()).Text);
        Assert.Empty(await client.ReadToEndAsync());
        Assert.Equal(0, await scene.Edge.Process.WaitAsync());
    }

    [Fact]
    public async Task LongAnswerUnderWayAtTerm_ArrivesWhole()
    {
        const int parts = 40;
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {parts}\r\n\r\n");
            using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(50)); // two seconds: beyond the moment at which idle connections end
            for (int i = 0; i < parts && await timer.WaitForNextTickAsync(); i++)
            {
                await wire.SendAsync("x");
            }
        }));
        Wire client = await scene.ConnectAsync();
        await client.SendAsync(Scene.Get);
        RawMessage head = await client.ReadResponseHeadAsync();
        scene.Edge.Process.Terminate();
        Assert.Equal(parts, await client.SkipAsync(int.Parse(head["Content-Length"]!)));
        Assert.Equal(0, await scene.Edge.Process.WaitAsync());
    }

    [Fact]
    public async Task IdleConnectionsAtTerm_EndWithinSeconds()
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok);
        Wire idle = await scene.ConnectAsync();
        await idle.AskAsync(Scene.Get);
        long start = Stopwatch.GetTimestamp();
        scene.Edge.Process.Terminate();
        Assert.Empty(await idle.ReadToEndAsync());
        Assert.Equal(0, await scene.Edge.Process.WaitAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 5);
    }

    [Fact]
    public async Task RequestThatOutlastsTheGrace_IsCutOffAndTheExitIsStillClean()
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(wire => wire.SkipAsync(long.MaxValue)), "timeouts: {drain: 500ms}");
        Wire client = await scene.ConnectAsync();
        await client.SendAsync(Scene.Get);
        await Deadline.UntilAsync(() => scene.Upstream.Connections == 1, "the request to arrive");
        long start = Stopwatch.GetTimestamp();
        scene.Edge.Process.Terminate();
        Assert.Equal(0, await scene.Edge.Process.WaitAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.4, 5);
        Assert.Contains(scene.Edge.Process.Lines, line => line.Contains("drained; 1 connection(s) were cut off"));
        Assert.Empty(await client.ReadToEndAsync());
    }
}
