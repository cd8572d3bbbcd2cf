// What the rules may look at of one request: its head, and who sent it over which scheme. Lives on the stack of one
// decision; no socket behind it, so that a request that was only written down can be asked about as well.

using OpenClaw.Edge.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Split;

/// <param name="peer">Address of whoever is connected, as text; anything else (a unix socket has none) is no address.</param>
public readonly ref struct Caller(RequestHead head, ReadOnlySpan<byte> peer, bool isTls)
{
    private readonly ReadOnlySpan<byte> _peer = peer;

    public RequestHead Head => head;

    /// <summary>
    /// The client's address: the peer's; or, where that is trusted, the rightmost of X-Forwarded-For that is not, since every hop adds
    /// at the right and what stands left of a stranger is the stranger's word. What is no address ends the walk at the last that was one.
    /// </summary>
    /// <returns>False: there is none.</returns>
    public bool TryGetAddress(NetworkSet trusted, out NetworkAddress address)
    {
        if (!NetworkAddress.TryParse(_peer, out address))
        {
            return false;
        }

        for (int i = head.Fields.Count - 1; i >= 0 && trusted.Contains(address); i--)
        {
            if (head.Fields[i].Known == KnownField.XForwardedFor && !Walk(head.Value(head.Fields[i]), trusted, ref address))
            {
                break;
            }
        }

        return true;
    }

    /// <summary>The same as a value; null: there is none.</summary>
    public NetworkAddress? AddressBehind(NetworkSet trusted) => TryGetAddress(trusted, out NetworkAddress address) ? address : null;

    /// <summary>Whether the client came by https: by the connection, or by the word of a trusted peer.</summary>
    public bool IsHttps(NetworkSet trusted)
    {
        int index = head.Fields.IndexOf(KnownField.XForwardedProto);
        if (index < 0 || !trusted.Contains(_peer))
        {
            return isTls;
        }

        ReadOnlySpan<byte> first = head.Value(head.Fields[index]);
        int comma = first.IndexOf((byte)',');
        return System.Text.Ascii.EqualsIgnoreCase((comma < 0 ? first : first[..comma]).Trim(" \t"u8), "https"u8);
    }

    /// <summary>From the right end of one line. False: the walk is over.</summary>
    private static bool Walk(ReadOnlySpan<byte> line, NetworkSet trusted, ref NetworkAddress address)
    {
        while (!line.IsEmpty)
        {
            int comma = line.LastIndexOf((byte)',');
            ReadOnlySpan<byte> hop = line[(comma + 1)..].Trim(" \t"u8);
            line = line[..Math.Max(0, comma)];
            if (hop.IsEmpty)
            {
                continue; // RFC 9110 5.6.1: an empty element says nothing
            }

            if (!NetworkAddress.TryParse(WithoutPort(hop), out NetworkAddress next))
            {
                return false;
            }

            address = next;
            if (!trusted.Contains(next))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Some proxies write 192.0.2.1:5678 and [2001:db8::1]:5678.</summary>
    private static ReadOnlySpan<byte> WithoutPort(ReadOnlySpan<byte> hop)
    {
        if (hop[0] == '[')
        {
            int close = hop.IndexOf((byte)']');
            return close < 0 ? default : hop[1..close];
        }

        int colon = hop.IndexOf((byte)':');
        return colon >= 0 && hop.LastIndexOf((byte)':') == colon ? hop[..colon] : hop;
    }
}
