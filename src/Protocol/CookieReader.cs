// Finds cookies by name among the Cookie fields of a head (RFC 6265 section 4.2.1, read as leniently as servers do). Lives on the
// stack of one search; copies nothing.

namespace OpenClaw.Protocol;

/// <summary>Goes through the cookies of one name, in the order in which they were sent. Names are exact, case included.</summary>
public ref struct CookieReader(RequestHead head, ReadOnlySpan<byte> name)
{
    private readonly ReadOnlySpan<byte> _name = name;
    private ReadOnlySpan<byte> _rest = default;
    private int _line = -1;

    /// <summary>The value of the next cookie of that name, without blanks and quotes around it.</summary>
    public bool TryNext(out ReadOnlySpan<byte> value)
    {
        while (true)
        {
            while (!_rest.IsEmpty)
            {
                int end = _rest.IndexOf((byte)';');
                ReadOnlySpan<byte> pair = end < 0 ? _rest : _rest[..end];
                _rest = end < 0 ? default : _rest[(end + 1)..];
                int equals = pair.IndexOf((byte)'=');
                if (equals >= 0 && pair[..equals].Trim(" \t"u8).SequenceEqual(_name))
                {
                    value = Unquoted(pair[(equals + 1)..].Trim(" \t"u8));
                    return true;
                }
            }

            _line = _line < 0 ? head.Fields.IndexOf(KnownField.Cookie) : head.Fields.IndexOf(KnownField.Cookie, _line + 1);
            if (_line < 0)
            {
                _line = head.Fields.Count; // stays at the end
                value = default;
                return false;
            }

            _rest = head.Value(head.Fields[_line]);
        }
    }

    private static ReadOnlySpan<byte> Unquoted(ReadOnlySpan<byte> value) =>
        value.Length >= 2 && value[0] == '"' && value[^1] == '"' ? value[1..^1] : value;
}
