// Reads from the server's own first flight whether a session was resumed, which SslStream does not tell. Pure.

using System.Buffers.Binary;

namespace OpenClaw.Edge.Tls;

internal static class ServerHello
{
    private const byte HandshakeRecord = 22, ServerHelloMessage = 2, CertificateMessage = 11;
    private const int PreSharedKey = 41, SupportedVersions = 43;
    private const int RecordHeader = 5, MessageHeader = 4, RandomOffset = RecordHeader + MessageHeader + 2, RandomBytes = 32;

    /// <summary>True or false once the bytes decide it; null for anything else, a HelloRetryRequest for one.</summary>
    /// <param name="flight">Bytes as written to the socket, beginning with a record.</param>
    public static bool? SaysResumed(ReadOnlySpan<byte> flight)
    {
        int at = RandomOffset + RandomBytes;
        if (flight.Length < at + 1 || flight[0] != HandshakeRecord || flight[RecordHeader] != ServerHelloMessage
            || flight.Slice(RandomOffset, RandomBytes).SequenceEqual(HelloRetryRandom))
        {
            return null;
        }

        int recordEnd = RecordHeader + BinaryPrimitives.ReadUInt16BigEndian(flight[3..]);
        int messageEnd = RecordHeader + MessageHeader + ((flight[6] << 16) | (flight[7] << 8) | flight[8]);
        at += 1 + flight[at] + 3; // session id, cipher suite, compression
        if (messageEnd > flight.Length || at > messageEnd)
        {
            return null;
        }

        bool tls13 = false, psk = false;
        for (at += 2; at + 4 <= messageEnd; at += 4 + BinaryPrimitives.ReadUInt16BigEndian(flight[(at + 2)..]))
        {
            int extension = BinaryPrimitives.ReadUInt16BigEndian(flight[at..]);
            tls13 |= extension == SupportedVersions;
            psk |= extension == PreSharedKey;
        }

        // TLS 1.3: the server names the key it accepted (RFC 8446 4.2.11). TLS 1.2: no Certificate follows (RFC 5246 7.3).
        return tls13 ? psk : NextMessage(flight, messageEnd, recordEnd) is { } next ? next != CertificateMessage : null;
    }

    /// <summary>Type of the handshake message behind ServerHello; 0 when another kind of record follows.</summary>
    private static int? NextMessage(ReadOnlySpan<byte> flight, int messageEnd, int recordEnd)
    {
        int at = messageEnd < recordEnd ? messageEnd : recordEnd + RecordHeader;
        return at >= flight.Length ? null : messageEnd < recordEnd || flight[recordEnd] == HandshakeRecord ? flight[at] : 0;
    }

    /// <summary>RFC 8446 4.1.3: SHA-256 of "HelloRetryRequest".</summary>
    private static ReadOnlySpan<byte> HelloRetryRandom =>
    [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ];
}
