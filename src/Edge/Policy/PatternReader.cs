// Reads a regular expression into places (each a set of bytes) and which place may follow which: Glushkov's automaton. A control
// thread. Bounded in length, depth and places, so that no text takes long; what it does not understand it refuses, never guesses at.

namespace OpenClaw.Edge.Policy;

internal sealed class PatternReader
{
    /// <summary>The place before the first byte.</summary>
    public static readonly UInt128 Begin = 1;

    private const int LengthMax = 512, PlacesMax = 127, DepthMax = 32, TimesMax = 100;

    private readonly string _text;
    private readonly bool _ignoresCase;
    private readonly UInt128[] _follow = new UInt128[PlacesMax + 1];
    private int _at;
    private int _places = 1; // Begin is one
    private int _depth;

    /// <summary>Reads all of it; <see cref="Fault"/> says how that went.</summary>
    public PatternReader(string text)
    {
        _text = text;
        if (text.Length > LengthMax)
        {
            Fault = $"it has {text.Length} characters; {LengthMax} is the most";
            return;
        }

        int unknown = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        if (unknown >= 0)
        {
            Refuse(unknown, "is none of the signs that can be followed, which are those of ASCII");
            return;
        }

        _ignoresCase = text.StartsWith("(?i)", StringComparison.Ordinal);
        _at = _ignoresCase ? 4 : 0;
        _at += Peek() == '^' ? 1 : 0; // the whole value is matched in any case
        Piece all = ReadChoice();
        if (_at < text.Length)
        {
            Refuse(_at, "closes no group; write \\) for the sign itself");
        }

        _follow[0] = all.First;
        Ends = all.Last | (all.MayBeEmpty ? Begin : 0);
    }

    /// <summary>Null: it can be followed.</summary>
    public string? Fault { get; private set; }

    /// <summary>By byte, the places that take it.</summary>
    public UInt128[] Accepts { get; } = new UInt128[256];

    /// <summary>The places at which a value may end.</summary>
    public UInt128 Ends { get; }

    /// <summary>All places that may come after any of these.</summary>
    public UInt128 Following(UInt128 places)
    {
        UInt128 following = 0;
        for (; places != 0; places &= places - 1)
        {
            following |= _follow[(int)UInt128.TrailingZeroCount(places)];
        }

        return following;
    }

    private char Peek() => Fault is null && _at < _text.Length ? _text[_at] : '\0';

    /// <summary>a|b</summary>
    private Piece ReadChoice()
    {
        Piece choice = ReadSequence();
        while (Peek() == '|')
        {
            _at++;
            Piece other = ReadSequence();
            choice = new Piece(choice.MayBeEmpty || other.MayBeEmpty, choice.First | other.First, choice.Last | other.Last);
        }

        return choice;
    }

    /// <summary>ab</summary>
    private Piece ReadSequence()
    {
        Piece sequence = Piece.Empty;
        while (Peek() is not ('\0' or '|' or ')'))
        {
            if (Peek() == '$' && _at == _text.Length - 1)
            {
                _at++;
                break;
            }

            sequence = Join(sequence, ReadRepeated());
        }

        return sequence;
    }

    /// <summary>a* a+ a? a{2,3}: the same text is read so many times, and has places of its own each time.</summary>
    private Piece ReadRepeated()
    {
        int from = _at, places = _places;
        Piece piece = ReadOne();
        (int least, int? most) = ReadTimes();
        int behind = _at;
        if (places == _places || Fault is not null)
        {
            return piece; // nothing is nothing however often
        }

        Piece all = Piece.Empty;
        for (int time = 1; time <= Math.Max(1, most ?? least); time++)
        {
            if (time > 1)
            {
                _at = from;
                piece = ReadOne();
            }

            bool isLast = time == Math.Max(1, most ?? least);
            if (isLast && most is null)
            {
                Connect(piece.Last, piece.First);
            }

            all = Join(all, time > least ? piece with { MayBeEmpty = true } : piece);
        }

        _at = behind;
        return most == 0 ? Piece.Empty : all;
    }

    /// <returns>How often what stands before may come; null: without an end.</returns>
    private (int Least, int? Most) ReadTimes()
    {
        (int Least, int? Most) times = (1, 1);
        switch (Peek())
        {
            case '*': times = (0, null); _at++; break;
            case '+': times = (1, null); _at++; break;
            case '?': times = (0, 1); _at++; break;
            case '{': times = ReadBounds(); break;
            default: return times;
        }

        _at += Peek() == '?' ? 1 : 0; // as few as possible: the same where all has to match
        if (Peek() is '*' or '+' or '?' or '{')
        {
            Refuse(_at, "repeats what is repeated; put a group around it");
        }

        return times;
    }

    private (int Least, int? Most) ReadBounds()
    {
        int from = _at, end = Math.Max(from, _text.IndexOf('}', from));
        string[] parts = _text[(from + 1)..Math.Max(from + 1, end)].Split(',');
        bool isOpen = parts is [_, ""];
        if (parts.Length > 2 || !TryTimes(parts[0], out int least) | !TryTimes(isOpen ? parts[0] : parts[^1], out int most) || most < least)
        {
            Refuse(from, $"is no count; write {{2}}, {{2,}} or {{2,3}} with numbers up to {TimesMax}, or \\{{ for the sign itself");
            return (1, 1);
        }

        _at = end + 1;
        return (least, isOpen ? null : most);
    }

    private static bool TryTimes(string text, out int times)
    {
        times = 0;
        return text.Length is > 0 and <= 3 && text.All(char.IsAsciiDigit) && (times = int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)) <= TimesMax;
    }

    private Piece ReadOne()
    {
        int from = _at;
        char sign = Peek();
        _at++;
        switch (sign)
        {
            case '(':
                return ReadGroup(from);
            case '[':
                return Place(ByteSet.ReadClass(_text, ref _at, _ignoresCase, (at, what) => Refuse(at, what)));
            case '.':
                return Place(ByteSet.Any);
            case '\\':
                return Place(ByteSet.ReadEscape(_text, ref _at, (at, what) => Refuse(at, what)));
            case '*' or '+' or '?' or '{':
                return Refuse(from, $"repeats nothing; write \\{sign} for the sign itself");
            case '^' or '$':
                return Refuse(from, $"stands neither at the beginning nor at the end; write \\{sign} for the sign itself");
            default:
                return Place(ByteSet.Of(sign, _ignoresCase));
        }
    }

    private Piece ReadGroup(int from)
    {
        if (Peek() == '?')
        {
            if (string.CompareOrdinal(_text, _at, "?:", 0, 2) != 0)
            {
                return Refuse(from, "begins a group that cannot be followed; write (...) or (?:...), and (?i) only at the beginning");
            }

            _at += 2;
        }

        if (++_depth > DepthMax)
        {
            return Refuse(from, $"is {_depth} groups deep; {DepthMax} is the most");
        }

        Piece group = ReadChoice();
        _depth--;
        if (Peek() != ')')
        {
            return Refuse(from, "opens a group that is not closed; write \\( for the sign itself");
        }

        _at++;
        return group;
    }

    private Piece Place(ByteSet bytes)
    {
        if (Fault is not null)
        {
            return Piece.Empty;
        }

        if (_places > PlacesMax)
        {
            return Refuse(_at - 1, $"is the {PlacesMax + 1}th place for a byte, each repetition counted; {PlacesMax} is the most");
        }

        UInt128 place = Begin << _places++;
        for (int value = 0; value < Accepts.Length; value++)
        {
            if (bytes.Has((byte)value))
            {
                Accepts[value] |= place;
            }
        }

        return new Piece(MayBeEmpty: false, place, place);
    }

    private Piece Join(Piece one, Piece other)
    {
        Connect(one.Last, other.First);
        return new Piece(
            one.MayBeEmpty && other.MayBeEmpty,
            one.First | (one.MayBeEmpty ? other.First : 0),
            other.Last | (other.MayBeEmpty ? one.Last : 0));
    }

    private void Connect(UInt128 from, UInt128 to)
    {
        for (; from != 0; from &= from - 1)
        {
            _follow[(int)UInt128.TrailingZeroCount(from)] |= to;
        }
    }

    private Piece Refuse(int at, string what)
    {
        string sign = at < _text.Length ? Wording.Show(_text[at].ToString()) : "the end";
        Fault ??= $"{sign} at position {at + 1} {what}";
        return Piece.Empty;
    }

    /// <param name="First">Places at which it may begin.</param>
    /// <param name="Last">Places at which it may end.</param>
    private readonly record struct Piece(bool MayBeEmpty, UInt128 First, UInt128 Last)
    {
        public static readonly Piece Empty = new(MayBeEmpty: true, 0, 0);
    }
}
