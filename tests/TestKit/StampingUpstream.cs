// A server that answers 200 to requests without a body as fast as blocking threads can, one for each connection, and notes when each request came.
// Owns its socket, connections and threads. Times are Stopwatch stamps.

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpenClaw.TestKit;

/// <param name="Target">As it stands in the request's first line.</param>
public readonly record struct Arrival(string Target, long At);

public sealed class StampingUpstream : IAsyncDisposable
{
    private static readonly byte[] Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray();

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentQueue<Arrival> _arrivals = new();
    private readonly ConcurrentDictionary<Socket, Thread> _open = new();
    private readonly Thread _accepting;

    private StampingUpstream()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";
        _accepting = new Thread(Accept) { IsBackground = true };
        _accepting.Start();
    }

    public string Url { get; }

    public IReadOnlyCollection<Arrival> Arrivals => _arrivals;

    public static StampingUpstream Start() => new();

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await Deadline.UntilAsync(() => !_accepting.IsAlive, "the upstream to stop listening");
        foreach ((Socket socket, Thread thread) in _open)
        {
            socket.Dispose();
            await Deadline.UntilAsync(() => !thread.IsAlive, "a connection of the upstream to end");
        }
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket socket = _listener.Accept();
                socket.NoDelay = true;
                Thread thread = new(() => Serve(socket)) { IsBackground = true };
                _open[socket] = thread;
                thread.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private void Serve(Socket socket)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            for (int have = 0, n; (n = socket.Receive(buffer.AsSpan(have))) > 0;)
            {
                long at = Stopwatch.GetTimestamp();
                Span<byte> head = buffer.AsSpan(0, have += n);
                if (head.EndsWith("\r\n\r\n"u8))
                {
                    _arrivals.Enqueue(new Arrival(Encoding.Latin1.GetString(head[..head.IndexOf((byte)'\r')]).Split(' ')[1], at));
                    have = 0;
                    socket.Send(Ok);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The edge has closed it, or the test is over.
        }
        finally
        {
            socket.Dispose();
            _open.TryRemove(socket, out _);
        }
    }
}
