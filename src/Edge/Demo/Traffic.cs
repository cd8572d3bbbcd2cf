// The demo's clients: a steady, bounded flow of real requests to the edge's port over keep-alive connections, and a count
// of what came back. Loop thread; the counts may be read by any thread.

using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Demo;

/// <summary>What the clients saw of one version. Written by the loop's thread.</summary>
internal sealed class VersionSeen
{
    private readonly long[] _byClass = new long[6];
    private double _meanMilliseconds;

    public long Requests => Volatile.Read(ref _byClass[2]) + Volatile.Read(ref _byClass[3]) + Volatile.Read(ref _byClass[4]) + Volatile.Read(ref _byClass[5]);

    /// <summary>Time from request to whole answer, leaning on the last hundred or so.</summary>
    public double MeanMilliseconds => Volatile.Read(ref _meanMilliseconds);

    /// <param name="statusClass">2 to 5.</param>
    public long OfClass(int statusClass) => Volatile.Read(ref _byClass[statusClass]);

    public void Count(int status, double milliseconds)
    {
        const double Newest = 0.02;
        double mean = Requests == 0 ? milliseconds : _meanMilliseconds + (Newest * (milliseconds - _meanMilliseconds));
        Volatile.Write(ref _meanMilliseconds, mean);
        int statusClass = Math.Clamp(status / 100, 2, 5);
        Volatile.Write(ref _byClass[statusClass], _byClass[statusClass] + 1);
    }
}

internal sealed class Traffic
{
    /// <summary>A connection that asks five times a second has slack for answers that take 200 ms before the rate suffers.</summary>
    private const int RequestsPerConnection = 5;

    private const int ConnectionsMax = 500;

    private readonly EventLoop _loop;
    private readonly int _port;
    private readonly TimeSpan _interval;
    private readonly int _connections;
    private volatile bool _stopping;
    private long _lost;

    /// <param name="rate">Requests per second, all connections together.</param>
    public Traffic(EventLoop loop, int port, int rate)
    {
        _loop = loop;
        _port = port;
        _connections = Math.Clamp(rate / RequestsPerConnection, 1, ConnectionsMax);
        _interval = TimeSpan.FromSeconds((double)_connections / rate);
    }

    public VersionSeen Stable { get; } = new();

    public VersionSeen Canary { get; } = new();

    /// <summary>Answers by the edge itself: no version had a part in them.</summary>
    public VersionSeen Edge { get; } = new();

    /// <summary>Requests without an answer.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Sends until <see cref="Stop"/>. On the loop's thread.</summary>
    public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, _connections).Select(AskAsync));

    /// <summary>No further request; what is lost from here on is not counted. Any thread.</summary>
    public void Stop() => _stopping = true;

    private async Task AskAsync(int index)
    {
        LoopbackClient client = new(_loop, _port);
        long interval = Clock.Nanoseconds(_interval);
        long next = Clock.Now + (interval * index / _connections); // the connections take turns
        while (!_stopping)
        {
            await _loop.PauseAsync(TimeSpan.FromMicroseconds((next - Clock.Now) / 1000));
            long asked = Clock.Now;
            LoopbackAnswer answer = await client.GetAsync("/");
            Count(answer, (Clock.Now - asked) / 1e6);
            next = Math.Max(next + interval, Clock.Now - interval); // late: catches up by one request, not by all it missed
        }

        client.Close();
    }

    private void Count(LoopbackAnswer answer, double milliseconds)
    {
        if (answer.Status != 0)
        {
            VersionSeen seen = answer.Version switch { DemoFiles.Stable => Stable, DemoFiles.Canary => Canary, _ => Edge };
            seen.Count(answer.Status, milliseconds);
        }
        else if (!_stopping)
        {
            Volatile.Write(ref _lost, _lost + 1);
        }
    }
}
