// A set of bytes, as a sign, an escape or a class of a regular expression names it. A control thread.

namespace OpenClaw.Edge.Policy;

internal readonly struct ByteSet
{
    /// <summary>Every byte but the end of a line, which no field has.</summary>
    public static readonly ByteSet Any = new(value => value != '\n');

    private readonly Func<byte, bool>? _has;

    private ByteSet(Func<byte, bool> has) => _has = has;

    /// <param name="ignoresCase">A letter stands for its other case as well.</param>
    public static ByteSet Of(char sign, bool ignoresCase = false) =>
        new(value => value == sign || (ignoresCase && char.IsAsciiLetter(sign) && value == (sign ^ 0x20)));

    public bool Has(byte value) => _has is not null && _has(value);

    /// <summary>\d, \., ...: what stands behind the backslash.</summary>
    /// <param name="refuse">Hears where a fault is, and what.</param>
    public static ByteSet ReadEscape(string text, ref int at, Refusing refuse)
    {
        char sign = at < text.Length ? text[at] : '\0';
        at++;
        switch (sign)
        {
            case 'd' or 'D':
                return Turned(sign, value => char.IsAsciiDigit((char)value));
            case 'w' or 'W':
                return Turned(sign, value => char.IsAsciiLetterOrDigit((char)value) || value == '_');
            case 's' or 'S':
                return Turned(sign, value => value is (byte)' ' or (>= 9 and <= 13));
            case 't':
                return Of('\t');
            case > ' ' and <= '~' when !char.IsAsciiLetterOrDigit(sign):
                return Of(sign);
            default:
                refuse(at - 2, "begins an escape that cannot be followed; those are \\d \\w \\s \\D \\W \\S \\t and signs such as \\.");
                return default;
        }
    }

    /// <summary>[a-z_], [^;]: what stands behind the bracket.</summary>
    public static ByteSet ReadClass(string text, ref int at, bool ignoresCase, Refusing refuse)
    {
        int from = at - 1, begin = at;
        bool isTurned = at < text.Length && text[at] == '^';
        begin += isTurned ? 1 : 0;
        at = begin;
        bool[] has = new bool[256];
        while (at < text.Length && text[at] != ']')
        {
            int low = at;
            ByteSet one = ReadMember(text, ref at, refuse, isEdge: low == begin);
            if (at + 1 < text.Length && text[at] == '-' && text[at + 1] != ']')
            {
                at++;
                one = Range(one, ReadMember(text, ref at, refuse, isEdge: false), low, refuse);
            }

            for (int value = 0; value < has.Length; value++)
            {
                has[value] |= one.Has((byte)value) || (ignoresCase && char.IsAsciiLetter((char)value) && one.Has((byte)(value ^ 0x20)));
            }
        }

        if (at == begin || at >= text.Length)
        {
            refuse(from, "opens a class that is not closed or empty; write \\[ or \\] for the signs themselves");
        }

        at++;
        return new ByteSet(value => has[value] != isTurned);
    }

    /// <param name="isEdge">A hyphen stands for itself here.</param>
    private static ByteSet ReadMember(string text, ref int at, Refusing refuse, bool isEdge)
    {
        char sign = text[at++];
        if (sign == '\\')
        {
            return ReadEscape(text, ref at, refuse);
        }

        bool isLast = at < text.Length && text[at] == ']';
        if (sign == '[' || (sign == '-' && !isEdge && !isLast))
        {
            refuse(at - 1, $"cannot stand in a class; write \\{sign} for the sign itself");
        }

        return Of(sign);
    }

    private static ByteSet Range(ByteSet low, ByteSet high, int at, Refusing refuse)
    {
        byte[] lows = [.. Members(low)], highs = [.. Members(high)];
        if (lows.Length != 1 || highs.Length != 1 || lows[0] > highs[0])
        {
            refuse(at, "begins a range that runs from nowhere to nowhere; write it as a-z");
            return default;
        }

        return new ByteSet(value => value >= lows[0] && value <= highs[0]);
    }

    private static IEnumerable<byte> Members(ByteSet set) => Enumerable.Range(0, 256).Select(value => (byte)value).Where(value => set.Has(value));

    /// <summary>The capital letter stands for all others.</summary>
    private static ByteSet Turned(char sign, Func<byte, bool> has) => new(value => has(value) != char.IsAsciiLetterUpper(sign));
}

/// <summary>Hears what is wrong, and at which index of the text.</summary>
internal delegate void Refusing(int at, string what);
