// The least of an API server: lists and watches of named objects over plain HTTP, as a test sets them. Owns its socket.

using System.Collections.Concurrent;
using System.Text;

namespace OpenClaw.EndToEnd.Tests;

internal sealed class ScriptedApiServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, string> _objects = new(); // by collection
    private readonly ConcurrentDictionary<Wire, string> _watches = new();
    private readonly RawUpstream _server;
    private int _version = 100;

    public ScriptedApiServer() => _server = RawUpstream.Start(ServeAsync);

    public string Url => _server.Url;

    public IReadOnlyList<RawMessage> Requests => _server.Requests;

    /// <summary>Sets an object, and tells whoever watches.</summary>
    /// <param name="collection">As httproutes.</param>
    /// <param name="rest">Members of the object but its metadata, without braces.</param>
    public Task SetAsync(string collection, string name, string rest) => TellAsync(collection, name, rest, _objects.ContainsKey(collection) ? "MODIFIED" : "ADDED");

    public Task DeleteAsync(string collection, string name) => TellAsync(collection, name, null, "DELETED");

    /// <summary>Ends every watch without a word.</summary>
    public async Task DropWatchesAsync()
    {
        foreach (Wire watch in _watches.Keys)
        {
            await watch.DisposeAsync();
        }
    }

    public static string Route(int stable, int canary) => $$"""
        "kind":"HTTPRoute","spec":{"rules":[{"backendRefs":[{"name":"rating-api-stable","port":80,"weight":{{stable}}},{"name":"rating-api-canary","port":80,"weight":{{canary}}}]}]}
        """;

    public static string ConfigMap(string policy) => $$"""
        "kind":"ConfigMap","data":{"policy.yaml":{{System.Text.Json.JsonSerializer.Serialize(policy)}}}
        """;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TellAsync(string collection, string name, string? rest, string type)
    {
        int version = Interlocked.Increment(ref _version);
        string item = $$$"""{"metadata":{"name":"{{{name}}}","namespace":"openclaw","resourceVersion":"{{{version}}}"},{{{rest ?? "\"kind\":\"Gone\""}}}}""";
        if (rest is null)
        {
            _objects.TryRemove(collection, out _);
        }
        else
        {
            _objects[collection] = item;
        }

        foreach ((Wire watch, string watched) in _watches)
        {
            if (watched == collection)
            {
                await watch.SendAsync(Chunk($$"""{"type":"{{type}}","object":{{item}}}""" + "\n"));
            }
        }
    }

    private async Task ServeAsync(Wire wire)
    {
        while (await wire.ReadRequestAsync() is { IsComplete: true } request)
        {
            string target = request.StartLine.Split(' ')[1], path = target.Split('?')[0], collection = path[(path.LastIndexOf('/') + 1)..];
            if (!target.Contains("watch=true"))
            {
                string items = _objects.TryGetValue(collection, out string? item) ? item : "";
                string list = $$"""{"kind":"List","metadata":{"resourceVersion":"{{_version}}"},"items":[{{items}}]}""";
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(list)}\r\n\r\n{list}");
                continue;
            }

            await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
            _watches[wire] = collection;
            try
            {
                await wire.ReadToEndAsync();
            }
            finally
            {
                _watches.TryRemove(wire, out _);
            }
        }
    }

    private static string Chunk(string text) => $"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n";
}
