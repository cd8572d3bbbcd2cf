// The usual stage: one scripted upstream, one edge before it, one worker, and clients that connect. Owns all of them.

using System.Net;

namespace OpenClaw.EndToEnd.Tests;

internal sealed class Scene : IAsyncDisposable
{
    private readonly List<Wire> _clients = [];

    private Scene(RawUpstream upstream, EdgeProcess edge, TestFolder folder) => (Upstream, Edge, Folder) = (upstream, edge, folder);

    public const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    public const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    public RawUpstream Upstream { get; }

    public EdgeProcess Edge { get; }

    public TestFolder Folder { get; }

    /// <param name="more">Further keys of edge.yaml.</param>
    public static async Task<Scene> StartAsync(RawUpstream upstream, string more = "")
    {
        TestFolder folder = new();
        string config = folder.Write("edge.yaml", $$$"""
            listeners: [{address: "127.0.0.1:0"}]
            admin: none
            workers: 1
            versions: {v1: {endpoints: ["{{{upstream.Url}}}"]}}
            {{{more}}}
            """);
        return new Scene(upstream, await EdgeProcess.StartAsync(["--config", config, "--admin", "none"], listeners: 1), folder);
    }

    public static Task<Scene> StartAsync(string answer, string more = "") => StartAsync(RawUpstream.Answering(answer), more);

    /// <param name="receiveBuffer">Bytes the client's kernel buffers; 0: as it likes.</param>
    public async Task<Wire> ConnectAsync(int receiveBuffer = 0)
    {
        Wire client = await Wire.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Edge.Port), receiveBuffer);
        _clients.Add(client);
        return client;
    }

    /// <summary>One request on a connection of its own.</summary>
    public async Task<RawMessage> AskAsync(string request = Get) => await (await ConnectAsync()).AskAsync(request);

    public async ValueTask DisposeAsync()
    {
        foreach (Wire client in _clients)
        {
            await client.DisposeAsync();
        }

        await Edge.DisposeAsync();
        await Upstream.DisposeAsync();
        Folder.Dispose();
    }
}
