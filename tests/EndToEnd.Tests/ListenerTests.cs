// Where the edge can be reached: unix sockets, IPv6, several listeners.

using System.Net;
using System.Net.Sockets;

namespace OpenClaw.EndToEnd.Tests;

public sealed class ListenerTests
{
    [Fact]
    public async Task UnixSocket_IsServedAndTakenOverFromADeadProcess()
    {
        using TestFolder folder = new();
        string path = folder.Path("edge.sock");
        await using RawUpstream upstream = RawUpstream.Answering(Scene.Ok);
        for (int i = 0; i < 2; i++)
        {
            await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={upstream.Url}"], "--listen", $"unix:{path}");
            await using Wire client = await Wire.ConnectAsync(new UnixDomainSocketEndPoint(path));
            Assert.Equal("ok", (await client.AskAsync(Scene.Get)).Text);
            Assert.Equal("unknown", upstream.Requests[^1]["X-Forwarded-For"]); // RFC 7239 6.2
            edge.Process.Kill(); // leaves its socket behind
            await edge.Process.WaitAsync();
        }
    }

    [Fact]
    public async Task UnixSocketInUse_IsNotTakenOver()
    {
        using TestFolder folder = new();
        string path = folder.Path("edge.sock");
        await using RawUpstream upstream = RawUpstream.Answering(Scene.Ok);
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={upstream.Url}"], "--listen", $"unix:{path}");
        await using Child second = await Child.RunAsync(EdgeProcess.Binary, ["run", "--listen", $"unix:{path}", "--upstream", $"v1={upstream.Url}", "--admin", "none"]);
        Assert.Equal(2, second.ExitCode);
        Assert.Contains(path, second.Output);
        await using Wire client = await Wire.ConnectAsync(new UnixDomainSocketEndPoint(path));
        Assert.Equal("ok", (await client.AskAsync(Scene.Get)).Text);
    }

    [Fact]
    public async Task SixthVersionOfIp_IsServed()
    {
        Assert.SkipUnless(Ports.HasIPv6Loopback(), "this machine has no ::1");
        await using RawUpstream upstream = RawUpstream.Answering(Scene.Ok);
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={upstream.Url}"], "--listen", "http://[::1]:0");
        await using Wire client = await Wire.ConnectAsync(new IPEndPoint(IPAddress.IPv6Loopback, edge.Port));
        Assert.Equal("ok", (await client.AskAsync($"GET / HTTP/1.1\r\nHost: [::1]:{edge.Port}\r\n\r\n")).Text);
        Assert.Equal("::1", upstream.Requests[0]["X-Forwarded-For"]!.Trim('"', '[', ']'));
    }

    [Fact]
    public async Task SeveralListeners_AreAllServed()
    {
        await using RawUpstream upstream = RawUpstream.Answering(Scene.Ok);
        await using EdgeProcess edge = await EdgeProcess.StartAsync([$"v1={upstream.Url}"],
            "--listen", "http://127.0.0.1:0", "--listen", "http://127.0.0.1:0", "--workers", "2");
        Assert.Equal(2, edge.Addresses.Distinct().Count());
        foreach (string address in edge.Addresses)
        {
            await using Wire client = await Wire.ConnectAsync(EdgeProcess.PortOf(address));
            Assert.Equal("ok", (await client.AskAsync(Scene.Get)).Text);
        }
    }
}
