// What clients do to have a canary taken out that is as good as stable.

using System.Net;

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class GuardClientTests
{
    private const string Asked = "canary: {version: v2, weight: 0}\noverrides: {cookie: {name: canary}}"; // only those who ask for it
    private const string Ask = "Cookie: canary=v2";
    private const string Tell = "fields: {reason: true}";

    /// <summary>A canary that says too much in a head, hangs up while it is still being sent to, and gives up whoever takes nothing: as servers do.</summary>
    private static RawUpstream Impatient() => RawUpstream.Start(async wire =>
    {
        string? head = await wire.ReadHeadAsync();
        if (head!.Contains("/long"))
        {
            await wire.SendAsync($"HTTP/1.1 302 Found\r\nLocation: /{new string('x', 20_000)}\r\nContent-Length: 0\r\n\r\n");
        }
        else if (head.Contains("/big"))
        {
            wire.Patience = TimeSpan.FromSeconds(1.5);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 64000000\r\n\r\n" + new string('x', 64_000_000)));
            wire.Reset();
        }
        else if (!head.Contains("/upload"))
        {
            await wire.SendAsync(Scene.Ok);
        }
    });

    [Theory]
    [InlineData("GET /long HTTP/1.1", "")]
    [InlineData("GET /big HTTP/1.1", "")]
    [InlineData("POST /upload HTTP/1.1", "Content-Length: 100\r\n")]
    public async Task FailuresThatClientsBringAbout_TakeNobodyOut(string line, string fields)
    {
        const int clients = 12;
        await using Rollout rollout = await Rollout.StartAsync(Asked, Tell, Impatient());
        List<Wire> asking = [];
        for (int i = 0; i < clients; i++)
        {
            asking.Add(await Wire.ConnectAsync(new IPEndPoint(IPAddress.Loopback, rollout.Edge.Port), receiveBuffer: 4096));
            await asking[i].SendAsync($"{line}\r\nHost: h\r\nConnection: close\r\n{Ask}\r\n{fields}\r\n");
            await Task.Delay(15);
        }

        await Deadline.UntilAsync(() => rollout.V2.Open == 0, "the canary to have given all of them up");
        foreach (Wire client in asking)
        {
            await client.ReadResponseHeadAsync();
            await client.SkipAsync(long.MaxValue);
            await client.DisposeAsync();
            await Task.Delay(15);
        }

        await Deadline.UntilAsync(async () => (await rollout.MetricsAsync()).Sum("openclaw_upstream_errors_total", "version=\"v2\"") == clients, "all of them to be counted");
        Assert.Equal("override", (await rollout.AskAsync(Ask))["X-OpenClaw-Reason"]);
        Assert.Equal(0, (await rollout.MetricsAsync()).Sum("openclaw_guard_trips_total"));
    }

    /// <summary>They are on the canary and hang up on it, or never finish what they ask of it, while everybody else is content.</summary>
    [Theory]
    [InlineData("GET / HTTP/1.1", "")]
    [InlineData("POST / HTTP/1.1", "Content-Length: 100\r\n")]
    public async Task ClientsThatLeaveTheCanary_TakeItFromNobody(string line, string fields)
    {
        await using RawUpstream canary = RawUpstream.Start(async wire =>
        {
            while (await wire.ReadHeadAsync() is not null)
            {
                await Task.Delay(20); // so that the client is gone
                await wire.SendAsync(Scene.Ok);
            }
        });
        await using Rollout rollout = await Rollout.StartAsync("canary: {version: v2, weight: 0.5}\nstickiness: {type: cookie}", Tell, canary);
        string user = (await rollout.BeginAsync(4)).First(session => session.Version == "v2").Cookie;
        for (int i = 0; i < 60; i++)
        {
            await using Wire client = await Wire.ConnectAsync(rollout.Edge.Port);
            await client.SendAsync($"{line}\r\nHost: h\r\n{user}\r\n{fields}\r\n");
            await Task.Delay(5); // so that the edge has begun with it
            client.Reset();
            await rollout.AskAsync("Cookie: other=1");
        }

        Assert.Equal(0, (await rollout.MetricsAsync()).Sum("openclaw_guard_trips_total"));
    }

    /// <summary>A user of the canary who has found the one page that always fails, on either side, and asks for nothing else.</summary>
    [Fact]
    public async Task OneSessionOfFailures_TakesTheCanaryFromNobody()
    {
        await using RawUpstream canary = RawUpstream.Answering(request => request["X-Broken"] is null ? Scene.Ok : "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
        await using Rollout rollout = await Rollout.StartAsync("canary: {version: v2, weight: 0.5}\nstickiness: {type: cookie}", Tell, canary);
        string user = (await rollout.BeginAsync(4)).First(session => session.Version == "v2").Cookie;
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal(500, (await rollout.AskAsync(user, "X-Broken: yes")).Status);
            await rollout.AskAsync("Cookie: other=1");
            await Task.Delay(10); // over several of the guard's ticks
        }

        Assert.Equal(0, (await rollout.MetricsAsync()).Sum("openclaw_guard_trips_total"));
    }

    [Fact]
    public async Task BodiesThatNeverCome_AreNoErrorsOfTheVersionThatSaysSo()
    {
        await using RawUpstream canary = RawUpstream.Start(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.SendAsync("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        });
        await using Rollout rollout = await Rollout.StartAsync("canary: {version: v2, weight: 1}", Tell, canary);
        for (int i = 0; i < 10; i++)
        {
            await using Wire client = await Wire.ConnectAsync(rollout.Edge.Port);
            await client.SendAsync("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf");
            Assert.Equal(408, (await client.ReadResponseAsync()).Status);
        }

        Assert.Equal(408, (await rollout.AskAsync()).Status); // of a request that was all there
        await Deadline.UntilAsync(async () => (await rollout.MetricsAsync()).Sum("openclaw_rating_samples", "version=\"v2\"") == 1, "the last to be counted, and nothing else");
    }
}
