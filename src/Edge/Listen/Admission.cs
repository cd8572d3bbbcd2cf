// How many connections the process takes, in all and from one address. Shared by the workers: one atomic add per
// connection, a dictionary only where a limit per address is set.

using System.Collections.Concurrent;
using System.Text;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Listen;

internal sealed class Admission
{
    private readonly ConcurrentDictionary<string, int> _byAddress = new();
    private volatile LimitSettings _limits = new();
    private int _open;

    /// <summary>Applies from the next connection on.</summary>
    public LimitSettings Limits
    {
        set => _limits = value;
    }

    /// <summary>False: one too many; nothing is counted then.</summary>
    public bool TryEnter(byte[] peer)
    {
        LimitSettings limits = _limits;
        if (Interlocked.Increment(ref _open) > limits.Connections && limits.Connections != 0)
        {
            Interlocked.Decrement(ref _open);
            return false;
        }

        string address = Encoding.ASCII.GetString(peer);
        if (_byAddress.AddOrUpdate(address, 1, static (_, count) => count + 1) > limits.ConnectionsPerAddress && limits.ConnectionsPerAddress != 0)
        {
            Leave(peer);
            return false;
        }

        return true;
    }

    public void Leave(byte[] peer)
    {
        Interlocked.Decrement(ref _open);
        string address = Encoding.ASCII.GetString(peer);
        int left = _byAddress.AddOrUpdate(address, 0, static (_, count) => count - 1);
        if (left <= 0)
        {
            _byAddress.TryRemove(new KeyValuePair<string, int>(address, left));
        }
    }
}
