// Large and slow bodies: bounded memory, limits, stalls, and clients that go away.

using System.Diagnostics;

namespace OpenClaw.EndToEnd.Tests;

[Collection(nameof(Alone))]
public sealed class BodyTests
{
    private const long GiB = 1L << 30, MiB = 1L << 20;

    private static readonly byte[] Block = new byte[256 * 1024];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GibibyteUp_ArrivesInFlatMemory(bool chunked)
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            while (await wire.ReadHeadAsync() is { } text)
            {
                RawMessage head = new(text, [], true);
                long got = head["Content-Length"] is { } length ? await wire.SkipAsync(long.Parse(length))
                    : head["Transfer-Encoding"] is null ? 0 : await SkipChunksAsync(wire);
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {got.ToString().Length}\r\n\r\n{got}");
            }
        }));
        Wire client = await scene.ConnectAsync();
        long before = await WarmAsync(scene);
        await using Sampler memory = new(scene.Edge.Process);
        await client.SendAsync($"PUT / HTTP/1.1\r\nHost: h\r\n{(chunked ? "Transfer-Encoding: chunked" : $"Content-Length: {GiB}")}\r\n\r\n");
        await SendBodyAsync(client, GiB, chunked);
        Assert.Equal($"{GiB}", (await client.ReadResponseAsync()).Text);
        Assert.InRange(memory.Highest - before, long.MinValue, 64 * MiB);
    }

    [Theory]
    [InlineData("length")]
    [InlineData("chunked")]
    [InlineData("close")]
    public async Task GibibyteDown_ArrivesInFlatMemory(string framing)
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            while (await wire.ReadRequestAsync() is { } request)
            {
                if (request.Target != "/big")
                {
                    await wire.SendAsync(Scene.Ok);
                    continue;
                }

                await wire.SendAsync($"HTTP/1.1 200 OK\r\n{(framing == "length" ? $"Content-Length: {GiB}\r\n" : framing == "chunked" ? "Transfer-Encoding: chunked\r\n" : "")}\r\n");
                await SendBodyAsync(wire, GiB, framing == "chunked");
                if (framing == "close")
                {
                    return;
                }
            }
        }));
        Wire client = await scene.ConnectAsync();
        long before = await WarmAsync(scene);
        await using Sampler memory = new(scene.Edge.Process);
        await client.SendAsync("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
        RawMessage head = await client.ReadResponseHeadAsync();
        Assert.Equal(GiB, framing == "length" ? await client.SkipAsync(long.Parse(head["Content-Length"]!)) : await SkipChunksAsync(client));
        Assert.Equal("ok", (await client.AskAsync(Scene.Get)).Text);
        Assert.InRange(memory.Highest - before, long.MinValue, 64 * MiB);
    }

    [Fact]
    public async Task ClientThatReadsNothing_HoldsTheUpstreamBack()
    {
        long sent = 0;
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            while (await wire.ReadRequestAsync() is { } request)
            {
                bool big = request.Target == "/big";
                await wire.SendAsync(big ? $"HTTP/1.1 200 OK\r\nContent-Length: {GiB / 4}\r\n\r\n" : Scene.Ok);
                for (long left = big ? GiB / 4 : 0; left > 0; left -= Block.Length)
                {
                    await wire.SendAsync(Block);
                    Interlocked.Add(ref sent, Block.Length);
                }
            }
        }));
        long before = await WarmAsync(scene);
        Wire client = await scene.ConnectAsync(receiveBuffer: 64 * 1024);
        await client.SendAsync("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
        RawMessage head = await client.ReadResponseHeadAsync();
        await UntilStillAsync(() => Interlocked.Read(ref sent));
        Assert.InRange(scene.Edge.Process.ResidentBytes() - before, long.MinValue, 16 * MiB);
        Assert.InRange(Interlocked.Read(ref sent), 1, 64 * MiB); // what three kernels' buffers hold
        Assert.Equal(GiB / 4, await client.SkipAsync(long.Parse(head["Content-Length"]!)));
    }

    [Fact]
    public async Task UpstreamThatReadsNothing_HoldsTheClientBack()
    {
        TaskCompletionSource read = new();
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            while (await wire.ReadHeadAsync() is { } text)
            {
                if (new RawMessage(text, [], true)["Content-Length"] is { } length)
                {
                    await read.Task;
                    await wire.SkipAsync(long.Parse(length));
                }

                await wire.SendAsync(Scene.Ok);
            }
        }));
        long before = await WarmAsync(scene);
        Wire client = await scene.ConnectAsync();
        long sent = 0;
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {GiB / 4}\r\n\r\n");
        Task sending = Task.Run(async () =>
        {
            for (long left = GiB / 4; left > 0; left -= Block.Length)
            {
                await client.SendAsync(Block);
                Interlocked.Add(ref sent, Block.Length);
            }
        });
        await UntilStillAsync(() => Interlocked.Read(ref sent));
        Assert.InRange(scene.Edge.Process.ResidentBytes() - before, long.MinValue, 16 * MiB);
        Assert.False(sending.IsCompleted);
        read.SetResult();
        await sending;
        Assert.Equal("ok", (await client.ReadResponseAsync()).Text);
    }

    [Fact]
    public async Task ClientThatNeverReadsOn_IsCutOffAfterItsTime()
    {
        await using Scene scene = await Scene.StartAsync(
            RawUpstream.Start(async wire =>
            {
                await wire.ReadRequestAsync();
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {GiB}\r\n\r\n");
                await SendBodyAsync(wire, GiB, chunked: false);
            }),
            "timeouts: {writeStall: 300ms}");
        Wire client = await scene.ConnectAsync(receiveBuffer: 64 * 1024);
        await client.SendAsync(Scene.Get);
        await Deadline.UntilAsync(() => scene.Upstream.Connections == 1, "the request to arrive");
        await Deadline.UntilAsync(() => scene.Upstream.Open == 0, "the edge to give up");
        Assert.InRange((await client.ReadToEndAsync()).Length, 0, GiB - 1);
    }

    [Fact]
    public async Task ClientThatGoesAwayWithinItsBody_LeavesAnIncompleteRequest()
    {
        foreach (string framing in (string[])["Content-Length: 100\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"])
        {
            await using Scene scene = await Scene.StartAsync(Scene.Ok);
            Wire client = await scene.ConnectAsync();
            await client.SendAsync("POST / HTTP/1.1\r\nHost: h\r\n" + framing);
            await Deadline.UntilAsync(() => scene.Upstream.Connections == 1, "the head to arrive");
            await client.DisposeAsync();
            await Deadline.UntilAsync(() => scene.Upstream.Requests.Count == 1, "the upstream to see the end");
            Assert.False(scene.Upstream.Requests[0].IsComplete);
        }
    }

    [Fact]
    public async Task ClientThatGoesAwayWithinTheAnswer_EndsTheUpstreamsWork()
    {
        await using Scene scene = await Scene.StartAsync(RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {GiB}\r\n\r\n");
            while (true)
            {
                await wire.SendAsync(Block);
            }
        }));
        Wire client = await scene.ConnectAsync();
        await client.SendAsync(Scene.Get);
        await client.SkipAsync(MiB);
        client.Reset();
        await Deadline.UntilAsync(() => scene.Upstream.Connections == 1 && scene.Upstream.Open == 0, "the upstream connection to end");
    }

    [Theory]
    [InlineData("Content-Length: 1001\r\n\r\n", 0)]
    [InlineData("Content-Length: 1001\r\n\r\n", 1000)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n3e9\r\n", 1001)]
    public async Task BodyAboveTheLimit_Is413(string framing, int sent)
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok, "limits: {bodyBytes: 1000}");
        Wire client = await scene.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: h\r\n" + framing + new string('x', sent));
        RawMessage answer = await client.ReadResponseAsync();
        Assert.Equal(413, answer.Status);
        Assert.Empty(await client.ReadToEndAsync());
        Assert.DoesNotContain(scene.Upstream.Requests, request => request.IsComplete);
    }

    [Fact]
    public async Task BodyAtTheLimit_Passes()
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok, "limits: {bodyBytes: 1000}");
        Wire client = await scene.ConnectAsync();
        string body = new('x', 1000);
        Assert.Equal(200, (await client.AskAsync($"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n{body}")).Status);
        Assert.Equal(200, (await client.AskAsync($"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n{body}\r\n0\r\n\r\n")).Status);
    }

    [Fact]
    public async Task StalledBody_Is408()
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok, "timeouts: {bodyStall: 200ms}");
        Wire client = await scene.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
        RawMessage answer = await client.ReadResponseAsync();
        Assert.Equal(408, answer.Status);
        Assert.Empty(await client.ReadToEndAsync());
    }

    [Fact]
    public async Task SlowHead_Is408AndASilentConnectionJustEnds()
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok, "timeouts: {head: 200ms, idle: 200ms}");
        Wire slow = await scene.ConnectAsync(), silent = await scene.ConnectAsync(), idle = await scene.ConnectAsync();
        await slow.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n");
        Assert.Equal("ok", (await idle.AskAsync(Scene.Get)).Text);
        Assert.Equal(408, (await slow.ReadResponseAsync()).Status);
        Assert.Empty(await silent.ReadToEndAsync());
        Assert.Empty(await idle.ReadToEndAsync());
        Assert.Empty(await slow.ReadToEndAsync());
    }

    /// <summary>Resident memory once the edge has served something of every kind.</summary>
    private static async Task<long> WarmAsync(Scene scene)
    {
        await scene.AskAsync();
        return scene.Edge.Process.ResidentBytes();
    }

    private static async Task SendBodyAsync(Wire wire, long bytes, bool chunked)
    {
        byte[] block = chunked ? [.. System.Text.Encoding.ASCII.GetBytes($"{Block.Length:x}\r\n"), .. Block, .. "\r\n"u8] : Block;
        for (long left = bytes; left > 0; left -= Block.Length)
        {
            await wire.SendAsync(block);
        }

        if (chunked)
        {
            await wire.SendAsync("0\r\n\r\n");
        }
    }

    private static async Task<long> SkipChunksAsync(Wire wire)
    {
        long total = 0;
        while (await wire.ReadLineAsync() is { } line)
        {
            long size = Convert.ToInt64(line, 16);
            total += await wire.SkipAsync(size);
            await wire.ReadLineAsync();
            if (size == 0)
            {
                return total;
            }
        }

        throw new EndOfStreamException("no last chunk");
    }

    /// <summary>Waits until a number above 0 has stood still for a third of a second.</summary>
    private static async Task UntilStillAsync(Func<long> number)
    {
        long last = 0, since = Stopwatch.GetTimestamp();
        await Deadline.UntilAsync(
            () =>
            {
                long now = number();
                (last, since) = now == last ? (last, since) : (now, Stopwatch.GetTimestamp());
                return last > 0 && Stopwatch.GetElapsedTime(since).TotalMilliseconds > 333;
            },
            "the flow to come to a stop");
    }

    /// <summary>Watches resident memory while a transfer goes on.</summary>
    private sealed class Sampler : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _task;
        private long _highest;

        public Sampler(Child process) => _task = Task.Run(async () =>
        {
            using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(10));
            while (!_stop.IsCancellationRequested && await timer.WaitForNextTickAsync())
            {
                _highest = Math.Max(_highest, process.ResidentBytes());
            }
        });

        public long Highest => Interlocked.Read(ref _highest) is > 0 and var bytes ? bytes : throw new InvalidOperationException("no sample was taken");

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _task;
        }
    }

    /// <summary>The largest length the grammar takes: added to the head's own it would wrap around.</summary>
    [Fact]
    public async Task LengthNearTheLargestNumber_IsABodyLikeAnyOther()
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok, "upstream: {pool: {maxConnections: 2}}");
        for (int i = 0; i < 4; i++) // more than the pool holds: none may stay taken
        {
            Wire client = await scene.ConnectAsync();
            await client.SendAsync("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9223372036854775799\r\n\r\nhello");
            client.EndSending();
            await client.ReadToEndAsync();
        }

        Assert.Equal(200, (await scene.AskAsync()).Status);
    }
}
