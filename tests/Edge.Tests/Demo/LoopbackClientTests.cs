// What the demo's client sends: to the side port with its token.

using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenClaw.Edge.Demo;

namespace OpenClaw.Edge.Tests.Demo;

public sealed class LoopbackClientTests : IDisposable
{
    private readonly DemoLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task Post_CarriesTheTokenAndNoBody()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        LoopbackClient client = new(_loop.Loop, port);
        Task<LoopbackAnswer> answer = _loop.RunAsync(() => client.PostAsync("/guard/reset?version=v2", "secret"));
        using Socket side = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        byte[] head = new byte[1024];
        int length = 0;
        while (!Encoding.ASCII.GetString(head, 0, length).EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            length += await side.ReceiveAsync(head.AsMemory(length), TestContext.Current.CancellationToken);
        }

        string[] lines = Encoding.ASCII.GetString(head, 0, length).Split("\r\n");
        Assert.Equal("POST /guard/reset?version=v2 HTTP/1.1", lines[0]);
        Assert.Contains("Authorization: Bearer secret", lines);
        Assert.Contains("Content-Length: 0", lines);
        await side.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(200, (await answer).Status);
    }
}
