// Where the fields of one head stand in its bytes. Reused from head to head; belongs to the worker that parses it.

namespace OpenClaw.Protocol;

/// <summary>One field line as offsets into the bytes of its head.</summary>
public struct Field
{
    public int LineStart;

    /// <summary>Behind the line's CRLF: the next line's start.</summary>
    public int LineEnd;

    /// <summary>The name begins at <see cref="LineStart"/>.</summary>
    public int NameLength;

    /// <summary>First byte of the value without the white space around it.</summary>
    public int ValueStart;
    public int ValueLength;
    public KnownField Known;

    /// <summary>The field ends at this hop: it is hop-by-hop, Connection names it, or it was withheld.</summary>
    public bool HopByHop;
}

/// <summary>The field lines of a head, in order.</summary>
public sealed class FieldTable
{
    private const int UsualFields = 32; // a browser sends 15 to 20

    private Field[] _fields = new Field[UsualFields];

    public int Count { get; private set; }

    /// <summary>The set of known fields that are there (<see cref="KnownFields.Mask"/>).</summary>
    public ulong Present { get; private set; }

    public ref readonly Field this[int index] => ref _fields[index];

    /// <summary>Index of the first line of a field, or -1.</summary>
    public int IndexOf(KnownField known) => (Present & KnownFields.Mask(known)) == 0 ? -1 : IndexOf(known, 0);

    /// <summary>Index of a field's first line at or after <paramref name="from"/>, or -1.</summary>
    public int IndexOf(KnownField known, int from)
    {
        for (int i = from; i < Count; i++)
        {
            if (_fields[i].Known == known) { return i; }
        }
        return -1;
    }

    /// <summary>Keeps one line from being forwarded.</summary>
    public void Withhold(int index) => _fields[index].HopByHop = true;

    /// <summary>A new last line, to be filled in place: copying a struct just written costs more than finding its field.</summary>
    internal ref Field Add(KnownField known)
    {
        if (Count == _fields.Length) { Array.Resize(ref _fields, Count * 2); }
        ulong mask = KnownFields.Mask(known);
        Present |= mask;
        ref Field field = ref _fields[Count++];
        field.Known = known;
        field.HopByHop = (KnownFields.HopByHop & mask) != 0;
        return ref field;
    }

    internal void Clear()
    {
        Count = 0;
        Present = 0;
    }
}
