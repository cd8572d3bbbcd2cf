// The answers that the edge gives itself: short text, right status, and a clear word on whether the connection stays.

using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using OpenClaw.Edge.Io;
using OpenClaw.Protocol;

namespace OpenClaw.Edge;

internal static class LocalAnswer
{
    private const int HeadBytesMax = 512;

    /// <summary>A client that does not even read a short answer is not waited for long.</summary>
    private const long Stall = 10 * Clock.Second;

    /// <summary>Writes and flushes. True: the connection may carry another request.</summary>
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    public static async ValueTask<bool> SendAsync(Transport downstream, byte[] dateLine, int status, string text, Method method, bool keepAlive, ReadOnlyMemory<byte> extraLines = default)
    {
        Write(downstream.Output, dateLine, status, text, extraLines.Span, method, keepAlive);
        FlushResult flushed = await downstream.SendAsync(Stall);
        return keepAlive && !flushed.IsCompleted && !flushed.IsCanceled;
    }

    /// <param name="extraLines">Further field lines, each ending in CRLF.</param>
    public static void Write(PipeWriter output, ReadOnlySpan<byte> dateLine, int status, string text, ReadOnlySpan<byte> extraLines, Method method, bool keepAlive)
    {
        HeadWriter writer = new(output.GetSpan(HeadBytesMax + dateLine.Length + extraLines.Length + text.Length));
        Span<byte> body = stackalloc byte[text.Length + 1];
        System.Text.Encoding.ASCII.GetBytes(text, body);
        body[^1] = (byte)'\n';

        writer.Write("HTTP/1.1 "u8);
        writer.WriteNumber(status);
        writer.Write(" "u8);
        writer.Write(Reason(status));
        writer.Write("\r\nContent-Type: text/plain\r\nContent-Length: "u8);
        writer.WriteNumber(body.Length);
        writer.Write("\r\n"u8);
        writer.Write(dateLine);
        writer.Write(extraLines);
        writer.Write(keepAlive ? "\r\n"u8 : "Connection: close\r\n\r\n"u8);
        if (method != Method.Head)
        {
            writer.Write(body);
        }

        output.Advance(writer.Written);
    }

    /// <summary>Reason phrases of RFC 9110 15 (429 and 431: RFC 6585 4, 5).</summary>
    internal static ReadOnlySpan<byte> Reason(int status) => status switch
    {
        200 => "OK"u8,
        202 => "Accepted"u8,
        308 => "Permanent Redirect"u8,
        400 => "Bad Request"u8,
        401 => "Unauthorized"u8,
        403 => "Forbidden"u8,
        404 => "Not Found"u8,
        405 => "Method Not Allowed"u8,
        408 => "Request Timeout"u8,
        409 => "Conflict"u8,
        410 => "Gone"u8,
        413 => "Content Too Large"u8,
        414 => "URI Too Long"u8,
        417 => "Expectation Failed"u8,
        429 => "Too Many Requests"u8,
        431 => "Request Header Fields Too Large"u8,
        500 => "Internal Server Error"u8,
        501 => "Not Implemented"u8,
        502 => "Bad Gateway"u8,
        503 => "Service Unavailable"u8,
        504 => "Gateway Timeout"u8,
        505 => "HTTP Version Not Supported"u8,
        _ => "Error"u8,
    };
}
