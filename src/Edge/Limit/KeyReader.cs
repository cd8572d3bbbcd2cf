// Finds what tells one client from another in a request. Immutable; any worker; copies nothing.

using System.Text;
using OpenClaw.Edge.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Limit;

internal sealed class KeyReader(KeySource source)
{
    private readonly byte[] _name = Encoding.ASCII.GetBytes(source.Name);

    /// <summary>The first field or cookie of the name, or the client's address; empty: the request has none.</summary>
    /// <param name="client">The client's address, in whatever form, as long as it is always the same; empty: it has none.</param>
    public ReadOnlySpan<byte> Read(RequestHead head, ReadOnlySpan<byte> client) => source.Kind switch
    {
        KeySourceKind.Header => Header(head),
        KeySourceKind.Cookie => Cookie(head),
        _ => client,
    };

    private ReadOnlySpan<byte> Header(RequestHead head)
    {
        for (int i = 0; i < head.Fields.Count; i++)
        {
            ref readonly Field field = ref head.Fields[i];
            if (field.NameLength == _name.Length && Ascii.EqualsIgnoreCase(head.Name(field), _name))
            {
                return head.Value(field);
            }
        }

        return default;
    }

    /// <summary>RFC 6265 section 4.2.1, as leniently as servers read it; names are exact, case included.</summary>
    private ReadOnlySpan<byte> Cookie(RequestHead head)
    {
        for (int i = head.Fields.IndexOf(KnownField.Cookie); i >= 0; i = head.Fields.IndexOf(KnownField.Cookie, i + 1))
        {
            ReadOnlySpan<byte> value = head.Value(head.Fields[i]);
            foreach (Range range in value.Split((byte)';'))
            {
                ReadOnlySpan<byte> pair = value[range];
                int equals = pair.IndexOf((byte)'=');
                if (equals >= 0 && pair[..equals].Trim(" \t"u8).SequenceEqual(_name))
                {
                    return pair[(equals + 1)..].Trim(" \t"u8);
                }
            }
        }

        return default;
    }
}
