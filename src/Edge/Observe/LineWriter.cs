// Writes one line of the access log into a span: names, numbers, and text that a client chose and may have meant to break
// the line. Lives on the stack of one call; what does not fit sets Overflowed.

using System.Buffers;
using System.Buffers.Text;

namespace OpenClaw.Edge.Observe;

/// <summary>Pairs of a name and a value: members of a JSON object, or <c>name=value</c> with blanks between (logfmt).</summary>
internal ref struct LineWriter(Span<byte> destination, bool json)
{
    /// <summary>What stands for itself inside quotes: visible ASCII but for the quote and the backslash.</summary>
    private static readonly SearchValues<byte> Plain = SearchValues.Create([.. Enumerable.Range(' ', 95).Select(b => (byte)b).Where(b => b != '"' && b != '\\')]);

    private readonly Span<byte> _destination = destination;

    public int Written { get; private set; }

    public bool Overflowed { get; private set; }

    public void Begin()
    {
        if (json)
        {
            Write("{"u8);
        }
    }

    public void End() => Write(json ? "}\n"u8 : "\n"u8);

    /// <summary>Left out when empty.</summary>
    public void Text(ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            Name(name);
            Quote(value);
        }
    }

    /// <summary>Left out when empty. A word of ours: ASCII, and cut where it is not short.</summary>
    public void Text(ReadOnlySpan<byte> name, string value)
    {
        Span<byte> ascii = stackalloc byte[Math.Min(value.Length, 256)];
        System.Text.Encoding.ASCII.GetBytes(value.AsSpan(0, ascii.Length), ascii);
        Text(name, ascii);
    }

    public void Number(ReadOnlySpan<byte> name, long value)
    {
        Name(name);
        Digits(value);
    }

    /// <summary>Milliseconds with three decimals.</summary>
    public void Milliseconds(ReadOnlySpan<byte> name, long nanoseconds)
    {
        long microseconds = Math.Max(nanoseconds, 0) / 1000;
        Name(name);
        Digits(microseconds / 1000);
        Span<byte> decimals = [(byte)'.', (byte)('0' + microseconds / 100 % 10), (byte)('0' + microseconds / 10 % 10), (byte)('0' + microseconds % 10)];
        Write(decimals);
    }

    public void Flag(ReadOnlySpan<byte> name, bool value)
    {
        Name(name);
        Write(value ? "true"u8 : "false"u8);
    }

    private void Name(ReadOnlySpan<byte> name)
    {
        bool first = Written <= 1;
        if (json)
        {
            Write(first ? "\""u8 : ",\""u8);
            Write(name);
            Write("\":"u8);
        }
        else
        {
            Write(first ? ""u8 : " "u8);
            Write(name);
            Write("="u8);
        }
    }

    /// <summary>In quotes, as RFC 8259 7 has it; bytes above ASCII stand for the code points of their number.</summary>
    private void Quote(scoped ReadOnlySpan<byte> value)
    {
        Write("\""u8);
        while (!value.IsEmpty)
        {
            int plain = value.IndexOfAnyExcept(Plain);
            plain = plain < 0 ? value.Length : plain;
            Write(value[..plain]);
            if (plain == value.Length)
            {
                break;
            }

            Escape(value[plain]);
            value = value[(plain + 1)..];
        }

        Write("\""u8);
    }

    private void Escape(byte b)
    {
        if (b is (byte)'"' or (byte)'\\')
        {
            Span<byte> pair = [(byte)'\\', b];
            Write(pair);
        }
        else
        {
            ReadOnlySpan<byte> hex = "0123456789abcdef"u8;
            Span<byte> code = [(byte)'\\', (byte)'u', (byte)'0', (byte)'0', hex[b >> 4], hex[b & 15]];
            Write(code);
        }
    }

    private void Digits(long value)
    {
        int digits = 0;
        if (Overflowed || !Utf8Formatter.TryFormat(value, _destination[Written..], out digits))
        {
            Overflowed = true;
        }

        Written += digits;
    }

    private void Write(scoped ReadOnlySpan<byte> bytes)
    {
        if (Overflowed || !bytes.TryCopyTo(_destination[Written..]))
        {
            Overflowed = true;
            return;
        }

        Written += bytes.Length;
    }
}
