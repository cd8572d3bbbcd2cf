// One keep-alive connection to a port of this machine, for the demo's own requests: asks, reads the answer, connects anew
// when the other side has closed. Loop thread only; never more than one request at a time.

using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using OpenClaw.Edge.Io;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Demo;

/// <param name="Status">0: no answer came.</param>
/// <param name="Version">What the edge's X-OpenClaw-Version says; empty without one.</param>
internal readonly record struct LoopbackAnswer(int Status, string Version, byte[] Body)
{
    public static LoopbackAnswer None { get; } = new(0, "", []);
}

internal sealed class LoopbackClient(EventLoop loop, int port)
{
    private const long Patience = 5 * Clock.Second;

    private static readonly ParseLimits Limits = new();

    private readonly ResponseHead _head = new();
    private SocketTransport? _transport;

    public Task<LoopbackAnswer> GetAsync(string target) => AskAsync($"GET {target}", "");

    /// <param name="token">The side port's.</param>
    public Task<LoopbackAnswer> PostAsync(string target, string token) => AskAsync($"POST {target}", $"Authorization: Bearer {token}\r\nContent-Length: 0\r\n");

    /// <summary>An answer without Content-Length counts as none: nothing that the demo asks gives one.</summary>
    /// <param name="line">Method and target.</param>
    /// <param name="fields">More lines, each with its end.</param>
    private async Task<LoopbackAnswer> AskAsync(string line, string fields)
    {
        if (_transport is not { IsClosed: false, HasUnreadInput: false })
        {
            Close();
            (SocketTransport opened, ValueTask<int> connected) = SocketTransport.Connect(loop, new IPEndPoint(IPAddress.Loopback, port).Serialize(), []);
            if (await connected != 0)
            {
                return LoopbackAnswer.None;
            }

            _transport = opened;
        }

        SocketTransport transport = _transport;
        transport.SetDeadline(loop.Now + Patience);
        await transport.Output.WriteAsync(Encoding.ASCII.GetBytes($"{line} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: openclaw-edge-demo\r\n{fields}\r\n"));
        LoopbackAnswer answer = await ReadAsync(transport.Input);
        transport.SetDeadline(long.MaxValue);
        if (answer.Status == 0 || !_head.KeepAlive)
        {
            Close();
        }

        return answer;
    }

    public void Close()
    {
        _transport?.Close();
        _transport = null;
    }

    private async ValueTask<LoopbackAnswer> ReadAsync(PipeReader input)
    {
        _head.Reset();
        LoopbackAnswer answer = LoopbackAnswer.None;
        long end = -1;
        while (true)
        {
            ReadResult read = await input.ReadAsync();
            if (end < 0)
            {
                ParseResult parsed = ResponseParser.Parse(read.Buffer, _head, Limits, Method.Get);
                if (parsed.Status == ParseStatus.Invalid || (parsed.Status == ParseStatus.Complete && _head.Body.Kind != BodyKind.Length))
                {
                    return LoopbackAnswer.None;
                }

                if (parsed.Status == ParseStatus.Complete)
                {
                    answer = new LoopbackAnswer(_head.StatusCode, VersionNamed(), new byte[_head.Body.Length]);
                    end = parsed.Consumed + _head.Body.Length;
                }
            }

            if (end >= 0 && read.Buffer.Length >= end)
            {
                read.Buffer.Slice(end - answer.Body.Length, answer.Body.Length).CopyTo(answer.Body);
                input.AdvanceTo(read.Buffer.GetPosition(end));
                return answer;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled)
            {
                return LoopbackAnswer.None;
            }
        }
    }

    private string VersionNamed()
    {
        for (int i = _head.Fields.IndexOf(KnownField.OpenClaw); i >= 0; i = _head.Fields.IndexOf(KnownField.OpenClaw, i + 1))
        {
            Field field = _head.Fields[i];
            if (Ascii.EqualsIgnoreCase(_head.Name(field), "x-openclaw-version"u8))
            {
                return Encoding.ASCII.GetString(_head.Value(field));
            }
        }

        return "";
    }
}
