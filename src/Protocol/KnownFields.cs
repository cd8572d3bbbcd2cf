// Turns a field name into a KnownField by its length and up to three integer compares; no string, no per-byte loop.
// Pure; any thread. The name must be a token already.

using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace OpenClaw.Protocol;

public static class KnownFields
{
    private const ulong LowerCase = 0x2020202020202020;
    private const int LongestName = 24;

    /// <summary>
    /// Fields that end at this hop whether Connection names them or not: RFC 9110 7.6.1, the two proxy credentials of 11.7 (they are
    /// meant for the next hop alone), HTTP2-Settings (RFC 7540 3.2.1), and Trailer, because trailers are dropped.
    /// </summary>
    public const ulong HopByHop =
        1UL << (int)KnownField.Connection | 1UL << (int)KnownField.KeepAlive | 1UL << (int)KnownField.ProxyConnection |
        1UL << (int)KnownField.ProxyAuthenticate | 1UL << (int)KnownField.ProxyAuthorization | 1UL << (int)KnownField.Te |
        1UL << (int)KnownField.TransferEncoding | 1UL << (int)KnownField.Trailer | 1UL << (int)KnownField.Upgrade |
        1UL << (int)KnownField.Http2Settings;

    private static readonly Entry[] Entries = SortedByLength();

    /// <summary>Entries of length n stand from FirstOfLength[n] up to FirstOfLength[n + 1].</summary>
    private static readonly byte[] FirstOfLength = IndexByLength(Entries);

    private static readonly Words ForwardedPrefix = Words.Of("x-forwarded-"u8);

    private static readonly Words OpenClawPrefix = Words.Of("x-openclaw-"u8);

    /// <summary>The one-member set of a field.</summary>
    public static ulong Mask(KnownField field) => 1UL << (int)field;

    /// <summary>
    /// Which known field a name is; it must be a token. Names that begin with <c>x</c> (only fields which proxies write themselves are known by
    /// such a name) are known with underscores too, because CGI-style backends cannot tell those from hyphens: but as what they are,
    /// since a proxy that is trusted passes on as a stranger's field what it would have replaced.
    /// </summary>
    public static KnownField Recognize(ReadOnlySpan<byte> name)
    {
        if (name.Length < 2) { return KnownField.Other; }
        Words words = Words.Of(name);
        if ((byte)words.First != 'x') { return Find(name, words); }

        words = words.WithHyphens();
        if (name.Length >= 11 && words.First == OpenClawPrefix.First && IsOpenClawTail(name)) { return KnownField.OpenClaw; }
        KnownField field = Find(name, words);
        return field != KnownField.Other && name.Contains((byte)'_') ? KnownField.XLookalike : field;
    }

    private static KnownField Find(ReadOnlySpan<byte> name, in Words words)
    {
        if (name.Length > LongestName) { return IsForwarded(name, words) ? KnownField.XForwardedOther : KnownField.Other; }
        for (int i = FirstOfLength[name.Length]; i < FirstOfLength[name.Length + 1]; i++)
        {
            ref readonly Entry entry = ref Entries[i];
            if (entry.Words.Equals(words)) { return entry.Field; }
        }
        return IsForwarded(name, words) ? KnownField.XForwardedOther : KnownField.Other;
    }

    private static bool IsOpenClawTail(ReadOnlySpan<byte> name) => Words.Of(name[..11]).WithHyphens().Equals(OpenClawPrefix);

    private static bool IsForwarded(ReadOnlySpan<byte> name, in Words words) =>
        words.First == ForwardedPrefix.First && name.Length >= 12 && Words.Of(name[..12]).WithHyphens().Equals(ForwardedPrefix);

    private static ReadOnlySpan<byte> NameOf(KnownField field) => field switch
    {
        KnownField.Host => "host"u8,
        KnownField.ContentLength => "content-length"u8,
        KnownField.TransferEncoding => "transfer-encoding"u8,
        KnownField.Connection => "connection"u8,
        KnownField.KeepAlive => "keep-alive"u8,
        KnownField.ProxyConnection => "proxy-connection"u8,
        KnownField.ProxyAuthenticate => "proxy-authenticate"u8,
        KnownField.ProxyAuthorization => "proxy-authorization"u8,
        KnownField.Te => "te"u8,
        KnownField.Trailer => "trailer"u8,
        KnownField.Upgrade => "upgrade"u8,
        KnownField.Http2Settings => "http2-settings"u8,
        KnownField.Expect => "expect"u8,
        KnownField.MaxForwards => "max-forwards"u8,
        KnownField.Via => "via"u8,
        KnownField.Date => "date"u8,
        KnownField.Server => "server"u8,
        KnownField.Forwarded => "forwarded"u8,
        KnownField.XForwardedFor => "x-forwarded-for"u8,
        KnownField.XForwardedProto => "x-forwarded-proto"u8,
        KnownField.XForwardedHost => "x-forwarded-host"u8,
        KnownField.XRequestId => "x-request-id"u8,
        KnownField.Cookie => "cookie"u8,
        KnownField.SetCookie => "set-cookie"u8,
        KnownField.Authorization => "authorization"u8,
        KnownField.UserAgent => "user-agent"u8,
        KnownField.Referer => "referer"u8,
        KnownField.Traceparent => "traceparent"u8,
        KnownField.CacheControl => "cache-control"u8,
        KnownField.ContentType => "content-type"u8,
        KnownField.Location => "location"u8,
        KnownField.RetryAfter => "retry-after"u8,
        _ => default, // Other has no name, OpenClaw, XForwardedOther and XLookalike have many
    };

    private static Entry[] SortedByLength()
    {
        List<Entry> entries = [];
        for (int length = 2; length <= LongestName; length++)
        {
            for (KnownField field = 0; field <= KnownField.RetryAfter; field++)
            {
                ReadOnlySpan<byte> name = NameOf(field);
                if (name.Length == length) { entries.Add(new Entry(Words.Of(name), field, length)); }
            }
        }
        return [.. entries];
    }

    private static byte[] IndexByLength(Entry[] entries)
    {
        byte[] first = new byte[LongestName + 2];
        foreach (Entry entry in entries)
        {
            for (int longer = entry.Length + 1; longer < first.Length; longer++) { first[longer]++; }
        }
        return first;
    }

    private readonly record struct Entry(Words Words, KnownField Field, int Length);

    /// <summary>
    /// A lower-cased name as its first eight bytes, its last eight (which may overlap), and those from the eighth on for names over 16.
    /// Setting bit 5 is exact here: among tokens only letters fold onto letters, and nothing else onto a digit or a hyphen.
    /// </summary>
    private readonly record struct Words(ulong First, ulong Last, ulong Middle)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal static Words Of(ReadOnlySpan<byte> name)
        {
            int length = name.Length;
            if (length >= 8)
            {
                ulong middle = length > 16 ? BinaryPrimitives.ReadUInt64LittleEndian(name[8..]) | LowerCase : 0;
                return new Words(BinaryPrimitives.ReadUInt64LittleEndian(name) | LowerCase,
                    BinaryPrimitives.ReadUInt64LittleEndian(name[(length - 8)..]) | LowerCase, middle);
            }
            ulong all = length >= 4
                ? BinaryPrimitives.ReadUInt32LittleEndian(name) | (ulong)BinaryPrimitives.ReadUInt32LittleEndian(name[(length - 4)..]) << 32
                : (uint)(name[0] | name[1] << 8 | name[length - 1] << 16);
            return new Words(all | LowerCase, 0, 0);
        }

        internal Words WithHyphens() => new(WithHyphens(First), WithHyphens(Last), WithHyphens(Middle));

        /// <summary>An underscore with bit 5 set is 0x7F; every such byte becomes a hyphen, 0x52 less.</summary>
        private static ulong WithHyphens(ulong word)
        {
            const ulong top = 0x8080808080808080;
            ulong differs = (word ^ ~top) + ~top; // top bit of a byte: it is not 0x7F; no carry, since tokens are ASCII
            ulong underscores = ~differs & top;
            return word - (underscores >> 7) * 0x52;
        }
    }
}
