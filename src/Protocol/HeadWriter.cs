// Writes a head into memory the caller owns. Never outside of it and never an exception: what does not fit sets Overflowed,
// and nothing is written from then on. Lives on the stack of one call.

using System.Buffers.Text;

namespace OpenClaw.Protocol;

/// <summary>Appends lines to a span. Names and values are written as given: they must be valid already.</summary>
public ref struct HeadWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    /// <summary>Bytes written so far.</summary>
    public int Written { get; private set; }

    /// <summary>Something did not fit; the head is not usable.</summary>
    public bool Overflowed { get; private set; }

    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        if (Overflowed || !bytes.TryCopyTo(_destination[Written..]))
        {
            Overflowed = true;
            return;
        }
        Written += bytes.Length;
    }

    /// <summary>Decimal digits.</summary>
    public void WriteNumber(long number)
    {
        int digits = 0;
        if (Overflowed || !Utf8Formatter.TryFormat(number, _destination[Written..], out digits))
        {
            Overflowed = true;
            return;
        }
        Written += digits;
    }

    /// <summary>A whole field line.</summary>
    public void WriteField(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        Write(name);
        Write(": "u8);
        Write(value);
        Write("\r\n"u8);
    }

    /// <summary>
    /// Copies the field lines that may cross this hop, in order and byte for byte (RFC 9110 5.3): all but those marked hop-by-hop and
    /// those of the set <paramref name="drop"/> (<see cref="KnownFields.Mask"/>). Neighbours go in one copy.
    /// </summary>
    public void WriteKept(scoped ReadOnlySpan<byte> headBytes, FieldTable fields, ulong drop)
    {
        int start = 0, end = 0;
        for (int i = 0; i < fields.Count; i++)
        {
            ref readonly Field field = ref fields[i];
            if (field.HopByHop || (KnownFields.Mask(field.Known) & drop) != 0) { continue; }
            if (field.LineStart != end)
            {
                Write(headBytes[start..end]);
                start = field.LineStart;
            }
            end = field.LineEnd;
        }
        Write(headBytes[start..end]);
    }
}
