// An internet address as a value: read from text without a byte of garbage, because it may be asked of every request.
// Pure; any thread.

using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace OpenClaw.Edge.Policy;

/// <summary>128 bits; an IPv4 address is ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that both spellings of it are the same.</summary>
public readonly record struct NetworkAddress(UInt128 Bits)
{
    public const int BytesMax = 16;

    private const int Ipv4Bytes = 4;
    private const uint Ipv4Prefix = 0xFFFF;

    public NetworkAddress(IPAddress address) : this(BitsOf(address)) { }

    public bool IsIpv4 => Bits >> 32 == Ipv4Prefix;

    /// <summary>Reads an address as it stands in fields: IPv4 in four decimal parts without leading zeros, or IPv6 (RFC 4291 section 2.2) without a zone.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out NetworkAddress address)
    {
        bool isIpv4 = TryParseIpv4(text, out uint ipv4);
        UInt128 bits = isIpv4 ? Mapped(ipv4) : 0;
        bool known = isIpv4 || TryParseIpv6(text, out bits);
        address = new NetworkAddress(bits);
        return known;
    }

    /// <summary>Writes the bytes in network order: 4 of IPv4, 16 of IPv6. Returns how many.</summary>
    public int Write(Span<byte> destination)
    {
        if (IsIpv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)Bits);
            return Ipv4Bytes;
        }

        BinaryPrimitives.WriteUInt128BigEndian(destination, Bits);
        return BytesMax;
    }

    private static UInt128 BitsOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[BytesMax];
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? Mapped(BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static UInt128 Mapped(uint ipv4) => (UInt128)Ipv4Prefix << 32 | ipv4;

    private static bool TryParseIpv4(ReadOnlySpan<byte> text, out uint address)
    {
        address = 0;
        for (int part = 0; part < Ipv4Bytes; part++)
        {
            int digits = part < Ipv4Bytes - 1 ? text.IndexOf((byte)'.') : text.Length;
            if (digits is < 1 or > 3 || (digits > 1 && text[0] == '0') || !Utf8Parser.TryParse(text[..digits], out byte value, out int read) || read != digits)
            {
                return false;
            }

            address = address << 8 | value;
            text = text[Math.Min(digits + 1, text.Length)..];
        }

        return true;
    }

    private static bool TryParseIpv6(ReadOnlySpan<byte> text, out UInt128 address)
    {
        const int groupsMax = 8, groupBits = 16;
        address = 0;
        int groups = 0, gap = -1; // where "::" stands, in groups
        if (text.StartsWith("::"u8))
        {
            gap = 0;
            text = text[2..];
        }

        while (!text.IsEmpty && groups < groupsMax)
        {
            int colon = text.IndexOf((byte)':');
            ReadOnlySpan<byte> group = colon < 0 ? text : text[..colon];
            if (colon < 0 && groups <= groupsMax - 2 && TryParseIpv4(group, out uint ipv4))
            {
                address = address << 32 | ipv4;
                groups += 2;
            }
            else if (group.Length <= 4 && Utf8Parser.TryParse(group, out ushort value, out int read, 'x') && read == group.Length)
            {
                address = address << groupBits | value;
                groups++;
            }
            else
            {
                return false;
            }

            text = text[group.Length..];
            if (text.StartsWith("::"u8) && gap < 0)
            {
                gap = groups;
                text = text[2..];
            }
            else if (text.Length > 1)
            {
                text = text[1..]; // what stands behind a colon is a group
            }
            else if (!text.IsEmpty)
            {
                return false;
            }
        }

        if (!text.IsEmpty || (gap < 0) != (groups == groupsMax))
        {
            return false;
        }

        if (gap > 0)
        {
            int behind = (groups - gap) * groupBits;
            UInt128 tail = address & ((UInt128.One << behind) - 1);
            address = address >> behind << (groupsMax - gap) * groupBits | tail;
        }

        return true;
    }
}
