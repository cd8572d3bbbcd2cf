// A list of networks, compiled for asking. Immutable; any thread.

using System.Net;

namespace OpenClaw.Edge.Policy;

public sealed class NetworkSet(IReadOnlyList<IPNetwork> networks)
{
    private readonly Entry[] _entries = [.. networks.Select(network => new Entry(network))];

    public bool IsEmpty => _entries.Length == 0;

    public bool Contains(NetworkAddress address)
    {
        foreach (Entry entry in _entries)
        {
            if (entry.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same for an address as text; what is none is in no network.</summary>
    public bool Contains(ReadOnlySpan<byte> text) => !IsEmpty && NetworkAddress.TryParse(text, out NetworkAddress address) && Contains(address);

    private readonly struct Entry
    {
        private readonly NetworkAddress _base;
        private readonly UInt128 _mask;

        public Entry(IPNetwork network)
        {
            _base = new NetworkAddress(network.BaseAddress);
            int length = network.BaseAddress.GetAddressBytes().Length == 4 ? network.PrefixLength + 96 : network.PrefixLength;
            _mask = length == 0 ? 0 : UInt128.MaxValue << (128 - length);
        }

        /// <summary>::/0 is all of IPv6 and none of IPv4.</summary>
        public bool Contains(NetworkAddress address) => address.IsIpv4 == _base.IsIpv4 && (address.Bits & _mask) == _base.Bits;
    }
}
