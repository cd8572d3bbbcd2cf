// Keep-alive load from K connections, each a thread with a blocking socket: one request, its answer, the next. Counts what
// came back by version and status, and what did not. Times are Stopwatch stamps.

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpenClaw.TestKit;

/// <summary>One answer.</summary>
/// <param name="Version">X-OpenClaw-Version; "" where there is none.</param>
/// <param name="Number">Of its request, from 0, in the order in which they were begun.</param>
public readonly record struct Answered(string Version, int Status, long SentAt, long ReceivedAt, long Number);

/// <summary>Load that is not the same request over and over on connections that stay.</summary>
/// <param name="Request">The request of a number, from 0; null: one that is always the same.</param>
/// <param name="PerConnection">A connection ends after so many requests on average; 0: it stays.</param>
/// <param name="PerSecond">Requests of all connections together; 0: as fast as answers come.</param>
public sealed record LoadShape(Func<long, byte[]>? Request = null, int PerConnection = 0, double PerSecond = 0);

public sealed class LoadGenerator
{
    private static readonly byte[] Request = "GET / HTTP/1.1\r\nHost: load.test\r\n\r\n"u8.ToArray();
    private static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentQueue<Answered> _answers = new();
    private readonly ConcurrentQueue<string> _broken = new();
    private readonly int _port;
    private readonly long _requests;
    private readonly LoadShape _shape;
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly List<Thread> _threads;
    private long _begun;
    private long _refused;
    private volatile bool _stopping;

    private LoadGenerator(int port, int connections, long requests, LoadShape? shape = null)
    {
        _port = port;
        _requests = requests;
        _shape = shape ?? new LoadShape();
        _threads = [.. Enumerable.Range(0, connections).Select(i => new Thread(Run) { Name = $"load-{i}", IsBackground = true })];
        _threads.ForEach(thread => thread.Start());
    }

    /// <summary>Every answer so far, in the order of their arrival.</summary>
    public IReadOnlyCollection<Answered> Answers => _answers;

    /// <summary>Requests that were sent, at least in part, and not answered whole; with the reason.</summary>
    public IReadOnlyCollection<string> Broken => _broken;

    /// <summary>Connections that were refused: nothing was sent on them.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Goes on until <see cref="StopAsync"/>.</summary>
    public static LoadGenerator Start(int port, int connections, LoadShape? shape = null) => new(port, connections, long.MaxValue, shape);

    /// <summary>Sends so many requests in all and waits for their answers.</summary>
    public static async Task<LoadGenerator> RunAsync(int port, int connections, long requests, TimeSpan? patience = null, LoadShape? shape = null)
    {
        LoadGenerator load = new(port, connections, requests, shape);
        await load.JoinAsync(patience ?? TimeSpan.FromMinutes(2));
        return load;
    }

    /// <summary>Lets every connection finish the request it is at.</summary>
    public Task StopAsync()
    {
        _stopping = true;
        return JoinAsync(Deadline.Patience * 2);
    }

    public int Count(string version) => _answers.Count(answer => answer.Version == version);

    public int CountStatus(int status) => _answers.Count(answer => answer.Status == status);

    private async Task JoinAsync(TimeSpan patience)
    {
        try
        {
            await Deadline.UntilAsync(() => _threads.TrueForAll(thread => !thread.IsAlive), "the load to end", patience);
        }
        finally
        {
            _stopping = true;
        }
    }

    private void Run()
    {
        byte[] buffer = new byte[32 * 1024];
        Random random = new();
        while (!_stopping && Interlocked.Read(ref _begun) < _requests)
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.ReceiveTimeout = socket.SendTimeout = (int)Deadline.Patience.TotalMilliseconds;
            try
            {
                socket.Connect(IPAddress.Loopback, _port);
            }
            catch (SocketException)
            {
                Interlocked.Increment(ref _refused);
                Thread.Sleep(PauseAfterRefusal);
                continue;
            }

            int served = 0, most = _shape.PerConnection == 0 ? int.MaxValue : random.Next(1, 2 * _shape.PerConnection);
            try
            {
                while (!_stopping && served < most && Interlocked.Increment(ref _begun) - 1 is var number && number < _requests && Ask(socket, number, buffer))
                {
                    served++;
                }
            }
            catch (Exception e) when (e is SocketException or IOException or FormatException)
            {
                _broken.Enqueue($"request {served + 1} of its connection: {e.Message}");
            }
        }
    }

    /// <summary>One exchange. True: the connection may be used again.</summary>
    private bool Ask(Socket socket, long number, byte[] buffer)
    {
        byte[] request = _shape.Request?.Invoke(number) ?? Request;
        if (_shape.PerSecond > 0 && TimeSpan.FromSeconds(number / _shape.PerSecond) - Stopwatch.GetElapsedTime(_startedAt) is { Ticks: > 0 } early)
        {
            Thread.Sleep(early);
        }

        long sentAt = Stopwatch.GetTimestamp();
        socket.Send(request);
        int have = 0, headEnd;
        while ((headEnd = buffer.AsSpan(0, have).IndexOf("\r\n\r\n"u8)) < 0)
        {
            have += Receive(socket, buffer.AsSpan(have));
        }

        long receivedAt = Stopwatch.GetTimestamp();
        Span<byte> head = buffer.AsSpan(0, headEnd + 2);
        Ascii.ToLowerInPlace(head, out _); // names know no case, and what stands in values here does not either
        int length = int.Parse(Value(head, "\r\ncontent-length: "u8));
        for (int left = headEnd + 4 + length - have; left > 0;)
        {
            left -= Receive(socket, buffer.AsSpan(headEnd + 4, Math.Min(left, buffer.Length - headEnd - 4)));
        }

        ReadOnlySpan<byte> version = Value(head, "\r\nx-openclaw-version: "u8);
        _answers.Enqueue(new Answered(version.SequenceEqual("v1"u8) ? "v1" : version.SequenceEqual("v2"u8) ? "v2" : Encoding.Latin1.GetString(version),
            int.Parse(head.Slice("HTTP/1.1 ".Length, 3)), sentAt, receivedAt, number));
        return head.IndexOf("\r\nconnection: close"u8) < 0;
    }

    private static int Receive(Socket socket, Span<byte> into)
    {
        int n = socket.Receive(into);
        return n > 0 ? n : throw new IOException("the connection ended");
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        int at = head.IndexOf(name);
        ReadOnlySpan<byte> rest = at < 0 ? "\r"u8 : head[(at + name.Length)..];
        return rest[..rest.IndexOf((byte)'\r')];
    }
}
