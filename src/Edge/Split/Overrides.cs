// Reads from a request which version it asks for by itself: a tester's header or cookie. One object per snapshot,
// immutable; any worker. Allocates nothing per request.

using System.Text;
using OpenClaw.Edge.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Split;

public sealed class Overrides(Snapshot snapshot)
{
    private readonly Rule? _header = Rule.Of(snapshot.Rollout.Overrides.Header);
    private readonly Rule? _cookie = Rule.Of(snapshot.Rollout.Overrides.Cookie);
    private readonly NetworkSet _trustedProxies = new(snapshot.Edge.TrustedNetworks);
    private readonly byte[] _stable = Encoding.ASCII.GetBytes(snapshot.Edge.Stable);
    private readonly byte[][] _canaries = [.. snapshot.Rollout.Canaries.Select(canary => Encoding.ASCII.GetBytes(canary.Version))];

    /// <summary>Looks at the header, then at the cookie; of several of one name only at the first. What is ignored is as if it were not there.</summary>
    /// <param name="canary">The canary asked for, or <see cref="Decision.Stable"/>; it means something only if the result is <see cref="OverrideFound.Applied"/>.</param>
    public OverrideFound Find(Caller caller, out int canary)
    {
        OverrideFound found = OverrideFound.None;
        canary = Decision.Stable;
        if (_header is not null)
        {
            found = Judge(_header, caller.Head.FirstValue(_header.Name), caller, out canary);
        }

        if (_cookie is not null && found != OverrideFound.Applied && new CookieReader(caller.Head, _cookie.Name).TryNext(out ReadOnlySpan<byte> value))
        {
            OverrideFound second = Judge(_cookie, value, caller, out canary);
            found = second == OverrideFound.None ? found : second;
        }

        return found;
    }

    private OverrideFound Judge(Rule rule, ReadOnlySpan<byte> value, Caller caller, out int canary)
    {
        canary = Decision.Stable;
        return value.IsEmpty ? OverrideFound.None
            : !rule.Admits(caller, _trustedProxies) ? OverrideFound.Untrusted
            : IsKnown(value, out canary) ? OverrideFound.Applied
            : OverrideFound.Unknown;
    }

    private bool IsKnown(ReadOnlySpan<byte> value, out int canary)
    {
        canary = Decision.Stable;
        if (value.SequenceEqual("never"u8) || value.SequenceEqual(_stable))
        {
            return true;
        }

        for (int i = 0; i < _canaries.Length; i++)
        {
            if (value.SequenceEqual(_canaries[i]) || value.SequenceEqual("always"u8)) // the first one
            {
                canary = i;
                return true;
            }
        }

        return false;
    }

    /// <param name="Clients">Who may ask; null: everybody.</param>
    private sealed record Rule(byte[] Name, NetworkSet? Clients)
    {
        public static Rule? Of(OverrideRule? rule) =>
            rule is null ? null : new Rule(Encoding.ASCII.GetBytes(rule.Name), rule.TrustedNetworks is null ? null : new NetworkSet(rule.TrustedNetworks));

        public bool Admits(Caller caller, NetworkSet trustedProxies) =>
            Clients is null || (!Clients.IsEmpty && caller.TryGetAddress(trustedProxies, out NetworkAddress client) && Clients.Contains(client));
    }
}
