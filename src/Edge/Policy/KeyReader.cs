// Finds the part of a request that a policy names to tell one client from another. Immutable; any worker; copies nothing.

using System.Text;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Policy;

internal sealed class KeyReader(KeySource source)
{
    private readonly byte[] _name = Encoding.ASCII.GetBytes(source.Name);

    /// <summary>It is the client's address, which the head alone does not say.</summary>
    public bool AsksForAddress => source.Kind == KeySourceKind.ClientAddress;

    /// <summary>The first field or cookie of the name, or the client's address; empty: the request has none.</summary>
    /// <param name="client">The client's address, in some one form; empty: it has none, or is not asked for.</param>
    public ReadOnlySpan<byte> Read(RequestHead head, ReadOnlySpan<byte> client)
    {
        switch (source.Kind)
        {
            case KeySourceKind.Header:
                return head.FirstValue(_name);
            case KeySourceKind.Cookie:
                new CookieReader(head, _name).TryNext(out ReadOnlySpan<byte> value);
                return value;
            default:
                return client;
        }
    }
}
