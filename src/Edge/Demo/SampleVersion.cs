// One version of the sample service: a small HTTP server on the demo's loop that answers a line of JSON after a while, and
// fails as often as it is told to. Loop thread, but for the two knobs, which any thread may turn.

using System.IO.Pipelines;
using System.Text;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Listen;
using OpenClaw.Edge.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Demo;

internal sealed class SampleVersion : Watcher
{
    private static readonly ParseLimits Limits = new();

    private readonly EventLoop _loop;
    private readonly int _listening;
    private volatile int _latencyMilliseconds;
    private volatile int _errorPercent;

    /// <param name="name">What it says it is.</param>
    /// <param name="latency">Mean of the time it takes for an answer; whole milliseconds.</param>
    public SampleVersion(EventLoop loop, string name, TimeSpan latency)
    {
        _loop = loop;
        Name = name;
        Latency = latency;
        (_listening, Port) = LoopbackPort.Listen(0);
    }

    public string Name { get; }

    public int Port { get; }

    public TimeSpan Latency
    {
        get => TimeSpan.FromMilliseconds(_latencyMilliseconds);
        set => _latencyMilliseconds = (int)value.TotalMilliseconds;
    }

    /// <summary>Of 100 answers, how many are a 500.</summary>
    public int ErrorPercent
    {
        get => _errorPercent;
        set => _errorPercent = value;
    }

    /// <summary>Begins to accept. Loop thread, or before the loop runs.</summary>
    public void Open() => _loop.Watch(this, _listening, edgeTriggered: false);

    /// <summary>Ends to accept. Loop thread.</summary>
    public void Close()
    {
        _loop.Forget(this);
        _ = Libc.close(_listening);
    }

    protected internal override unsafe void OnEvents(uint events)
    {
        int fd = Libc.accept4(_listening, null, null, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
        if (fd >= 0 && SocketTransport.Accepted(_loop, fd, []) is { } transport)
        {
            Libc.SetOption(fd, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
            _ = new Conversation(this, transport).RunAsync();
        }
    }

    protected internal override void OnDeadline()
    {
    }

    /// <summary>Half of the mean for sure, the other half by chance: no two answers alike, none without a bound.</summary>
    private TimeSpan NextPause() => Latency * (0.5 + Random.Shared.NextDouble());

    /// <summary>One connection: request after request.</summary>
    private sealed class Conversation(SampleVersion version, SocketTransport transport)
    {
        private readonly RequestHead _head = new();

        public async Task RunAsync()
        {
            while (await ReadAsync())
            {
                await version._loop.PauseAsync(version.NextPause());
                bool failed = Random.Shared.Next(100) < version.ErrorPercent;
                string body = failed ? $$"""{"version":"{{version.Name}}","error":"broken on purpose"}""" : $$"""{"version":"{{version.Name}}","message":"hello from {{version.Name}}"}""";
                string head = $"HTTP/1.1 {(failed ? "500 Internal Server Error" : "200 OK")}\r\nContent-Type: application/json\r\nContent-Length: {body.Length + 1}\r\n\r\n";
                string sent = head + (_head.Method == Method.Head ? "" : body + "\n");
                if ((await transport.Output.WriteAsync(Encoding.ASCII.GetBytes(sent))).IsCompleted || !_head.KeepAlive)
                {
                    break;
                }
            }

            transport.Close();
        }

        /// <summary>Takes one request off the connection, body included. False: the connection is over, or carries what this small server does not speak.</summary>
        private async ValueTask<bool> ReadAsync()
        {
            _head.Reset();
            long end = -1;
            while (true)
            {
                ReadResult read = await transport.Input.ReadAsync();
                if (end < 0 && RequestParser.Parse(read.Buffer, _head, Limits) is { Status: not ParseStatus.Incomplete } parsed)
                {
                    if (parsed.Status == ParseStatus.Invalid || _head.Body.Kind is not (BodyKind.None or BodyKind.Length))
                    {
                        return false;
                    }

                    end = parsed.Consumed + _head.Body.Length;
                }

                bool whole = end >= 0 && read.Buffer.Length >= end;
                if (whole)
                {
                    transport.Input.AdvanceTo(read.Buffer.GetPosition(end));
                }
                else
                {
                    transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                }

                if (whole || read.IsCompleted)
                {
                    return whole;
                }
            }
        }
    }
}
