// One byte stream that speaks HTTP/1, from either end: sends what a test wrote, reads exactly one message by its framing,
// never a byte beyond. Every wait is bounded. One user at a time and direction.

using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace OpenClaw.TestKit;

public sealed class Wire(Stream stream, Socket socket) : IAsyncDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start, _end;

    public Stream Stream => stream;

    /// <summary>For each single read or write.</summary>
    public TimeSpan Patience { get; set; } = Deadline.Patience;

    /// <summary>Sees every request that <see cref="ReadRequestAsync"/> has read, whole or cut off.</summary>
    public Action<RawMessage>? OnRequest { get; set; }

    /// <summary>The other side has ended the stream.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>It ended with a reset instead of a proper end.</summary>
    public bool WasReset { get; private set; }

    public static async Task<Wire> ConnectAsync(EndPoint address, int receiveBuffer = 0)
    {
        Socket socket = address is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
        {
            socket.ReceiveBufferSize = receiveBuffer;
        }

        await socket.ConnectAsync(address, Deadline.After());
        return new Wire(new NetworkStream(socket, ownsSocket: true), socket);
    }

    public static Task<Wire> ConnectAsync(int port) => ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>The same over TLS; whatever certificate the server shows is taken.</summary>
    /// <param name="singleBytes">Every byte of every record goes out on its own.</param>
    public static async Task<Wire> ConnectTlsAsync(int port, SslClientAuthenticationOptions? options = null, bool singleBytes = false)
    {
        options ??= new SslClientAuthenticationOptions { TargetHost = "localhost" };
        options.RemoteCertificateValidationCallback ??= (_, _, _, _) => true;
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), Deadline.After());
        SslStream tls = new(singleBytes ? new SingleByteStream(socket) : new NetworkStream(socket, ownsSocket: true));
        try
        {
            await tls.AuthenticateAsClientAsync(options, Deadline.After());
            return new Wire(tls, socket);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await stream.WriteAsync(bytes, Deadline.After(Patience));

    /// <summary>No further byte comes from this side.</summary>
    public void EndSending() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends with a reset, as a process that dies with unread bytes does.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    /// <summary>The next request with its body; null when the stream ends before one begins.</summary>
    public async Task<RawMessage?> ReadRequestAsync() =>
        await ReadHeadAsync() is { } head ? await ReadRequestBodyAsync(head) : null;

    /// <summary>The rest of a request whose head was read.</summary>
    public async Task<RawMessage> ReadRequestBodyAsync(string head)
    {
        RawMessage message = await ReadBodyAsync(head, untilEnd: false, noBody: false);
        OnRequest?.Invoke(message);
        return message;
    }

    /// <summary>The next final response with its body; 1xx ones are collected.</summary>
    /// <param name="toHead">It answers a HEAD request.</param>
    public async Task<RawMessage> ReadResponseAsync(bool toHead = false)
    {
        List<RawMessage> interim = [];
        RawMessage head;
        while ((head = await ReadResponseHeadAsync()).Status < 200)
        {
            interim.Add(head);
        }

        RawMessage message = await ReadBodyAsync(head.Head, untilEnd: true, noBody: toHead || head.Status is 204 or 304);
        return message with { Interim = interim };
    }

    /// <summary>The head of the next response, 1xx or final; its body stays in the stream.</summary>
    public async Task<RawMessage> ReadResponseHeadAsync() =>
        new(await ReadHeadAsync() ?? throw new EndOfStreamException(WasReset ? "reset before a response" : "ended before a response"), [], true);

    public async Task<RawMessage> AskAsync(string request)
    {
        await SendAsync(request);
        return await ReadResponseAsync(toHead: request.StartsWith("HEAD ", StringComparison.Ordinal));
    }

    /// <summary>Start line and fields without the empty line; null when nothing came. A head cut off ends in "(cut)".</summary>
    public async Task<string?> ReadHeadAsync()
    {
        MemoryStream head = new();
        while (true)
        {
            while (_start < _end)
            {
                head.WriteByte(_buffer[_start++]);
                if (head.GetBuffer().AsSpan(0, (int)head.Length).EndsWith("\r\n\r\n"u8))
                {
                    return Encoding.Latin1.GetString(head.GetBuffer(), 0, (int)head.Length - 4);
                }
            }

            if (!await FillAsync())
            {
                return head.Length == 0 ? null : Encoding.Latin1.GetString(head.ToArray()) + "(cut)";
            }
        }
    }

    /// <summary>Everything up to the end of the stream.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        MemoryStream all = new();
        await CopyAsync(all, long.MaxValue);
        return all.ToArray();
    }

    /// <summary>Reads that many bytes, or fewer if the stream ends, and forgets them.</summary>
    public Task<long> SkipAsync(long bytes) => CopyAsync(System.IO.Stream.Null, bytes);

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task<RawMessage> ReadBodyAsync(string head, bool untilEnd, bool noBody)
    {
        RawMessage message = new(head, [], true);
        if (head.EndsWith("(cut)", StringComparison.Ordinal))
        {
            return message with { IsComplete = false };
        }

        MemoryStream body = new();
        if (noBody)
        {
            return message;
        }

        if (message["Transfer-Encoding"] is not null)
        {
            (bool whole, string chunks) = await ReadChunksAsync(body);
            return message with { Body = body.ToArray(), IsComplete = whole, Chunks = chunks };
        }

        if (message["Content-Length"] is { } length)
        {
            long expected = long.Parse(length, CultureInfo.InvariantCulture);
            return message with { IsComplete = await CopyAsync(body, expected) == expected, Body = body.ToArray() };
        }

        if (!untilEnd)
        {
            return message;
        }

        await CopyAsync(body, long.MaxValue);
        return message with { Body = body.ToArray(), IsComplete = !WasReset };
    }

    private async Task<(bool Whole, string Lines)> ReadChunksAsync(MemoryStream body)
    {
        List<string> lines = [];
        while (await ReadLineAsync() is { } line)
        {
            lines.Add(line);
            int size = int.Parse(line.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size > 0 && (await CopyAsync(body, size) != size || await ReadLineAsync() is not ""))
            {
                break;
            }

            if (size == 0)
            {
                string? trailer;
                while ((trailer = await ReadLineAsync()) is { Length: > 0 })
                {
                    lines.Add(trailer);
                }

                return (trailer is not null, string.Join(' ', lines));
            }
        }

        return (false, string.Join(' ', lines));
    }

    /// <summary>Up to CRLF, without it; null when the stream ends before.</summary>
    public async Task<string?> ReadLineAsync()
    {
        StringBuilder line = new();
        while (_start < _end || await FillAsync())
        {
            line.Append((char)_buffer[_start++]);
            if (line.Length >= 2 && line[^2] == '\r' && line[^1] == '\n')
            {
                return line.ToString(0, line.Length - 2);
            }
        }

        return null;
    }

    private async Task<long> CopyAsync(Stream to, long bytes)
    {
        long done = 0;
        while (done < bytes && (_start < _end || await FillAsync()))
        {
            int take = (int)Math.Min(_end - _start, bytes - done);
            to.Write(_buffer, _start, take);
            _start += take;
            done += take;
        }

        return done;
    }

    private async Task<bool> FillAsync()
    {
        if (HasEnded)
        {
            return false;
        }

        _start = _end = 0;
        try
        {
            _end = await stream.ReadAsync(_buffer, Deadline.After(Patience));
            HasEnded = _end == 0;
        }
        catch (IOException)
        {
            HasEnded = WasReset = true;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"nothing came within {Patience.TotalSeconds} s");
        }

        return !HasEnded;
    }

    private sealed class SingleByteStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (int i = 0; i < buffer.Length; i++)
            {
                await base.WriteAsync(buffer.Slice(i, 1), cancellationToken);
            }
        }
    }
}
