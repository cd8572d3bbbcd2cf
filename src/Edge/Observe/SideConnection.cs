// One connection to the side port: request after request, each answered from memory. Side port's thread.

using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Io;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Observe;

internal sealed class SideConnection(SidePort port, SocketTransport transport, SidePages pages)
{
    private const long IdleTimeout = 75 * Clock.Second; // longer than the usual scrape interval of 15 to 60 s
    private const long HeadTimeout = 10 * Clock.Second;
    private const long BodyTimeout = 10 * Clock.Second;
    private const long WriteTimeout = 10 * Clock.Second;
    private const long LingerFor = Clock.Second;
    private const int LingerBytesMax = 64 * 1024;
    private const int HeadRoom = 512;

    private static readonly ParseLimits Limits = new(HeadBytes: 16384, LineBytes: 8192, Fields: 64);

    private readonly RequestHead _head = new();

    /// <summary>Waits for a request of which nothing has come.</summary>
    public bool IsIdle { get; private set; }

    public void Close() => transport.Close();

    /// <summary>Its task ends with the connection and never fails.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (await ServeAsync())
            {
            }

            if (!transport.IsClosed)
            {
                await transport.ShutdownAsync();
                transport.SetDeadline(port.Loop.Now + LingerFor);
                await transport.LingerAsync(LingerBytesMax);
            }
        }
        catch (Exception failure)
        {
            pages.Report(failure); // a fault of ours: this connection ends, and gives its place back
        }

        transport.Close();
        port.Leave(this);
    }

    /// <summary>One request. True: the connection may carry another.</summary>
    private async ValueTask<bool> ServeAsync()
    {
        _head.Reset();
        IsIdle = true;
        transport.SetDeadline(port.Loop.Now + IdleTimeout);
        ReadResult read = await transport.Input.ReadAsync();
        IsIdle = false;
        transport.SetDeadline(port.Loop.Now + HeadTimeout); // for the whole head
        ParseResult parsed = RequestParser.Parse(read.Buffer, _head, Limits);
        while (parsed.Status == ParseStatus.Incomplete && !read.IsCompleted && !read.IsCanceled)
        {
            transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await transport.Input.ReadAsync();
            parsed = RequestParser.Parse(read.Buffer, _head, Limits);
        }

        if (parsed.Status != ParseStatus.Complete)
        {
            bool broken = parsed.Status == ParseStatus.Invalid;
            transport.Input.AdvanceTo(read.Buffer.End);
            return broken && await SendAsync(SideAnswer.Text(ParseErrors.StatusCode(parsed.Error), ParseErrors.Text(parsed.Error)), isHead: false, keepAlive: false);
        }

        SideCall call = pages.Find(_head);
        if (call.Page is { BodyBytesMax: > 0 and var most })
        {
            return await TakeAsync(call, most, read, parsed.Consumed);
        }

        // A body that no page reads is passed over if it has come whole; any other ends the connection (RFC 9112 9.3).
        bool whole = _head.Body.IsEmpty || (_head.Body.Kind == BodyKind.Length && _head.Body.Length <= read.Buffer.Length - parsed.Consumed);
        bool isHead = _head.Method == Method.Head;
        SideAnswer answer = pages.Answer(call);
        transport.Input.AdvanceTo(read.Buffer.GetPosition(whole ? parsed.Consumed + _head.Body.Length : parsed.Consumed));
        return await SendAsync(answer, isHead, keepAlive: whole && _head.KeepAlive);
    }

    /// <summary>A request whose body the page reads.</summary>
    private async ValueTask<bool> TakeAsync(SideCall call, int most, ReadResult read, int headEnd)
    {
        if (_head.ExpectContinue && _head.Body.Length <= most)
        {
            transport.Output.Write(InterimAnswers.Continue);
            await transport.SendAsync(WriteTimeout); // a client that is gone shows when its body is read
        }

        BodyReader body = new(transport, new byte[_head.Body.Kind == BodyKind.Chunked ? most : Math.Min(most, _head.Body.Length)]);
        BodyEnd end = await body.ReadAsync(_head.Body, read.Buffer, headEnd, port.Loop.Now + BodyTimeout);
        transport.Input.AdvanceTo(body.Rest.GetPosition(body.Used));
        SideAnswer answer = end switch
        {
            BodyEnd.Whole => pages.Answer(call, body.Bytes),
            BodyEnd.TooLarge => SideAnswer.Text(413, $"this page takes at most {most} bytes"),
            BodyEnd.Late => SideAnswer.Text(408, "the body did not arrive in time"),
            _ => SideAnswer.Text(400, "the body is broken or not whole"),
        };
        return await SendAsync(answer, isHead: false, keepAlive: end == BodyEnd.Whole && _head.KeepAlive);
    }

    private async ValueTask<bool> SendAsync(SideAnswer answer, bool isHead, bool keepAlive)
    {
        transport.SetDeadline(port.Loop.Now + WriteTimeout);
        WriteHead(answer, keepAlive);
        FlushResult flushed = await transport.Output.WriteAsync(isHead ? default : answer.Body);
        return keepAlive && !flushed.IsCompleted && !flushed.IsCanceled;
    }

    private void WriteHead(SideAnswer answer, bool keepAlive)
    {
        byte[] date = port.Date.Line(port.Loop.Now);
        byte[] extraLines = Encoding.ASCII.GetBytes(answer.ExtraLines);
        HeadWriter writer = new(transport.Output.GetSpan(HeadRoom + date.Length + extraLines.Length + answer.ContentType.Length));
        writer.Write("HTTP/1.1 "u8);
        writer.WriteNumber(answer.Status);
        writer.Write(" "u8);
        writer.Write(LocalAnswer.Reason(answer.Status));
        writer.Write("\r\nContent-Type: "u8);
        writer.Write(Encoding.ASCII.GetBytes(answer.ContentType));
        writer.Write("\r\nContent-Length: "u8);
        writer.WriteNumber(answer.Body.Length);
        writer.Write("\r\nCache-Control: no-store\r\n"u8);
        writer.Write(date);
        writer.Write(extraLines);
        writer.Write(!keepAlive ? "Connection: close\r\n\r\n"u8 : _head.MinorVersion == 0 ? "Connection: keep-alive\r\n\r\n"u8 : "\r\n"u8);
        transport.Output.Advance(writer.Written);
    }
}
