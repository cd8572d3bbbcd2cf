// The cookie that carries a session's point: what is in it, how it is signed, and the line that sets it. One object per
// snapshot, immutable; any worker. Allocates nothing per request. Why it looks like this: docs/decisions/0008-sessions.md.

using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using OpenClaw.Edge.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Split;

/// <summary>base64url of: format (1 byte), point (8, big-endian fraction of 2^64), rollout (8), the first 16 of HMAC-SHA256 over these 17.</summary>
public sealed class SessionCookie
{
    private const byte Format = 1;
    private const int PointAt = 1, RolloutAt = 9, SignatureAt = 17, Bytes = 33;
    private const int TextBytes = Bytes / 3 * 4;

    /// <summary>Each may cost one signature per key.</summary>
    private const int LookedAtMax = 4;

    private readonly byte[] _name;
    private readonly byte[] _attributes;
    private readonly ulong _rollout;
    private readonly SigningKeys _keys;

    /// <param name="rollout">Which rollout points belong to; those of another mean nothing.</param>
    public SessionCookie(string name, TimeSpan maxAge, ulong rollout, SigningKeys keys)
    {
        _name = Encoding.ASCII.GetBytes(name);
        _attributes = Encoding.ASCII.GetBytes($"; Path=/; Max-Age={(long)maxAge.TotalSeconds}; HttpOnly; SameSite=Lax");
        _rollout = rollout;
        _keys = keys;
    }

    /// <summary>Length of the longest <see cref="WriteLines"/>.</summary>
    public int LinesBytesMax => _name.Length + TextBytes + _attributes.Length + 80;

    /// <summary>Looks for a cookie that an edge of this rollout signed; of several the first that holds.</summary>
    public SessionFound Find(RequestHead head, out ulong point)
    {
        SessionFound first = SessionFound.None;
        CookieReader cookies = new(head, _name);
        for (int i = 0; i < LookedAtMax && cookies.TryNext(out ReadOnlySpan<byte> value); i++)
        {
            SessionFound found = Read(value, out point);
            if (found == SessionFound.Kept)
            {
                return found;
            }

            first = first == SessionFound.None ? found : first;
        }

        point = 0;
        return first;
    }

    /// <summary>The field lines that give a client its point: Set-Cookie, and Cache-Control, so that no cache gives it to others.</summary>
    /// <returns>Bytes written.</returns>
    public int WriteLines(Span<byte> destination, ulong point, bool secure)
    {
        HeadWriter writer = new(destination);
        writer.Write("Set-Cookie: "u8);
        writer.Write(_name);
        writer.Write("="u8);
        Span<byte> text = stackalloc byte[TextBytes];
        WriteValue(text, point);
        writer.Write(text);
        writer.Write(_attributes);
        writer.Write(secure ? "; Secure\r\nCache-Control: private\r\n"u8 : "\r\nCache-Control: private\r\n"u8);
        return writer.Written;
    }

    /// <summary>The cookie's value, 44 bytes of text.</summary>
    public void WriteValue(Span<byte> text, ulong point)
    {
        Span<byte> cookie = stackalloc byte[Bytes];
        cookie[0] = Format;
        BinaryPrimitives.WriteUInt64BigEndian(cookie[PointAt..], point);
        BinaryPrimitives.WriteUInt64BigEndian(cookie[RolloutAt..], _rollout);
        Sign(_keys.All[0], cookie[..SignatureAt], cookie[SignatureAt..]);
        Base64Url.EncodeToUtf8(cookie, text);
    }

    private SessionFound Read(ReadOnlySpan<byte> text, out ulong point)
    {
        point = 0;
        Span<byte> cookie = stackalloc byte[Bytes];
        if (text.Length != TextBytes || Base64Url.DecodeFromUtf8(text, cookie, out _, out int length) != OperationStatus.Done || length != Bytes || cookie[0] != Format)
        {
            return SessionFound.Malformed;
        }

        if (!IsSigned(cookie))
        {
            return SessionFound.Forged;
        }

        if (BinaryPrimitives.ReadUInt64BigEndian(cookie[RolloutAt..]) != _rollout)
        {
            return SessionFound.Foreign;
        }

        point = BinaryPrimitives.ReadUInt64BigEndian(cookie[PointAt..]);
        return SessionFound.Kept;
    }

    private bool IsSigned(ReadOnlySpan<byte> cookie)
    {
        Span<byte> expected = stackalloc byte[Bytes - SignatureAt];
        foreach (byte[] key in _keys.All)
        {
            Sign(key, cookie[..SignatureAt], expected);
            if (CryptographicOperations.FixedTimeEquals(expected, cookie[SignatureAt..]))
            {
                return true;
            }
        }

        return false;
    }

    private static void Sign(byte[] key, ReadOnlySpan<byte> signed, Span<byte> signature)
    {
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, signed, whole);
        whole[..signature.Length].CopyTo(signature);
    }
}
