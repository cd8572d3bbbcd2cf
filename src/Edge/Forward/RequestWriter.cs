// Composes the head that goes to the upstream: the client's fields that may cross, and the edge's own. Pure composition
// into a span; worker's thread.

using System.IO.Pipelines;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

/// <summary>What the edge adds of its own to one request.</summary>
internal readonly ref struct RequestAdditions
{
    public required ReadOnlySpan<byte> Peer { get; init; }
    public required bool PeerIsTrusted { get; init; }
    public required bool IsTls { get; init; }
    public required ReadOnlySpan<byte> RequestId { get; init; }
    public required ReadOnlySpan<byte> Via { get; init; }
    public required ReadOnlySpan<byte> Announcement { get; init; }
    public required ReadOnlySpan<byte> SetLines { get; init; }

    /// <summary>The field line that tells a mirrored copy from a request; empty for requests.</summary>
    public ReadOnlySpan<byte> Mark { get; init; }

    /// <summary>Host for a request that came without one (HTTP/1.0).</summary>
    public required ReadOnlySpan<byte> Endpoint { get; init; }
}

internal static class RequestWriter
{
    /// <summary>Names and separators of every line below, generously.</summary>
    private const int OwnNamesBytes = 320;

    private static readonly ulong Forwarded =
        KnownFields.Mask(KnownField.XForwardedFor) | KnownFields.Mask(KnownField.XForwardedProto) | KnownFields.Mask(KnownField.XForwardedHost)
        | KnownFields.Mask(KnownField.XForwardedOther) | KnownFields.Mask(KnownField.Forwarded) | KnownFields.Mask(KnownField.XRequestId);

    public static void Write(PipeWriter output, RequestHead head, in RequestAdditions own)
    {
        ReadOnlySpan<byte> bytes = head.Bytes.Span;
        int most = bytes.Length + (3 * Math.Max(head.Authority.Length, own.Endpoint.Length)) + own.Peer.Length + own.RequestId.Length
            + own.Via.Length + own.Announcement.Length + own.SetLines.Length + own.Mark.Length + OwnNamesBytes;
        HeadWriter writer = new(output.GetSpan(most));

        writer.Write(head.MethodText);
        writer.Write(" "u8);
        writer.Write(head.OriginTarget);
        writer.Write(" HTTP/1.1\r\n"u8);

        ulong drop = KnownFields.Mask(KnownField.OpenClaw) | KnownFields.Mask(KnownField.XLookalike);
        ReadOnlySpan<byte> host = head.Authority;
        if (host.IsEmpty || head.Form == TargetForm.Absolute)
        {
            // RFC 9112 3.2.2: the target's authority replaces Host; 3.2: a 1.1 request must have one.
            host = host.IsEmpty ? own.Endpoint : host;
            drop |= KnownFields.Mask(KnownField.Host);
            writer.WriteField("Host"u8, host);
        }

        if (!head.ExpectContinue)
        {
            drop |= KnownFields.Mask(KnownField.Expect);
        }

        if (head.MaxForwards >= 0)
        {
            drop |= KnownFields.Mask(KnownField.MaxForwards); // RFC 9110 7.6.2: one less at each hop
            writer.Write("Max-Forwards: "u8);
            writer.WriteNumber(head.MaxForwards - 1);
            writer.Write("\r\n"u8);
        }

        drop |= own.PeerIsTrusted ? KnownFields.Mask(KnownField.XForwardedFor) : Forwarded;
        writer.WriteKept(bytes, head.Fields, drop);
        if (head.Body.Kind == BodyKind.Chunked)
        {
            writer.Write("Transfer-Encoding: chunked\r\n"u8);
        }

        WriteForwarded(ref writer, head, host, own);
        writer.Write(own.Via);
        writer.Write(own.Announcement);
        writer.Write(own.SetLines);
        writer.Write(own.Mark);
        writer.Write("\r\n"u8);
        output.Advance(writer.Written);
    }

    private static void WriteForwarded(ref HeadWriter writer, RequestHead head, ReadOnlySpan<byte> host, in RequestAdditions own)
    {
        ulong believed = own.PeerIsTrusted ? head.Fields.Present : 0;
        writer.Write("X-Forwarded-For: "u8);
        if ((believed & KnownFields.Mask(KnownField.XForwardedFor)) != 0)
        {
            for (int i = head.Fields.IndexOf(KnownField.XForwardedFor); i >= 0; i = head.Fields.IndexOf(KnownField.XForwardedFor, i + 1))
            {
                writer.Write(head.Value(head.Fields[i]));
                writer.Write(", "u8);
            }
        }

        writer.Write(own.Peer);
        writer.Write("\r\n"u8);
        if ((believed & KnownFields.Mask(KnownField.XForwardedProto)) == 0)
        {
            writer.Write(own.IsTls ? "X-Forwarded-Proto: https\r\n"u8 : "X-Forwarded-Proto: http\r\n"u8);
        }

        if ((believed & KnownFields.Mask(KnownField.XForwardedHost)) == 0)
        {
            writer.WriteField("X-Forwarded-Host"u8, host);
        }

        if ((believed & KnownFields.Mask(KnownField.XRequestId)) == 0)
        {
            writer.WriteField("X-Request-Id"u8, own.RequestId);
        }
    }
}
