// Composes the head that goes to the client: the upstream's fields that may cross, and the edge's own. Pure composition
// into a span; worker's thread.

using System.IO.Pipelines;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

/// <summary>How the end of an answer's body is told to the client.</summary>
internal enum AnswerFraming : byte
{
    /// <summary>As the upstream said: Content-Length, or no body.</summary>
    AsReceived,

    /// <summary>In chunks of the edge's own.</summary>
    Chunked,

    /// <summary>By closing; the only form an HTTP/1.0 client knows for a body of unknown length (RFC 9112 6.1).</summary>
    UntilClose,
}

internal readonly ref struct ResponseAdditions
{
    /// <summary>The whole Date line.</summary>
    public required ReadOnlySpan<byte> DateLine { get; init; }
    public required ReadOnlySpan<byte> Announcement { get; init; }
    public required ReadOnlySpan<byte> SetLines { get; init; }

    /// <summary>Lines of this one answer.</summary>
    public required ReadOnlySpan<byte> OwnLines { get; init; }
    public required AnswerFraming Framing { get; init; }
    public required bool Close { get; init; }

    /// <summary>An HTTP/1.0 client asked for keep-alive and gets it only if told so.</summary>
    public required bool SayKeepAlive { get; init; }
}

internal static class ResponseWriter
{
    private const int OwnNamesBytes = 128;

    public static void Write(PipeWriter output, ResponseHead head, in ResponseAdditions own)
    {
        ReadOnlySpan<byte> bytes = head.Bytes.Span;
        int most = bytes.Length + own.DateLine.Length + own.Announcement.Length + own.SetLines.Length + own.OwnLines.Length + OwnNamesBytes;
        HeadWriter writer = new(output.GetSpan(most));
        WriteStatusLine(ref writer, head);

        ulong drop = KnownFields.Mask(KnownField.OpenClaw);
        if (own.Framing != AnswerFraming.AsReceived || head.StatusCode == 204)
        {
            drop |= KnownFields.Mask(KnownField.ContentLength); // RFC 9110 8.6: not with 204 either
        }

        writer.WriteKept(bytes, head.Fields, drop);
        if ((head.Fields.Present & KnownFields.Mask(KnownField.Date)) == 0)
        {
            writer.Write(own.DateLine); // RFC 9110 6.6.1
        }

        writer.Write(own.Announcement);
        writer.Write(own.SetLines);
        if (!own.OwnLines.IsEmpty)
        {
            writer.Write(own.OwnLines);
        }

        if (own.Framing == AnswerFraming.Chunked)
        {
            writer.Write("Transfer-Encoding: chunked\r\n"u8);
        }

        writer.Write(own.Close ? "Connection: close\r\n\r\n"u8 : own.SayKeepAlive ? "Connection: keep-alive\r\n\r\n"u8 : "\r\n"u8);
        output.Advance(writer.Written);
    }

    /// <summary>A 1xx answer: passed on without additions (RFC 9110 15.2).</summary>
    public static void WriteInterim(PipeWriter output, ResponseHead head)
    {
        HeadWriter writer = new(output.GetSpan(head.Bytes.Length + OwnNamesBytes));
        WriteStatusLine(ref writer, head);
        writer.WriteKept(head.Bytes.Span, head.Fields, KnownFields.Mask(KnownField.OpenClaw) | KnownFields.Mask(KnownField.ContentLength));
        writer.Write("\r\n"u8);
        output.Advance(writer.Written);
    }

    /// <summary>Our own version, whatever the upstream's was (RFC 9110 2.5).</summary>
    private static void WriteStatusLine(ref HeadWriter writer, ResponseHead head)
    {
        writer.Write("HTTP/1.1 "u8);
        writer.WriteNumber(head.StatusCode);
        writer.Write(" "u8);
        writer.Write(head.Reason);
        writer.Write("\r\n"u8);
    }
}
