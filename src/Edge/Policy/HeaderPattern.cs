// A regular expression for the value of a field, compiled to a table that a value walks byte by byte: one look-up a byte, whatever
// pattern and value are, and no byte allocated. Control threads compile, any thread matches. Why: docs/decisions/0011-header-patterns.md.

namespace OpenClaw.Edge.Policy;

/// <summary>Matches whole values. What it understands stands in docs/policy.md; everything else is refused when it is compiled.</summary>
public sealed class HeaderPattern
{
    /// <summary>The state of a walk that has not begun, and of one that cannot end well any more.</summary>
    public const int Start = 1, Lost = 0;

    /// <summary>States of one pattern: 1024 of them and 128 classes of bytes are 256 KiB.</summary>
    private const int StatesMax = 1024;

    private readonly byte[] _classOf = new byte[256]; // bytes that no part of the pattern tells apart are one class
    private readonly int _classes;
    private readonly ushort[] _next; // [state x classes + class]
    private readonly bool[] _isEnd;

    private HeaderPattern(PatternReader pattern, UInt128[] accepted, List<UInt128> states, ushort[] next)
    {
        for (int value = 0; value < _classOf.Length; value++)
        {
            _classOf[value] = (byte)Array.IndexOf(accepted, pattern.Accepts[value]);
        }

        _classes = accepted.Length;
        _next = next;
        _isEnd = [.. states.Select(places => (places & pattern.Ends) != 0)];
    }

    /// <returns>Why the expression cannot be compiled, with the position in it (from 1) and what would be right; null: it is.</returns>
    public static string? Compile(string text, out HeaderPattern? compiled)
    {
        compiled = null;
        PatternReader pattern = new(text);
        if (pattern.Fault is not null)
        {
            return pattern.Fault;
        }

        // A state is a set of places in the pattern, at any of which the walk may be.
        UInt128[] accepted = [.. pattern.Accepts.Distinct()];
        Dictionary<UInt128, ushort> numbers = new() { [0] = Lost, [PatternReader.Begin] = Start };
        List<UInt128> states = [0, PatternReader.Begin];
        List<ushort> next = [];
        for (int state = 0; state < states.Count; state++)
        {
            UInt128 following = pattern.Following(states[state]);
            foreach (UInt128 those in accepted)
            {
                if (!numbers.TryGetValue(following & those, out ushort number))
                {
                    numbers.Add(following & those, number = (ushort)states.Count);
                    states.Add(following & those);
                }

                next.Add(number);
            }

            if (states.Count > StatesMax)
            {
                return $"it takes more than {StatesMax} states to tell values apart; make it simpler";
            }
        }

        compiled = new HeaderPattern(pattern, accepted, states, [.. next]);
        return null;
    }

    /// <summary>Goes on from a state (the first is <see cref="Start"/>) with more of the value.</summary>
    public int Walk(int state, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            state = _next[state * _classes + _classOf[value]];
            if (state == Lost)
            {
                break;
            }
        }

        return state;
    }

    /// <summary>Whether a value that ends here matches.</summary>
    public bool IsEnd(int state) => _isEnd[state];
}
