// The token that lets whoever got a response rate it: what is in it, and how it is signed. A value; any thread. Allocates
// nothing; never reads a clock.

using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Feedback;

/// <summary>
/// base64url of: format (1 byte), issue time (4, big-endian), nonce (8), version (8), cell (1), age (1), and the first 16 of
/// HMAC-SHA256 over a prefix and these 23.
/// </summary>
/// <param name="IssuedAt">Seconds since 1970, up to 2106.</param>
/// <param name="Nonce">No other token has it.</param>
/// <param name="Version">The first 8 bytes of SHA-256 of the name.</param>
/// <param name="Cell">As a voice has it.</param>
/// <param name="Age">As a voice has it.</param>
internal readonly record struct FeedbackToken(long IssuedAt, ulong Nonce, ulong Version, byte Cell, byte Age)
{
    /// <summary>39 bytes leave no bit over, so each token is written in one way only.</summary>
    public const int TextBytes = Bytes / 3 * 4;

    private const byte Format = 1;
    private const int TimeAt = 1, NonceAt = 5, VersionAt = 13, CellAt = 21, AgeAt = 22, SignatureAt = 23, Bytes = 39;

    /// <summary>The file of keys may be that of the sessions: what is signed there must not pass for this, nor this for that.</summary>
    private static ReadOnlySpan<byte> Domain => "openclaw feedback token\0"u8;

    /// <summary>Signs with the first key.</summary>
    /// <param name="text"><see cref="TextBytes"/> of room.</param>
    public void Write(Span<byte> text, SigningKeys keys)
    {
        Span<byte> token = stackalloc byte[Bytes];
        token[0] = Format;
        BinaryPrimitives.WriteUInt32BigEndian(token[TimeAt..], (uint)IssuedAt);
        BinaryPrimitives.WriteUInt64BigEndian(token[NonceAt..], Nonce);
        BinaryPrimitives.WriteUInt64BigEndian(token[VersionAt..], Version);
        token[CellAt] = Cell;
        token[AgeAt] = Age;
        Sign(keys.All[0], token[..SignatureAt], token[SignatureAt..]);
        Base64Url.EncodeToUtf8(token, text);
    }

    /// <summary>Reads a token that any of the keys signed.</summary>
    /// <returns><see cref="FeedbackResult.Accepted"/>, <see cref="FeedbackResult.Malformed"/> or <see cref="FeedbackResult.Forged"/>.</returns>
    public static FeedbackResult Read(ReadOnlySpan<byte> text, SigningKeys keys, out FeedbackToken token)
    {
        token = default;
        Span<byte> bytes = stackalloc byte[Bytes];
        if (text.Length != TextBytes || Base64Url.DecodeFromUtf8(text, bytes, out _, out int length) != OperationStatus.Done || length != Bytes || bytes[0] != Format)
        {
            return FeedbackResult.Malformed;
        }

        if (!IsSigned(bytes, keys))
        {
            return FeedbackResult.Forged;
        }

        token = new FeedbackToken(
            BinaryPrimitives.ReadUInt32BigEndian(bytes[TimeAt..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[NonceAt..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[VersionAt..]), bytes[CellAt], bytes[AgeAt]);
        return FeedbackResult.Accepted;
    }

    private static bool IsSigned(ReadOnlySpan<byte> token, SigningKeys keys)
    {
        Span<byte> expected = stackalloc byte[Bytes - SignatureAt];
        foreach (byte[] key in keys.All)
        {
            Sign(key, token[..SignatureAt], expected);
            if (CryptographicOperations.FixedTimeEquals(expected, token[SignatureAt..]))
            {
                return true;
            }
        }

        return false;
    }

    private static void Sign(byte[] key, ReadOnlySpan<byte> content, Span<byte> signature)
    {
        Span<byte> signed = stackalloc byte[Domain.Length + SignatureAt];
        Domain.CopyTo(signed);
        content.CopyTo(signed[Domain.Length..]);
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, signed, whole);
        whole[..signature.Length].CopyTo(signature);
    }
}
