// A scripted server: hands every connection to the test's own code, and keeps what was asked. Owns its socket and
// connections; scripts run on pool threads.

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace OpenClaw.TestKit;

public sealed class RawUpstream : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentQueue<RawMessage> _requests = new();
    private readonly ConcurrentDictionary<Wire, bool> _open = new();
    private readonly Func<Wire, Task> _script;
    private readonly Task _accepting;
    private int _connections;

    private RawUpstream(Func<Wire, Task> script)
    {
        _script = script;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Every request read by a script so far, those cut off included.</summary>
    public IReadOnlyList<RawMessage> Requests => [.. _requests];

    /// <summary>Connections accepted so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Connections that stand now.</summary>
    public int Open => _open.Count;

    /// <summary>Runs <paramref name="script"/> once per connection; when it ends, the connection is closed.</summary>
    public static RawUpstream Start(Func<Wire, Task> script) => new(script);

    /// <summary>Gives the same answer to every request.</summary>
    public static RawUpstream Answering(string answer) => Answering(_ => answer);

    /// <summary>Gives each request the answer that the function makes of it.</summary>
    public static RawUpstream Answering(Func<RawMessage, string> answer) => new(async wire =>
    {
        while (await wire.ReadRequestAsync() is { IsComplete: true } request)
        {
            await wire.SendAsync(answer(request));
        }
    });

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (Wire wire in _open.Keys)
        {
            await wire.DisposeAsync();
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            socket.NoDelay = true;
            Interlocked.Increment(ref _connections);
            // A pooled connection may stay silent as long as the test lasts.
            Wire wire = new(new NetworkStream(socket, ownsSocket: true), socket) { OnRequest = _requests.Enqueue, Patience = TimeSpan.FromMinutes(10) };
            _open[wire] = true; // before it runs: it may be over at once
            _ = Task.Run(() => ServeAsync(wire));
        }
    }

    private async Task ServeAsync(Wire wire)
    {
        try
        {
            await _script(wire);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or SocketException)
        {
            // The other side is gone, or the test is over.
        }
        finally
        {
            await wire.DisposeAsync();
            _open.TryRemove(wire, out _);
        }
    }
}
