// Takes the chunked coding off a body, from any cut of its bytes into any cut of memory. Extensions and trailers are checked by
// grammar and dropped. A small value that its connection keeps; never takes a byte behind the body, never throws.

namespace OpenClaw.Protocol;

using static ChunkedDecoder.State;

public enum ChunkedStatus : byte
{
    /// <summary>All of the source is consumed and the body goes on.</summary>
    NeedMore,

    /// <summary>There is data left in the source and no room for it.</summary>
    DestinationFull,

    /// <summary>The body ended; what follows in the source belongs to the next message.</summary>
    Done,

    /// <summary>Refused; see <see cref="ChunkedDecoder.Error"/>.</summary>
    Invalid,
}

/// <summary>Resumable decoder of RFC 9112 7.1; <c>default</c> stands at the start of a body. Strict: no bare LF, no white space in sizes.</summary>
public struct ChunkedDecoder
{
    /// <summary>Fifteen digits are under 2^60, so that nothing can overflow.</summary>
    private const int MostSizeDigits = 15;

    private const int ChunkLineBytes = 4096;
    private const int TrailerBytes = 8192;

    /// <summary>Extensions may weigh this much and as much as the data so far: signed uploads pass, chaff does not.</summary>
    private const int FreeExtensionBytes = 16384;

    private State _state;
    private int _sectionBytes; // of the current chunk line, or of all trailers
    private int _sizeDigits;
    private long _remaining;
    private long _dataBytes;
    private long _extensionBytes;

    internal enum State : byte
    {
        SizeStart,
        Size,
        BlankBeforeExtension,
        NameStart,
        Name,
        BlankAfterName,
        ValueStart,
        Value,
        Quoted,
        QuotedPair,
        AfterQuoted,
        SizeLineFeed,
        Data,
        DataReturn,
        DataLineFeed,
        TrailerStart,
        TrailerName,
        TrailerValue,
        TrailerLineFeed,
        FinalLineFeed,
        Ended,
        Failed,
    }

    /// <summary>Why the body was refused; None otherwise.</summary>
    public ParseError Error { get; private set; }

    /// <summary>
    /// Decodes as much as source and destination allow. On <see cref="ChunkedStatus.Invalid"/>, <paramref name="consumed"/> is the offset of
    /// the fault, and the data written before it is still good.
    /// </summary>
    public ChunkedStatus Decode(ReadOnlySpan<byte> source, Span<byte> destination, out int consumed, out int written)
    {
        consumed = 0;
        written = 0;
        while (_state < Ended && consumed < source.Length)
        {
            if (_state == Data)
            {
                int room = (int)Math.Min(_remaining, Math.Min(source.Length - consumed, destination.Length - written));
                if (room == 0) { return ChunkedStatus.DestinationFull; }
                source.Slice(consumed, room).CopyTo(destination[written..]);
                consumed += room;
                written += room;
                _remaining -= room;
                _dataBytes += room;
                if (_remaining == 0) { _state = DataReturn; }
                continue;
            }
            ParseError error = Take(source[consumed]);
            if (error != ParseError.None)
            {
                Error = error;
                _state = Failed;
                break;
            }
            consumed++;
        }
        return _state switch
        {
            Ended => ChunkedStatus.Done,
            Failed => ChunkedStatus.Invalid,
            _ => ChunkedStatus.NeedMore,
        };
    }

    /// <summary>One byte outside of the data.</summary>
    private ParseError Take(byte b) => _state switch
    {
        < SizeLineFeed => TakeChunkLine(b),
        >= TrailerStart => TakeTrailer(b),
        SizeLineFeed => b == '\n' ? EndChunkLine() : ParseError.BareCarriageReturn,
        DataReturn => b == '\r' ? Go(DataLineFeed) : ParseError.MissingChunkEnd,
        _ => b == '\n' ? Go(SizeStart) : ParseError.MissingChunkEnd,
    };

    private ParseError EndChunkLine()
    {
        _state = _remaining == 0 ? TrailerStart : Data;
        _sectionBytes = 0;
        _sizeDigits = 0;
        return ParseError.None;
    }

    private ParseError TakeChunkLine(byte b)
    {
        if (++_sectionBytes > ChunkLineBytes) { return ParseError.ChunkLineTooLong; }
        if (_state > Size && ++_extensionBytes > FreeExtensionBytes + _dataBytes) { return ParseError.ChunkExtensionsTooLong; }
        if (b == '\n') { return ParseError.BareLineFeed; }
        bool mayEnd = _state is Size or Name or Value or AfterQuoted;
        if (mayEnd && b == '\r') { return Go(SizeLineFeed); }
        return _state <= Size ? TakeSize(b) : TakeExtension(b);
    }

    private ParseError TakeSize(byte b)
    {
        int digit = Grammar.HexValue(b);
        if (digit >= 0)
        {
            if (++_sizeDigits > MostSizeDigits) { return ParseError.ChunkSizeTooLong; }
            _remaining = _remaining << 4 | (uint)digit;
            return Go(Size);
        }
        if (_state == SizeStart) { return ParseError.InvalidChunkSize; }
        if (b == ';') { return Go(NameStart); }
        return Grammar.IsBlank(b) ? Go(BlankBeforeExtension) : ParseError.InvalidChunkSize;
    }

    /// <summary>
    /// *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ), RFC 9112 7.1.1. White space is good only before or behind
    /// the sign it belongs to, never before the line's end.
    /// </summary>
    private ParseError TakeExtension(byte b)
    {
        bool blank = Grammar.IsBlank(b);
        bool token = Grammar.Token.Contains(b);
        State next = _state switch
        {
            BlankBeforeExtension => blank ? BlankBeforeExtension : b == ';' ? NameStart : Failed,
            NameStart => token ? Name : blank ? NameStart : Failed,
            Name => token ? Name : blank ? BlankAfterName : b == ';' ? NameStart : b == '=' ? ValueStart : Failed,
            BlankAfterName => blank ? BlankAfterName : b == ';' ? NameStart : b == '=' ? ValueStart : Failed,
            ValueStart => token ? Value : blank ? ValueStart : b == '"' ? Quoted : Failed,
            Value => token ? Value : blank ? BlankBeforeExtension : b == ';' ? NameStart : Failed,
            Quoted => b == '"' ? AfterQuoted : b == '\\' ? QuotedPair : Grammar.Controls.Contains(b) ? Failed : Quoted,
            QuotedPair => Grammar.Controls.Contains(b) ? Failed : Quoted,
            _ => blank ? BlankBeforeExtension : b == ';' ? NameStart : Failed,
        };
        return next == Failed ? ParseError.InvalidChunkExtension : Go(next);
    }

    private ParseError TakeTrailer(byte b)
    {
        if (++_sectionBytes > TrailerBytes) { return ParseError.TrailersTooLong; }
        switch (_state)
        {
            case TrailerValue when b == '\r': return Go(TrailerLineFeed);
            case TrailerValue when !Grammar.Controls.Contains(b): return ParseError.None;
            case TrailerValue: return b switch { (byte)'\n' => ParseError.BareLineFeed, 0 => ParseError.NulInValue, _ => ParseError.ControlInValue };
            case TrailerLineFeed: return b == '\n' ? Go(TrailerStart) : ParseError.BareCarriageReturn;
            case FinalLineFeed: return b == '\n' ? Go(Ended) : ParseError.BareCarriageReturn;
            case TrailerStart when b == '\r': return Go(FinalLineFeed);
        }
        if (Grammar.Token.Contains(b)) { return Go(TrailerName); }
        bool first = _state == TrailerStart;
        return b switch
        {
            (byte)':' => first ? ParseError.EmptyFieldName : Go(TrailerValue),
            (byte)' ' or (byte)'\t' => first ? ParseError.ObsoleteFold : ParseError.SpaceBeforeColon,
            (byte)'\r' => ParseError.MissingColon,
            (byte)'\n' => ParseError.BareLineFeed,
            _ => ParseError.InvalidFieldName,
        };
    }

    private ParseError Go(State next)
    {
        _state = next;
        return ParseError.None;
    }
}
