// Finds the lines and fields of a head, once over every byte, and goes on where it stopped when more bytes come. What a line
// means is not decided here. Runs on the caller's thread; keeps its place in the head; never reads behind the buffer.

using System.Buffers;

namespace OpenClaw.Protocol;

internal static class HeadScanner
{
    /// <summary>
    /// One attempt at the head at the start of <paramref name="buffer"/>. The verdict depends on the bytes alone, not on how they
    /// are cut: a limit is a fault exactly where the scan would have to pass it.
    /// </summary>
    internal static ParseResult Scan(in ReadOnlySequence<byte> buffer, MessageHead head, ParseLimits limits)
    {
        ParseResult result = Step(buffer.First, head, limits);
        if (result.Status != ParseStatus.Incomplete || buffer.IsSingleSegment) { return result; }

        int start = 0;
        foreach (ReadOnlyMemory<byte> segment in buffer)
        {
            result = Step(head.Gatherer.Gather(segment.Span, start, limits.HeadBytes), head, limits);
            start += segment.Length;
            if (result.Status != ParseStatus.Incomplete || start >= limits.HeadBytes) { break; }
        }
        return result;
    }

    private static ParseResult Step(ReadOnlyMemory<byte> memory, MessageHead head, ParseLimits limits)
    {
        ref ScanProgress at = ref head.Progress;
        ReadOnlySpan<byte> bytes = memory.Span;
        if (bytes.Length > limits.HeadBytes) { bytes = bytes[..limits.HeadBytes]; }
        if (bytes.Length <= at.Skipped + at.Scanned) { return ParseResult.Incomplete; } // nothing new, as far as this segment goes

        if (!at.HeadBegun)
        {
            ParseResult begun = SkipEmptyLines(bytes, head, limits);
            if (begun.Status != ParseStatus.Complete) { return begun; }
        }
        bytes = bytes[at.Skipped..];
        ParseResult result = Lines(bytes, head, limits);
        if (result.Status == ParseStatus.Complete)
        {
            int length = result.Consumed;
            head.Bytes = memory.Slice(at.Skipped, length);
            result = head.ApplyRules(bytes[..length]);
        }
        return result.ShiftedBy(at.Skipped);
    }

    private static ParseResult SkipEmptyLines(ReadOnlySpan<byte> bytes, MessageHead head, ParseLimits limits)
    {
        ref ScanProgress at = ref head.Progress;
        while (head.MayFollowEmptyLines && at.Skipped < bytes.Length && bytes[at.Skipped] == '\r')
        {
            if (at.Skipped + 1 == bytes.Length) { break; }
            if (bytes[at.Skipped + 1] != '\n') { return ParseResult.Invalid(ParseError.BareCarriageReturn, at.Skipped); }
            at.Skipped += 2;
        }
        if (bytes.Length >= limits.HeadBytes && at.Skipped + 1 >= bytes.Length)
        {
            return ParseResult.Invalid(ParseError.HeadTooLarge, bytes.Length);
        }
        if (at.Skipped == bytes.Length || (head.MayFollowEmptyLines && bytes[at.Skipped] == '\r')) { return ParseResult.Incomplete; }
        at.HeadBegun = true;
        return ParseResult.Complete(at.Skipped);
    }

    private static ParseResult Lines(ReadOnlySpan<byte> bytes, MessageHead head, ParseLimits limits)
    {
        ref ScanProgress at = ref head.Progress;
        if (!at.StartLineDone)
        {
            ReadOnlySpan<byte> line = bytes[..EndOfView(bytes, 0, limits)];
            ParseResult result = head.ParseStartLine(line);
            if (result.Status == ParseStatus.Incomplete) { return OutOfBytes(line.Length, head, limits, head.StartLineTooLong); }
            if (result.Status == ParseStatus.Invalid) { return result; }
            at.StartLineDone = true;
            at.LineStart = at.Scanned = result.Consumed;
        }
        return FieldLines(bytes, head, limits);
    }

    private static ParseResult FieldLines(ReadOnlySpan<byte> bytes, MessageHead head, ParseLimits limits)
    {
        ref ScanProgress at = ref head.Progress;
        FieldTable fields = head.Fields;
        while (true)
        {
            int end = EndOfView(bytes, at.LineStart, limits);
            if (at.Colon == 0)
            {
                int past = bytes[at.Scanned..end].IndexOfAnyExcept(Grammar.Token);
                if (past < 0)
                {
                    at.Scanned = end;
                    return OutOfBytes(end, head, limits, ParseError.FieldLineTooLong);
                }
                at.Scanned += past;
                byte stop = bytes[at.Scanned];
                if (at.Scanned == at.LineStart && stop == '\r')
                {
                    if (at.Scanned + 1 == end) { return OutOfBytes(end, head, limits, ParseError.FieldLineTooLong); }
                    return bytes[at.Scanned + 1] == '\n'
                        ? ParseResult.Complete(at.Scanned + 2)
                        : ParseResult.Invalid(ParseError.BareCarriageReturn, at.Scanned);
                }
                if (stop != ':' || at.Scanned == at.LineStart)
                {
                    return ParseResult.Invalid(NameFault(stop, at.Scanned == at.LineStart, fields.Count == 0), at.Scanned);
                }
                if (fields.Count >= limits.Fields) { return ParseResult.Invalid(ParseError.TooManyFields, at.LineStart); }
                at.Colon = at.Scanned++;
            }

            int value = bytes[at.Scanned..end].IndexOfAny(Grammar.Controls);
            if (value < 0)
            {
                at.Scanned = end;
                return OutOfBytes(end, head, limits, ParseError.FieldLineTooLong);
            }
            at.Scanned += value;
            if (bytes[at.Scanned] != '\r') { return ParseResult.Invalid(ValueFault(bytes[at.Scanned]), at.Scanned); }
            if (at.Scanned + 1 == end) { return OutOfBytes(end, head, limits, ParseError.FieldLineTooLong); }
            if (bytes[at.Scanned + 1] != '\n') { return ParseResult.Invalid(ParseError.BareCarriageReturn, at.Scanned); }
            AddField(bytes, ref at, fields);
        }
    }

    private static void AddField(ReadOnlySpan<byte> bytes, ref ScanProgress at, FieldTable fields)
    {
        int first = at.Colon + 1, last = at.Scanned;
        while (first < last && Grammar.IsBlank(bytes[first])) { first++; }
        while (last > first && Grammar.IsBlank(bytes[last - 1])) { last--; }
        KnownField known = KnownFields.Recognize(bytes[at.LineStart..at.Colon]);
        fields.Add(new Field
        {
            LineStart = at.LineStart,
            LineEnd = at.Scanned + 2,
            NameLength = at.Colon - at.LineStart,
            ValueStart = first,
            ValueLength = last - first,
            Known = known,
            HopByHop = (KnownFields.HopByHop & KnownFields.Mask(known)) != 0,
        });
        at.LineStart = at.Scanned += 2;
        at.Colon = 0;
    }

    /// <summary>A line is looked at up to the line limit only, so that the limit strikes at the same byte however the bytes come.</summary>
    private static int EndOfView(ReadOnlySpan<byte> bytes, int lineStart, ParseLimits limits) =>
        bytes.Length - lineStart > limits.LineBytes ? lineStart + limits.LineBytes : bytes.Length;

    private static ParseResult OutOfBytes(int end, MessageHead head, ParseLimits limits, ParseError lineTooLong)
    {
        if (end - head.Progress.LineStart >= limits.LineBytes) { return ParseResult.Invalid(lineTooLong, end); }
        return end + head.Progress.Skipped >= limits.HeadBytes
            ? ParseResult.Invalid(ParseError.HeadTooLarge, end)
            : ParseResult.Incomplete;
    }

    private static ParseError NameFault(byte stop, bool atLineStart, bool firstField) => stop switch
    {
        (byte)'\n' => ParseError.BareLineFeed,
        (byte)'\r' => ParseError.MissingColon,
        (byte)':' => ParseError.EmptyFieldName,
        (byte)' ' or (byte)'\t' when !atLineStart => ParseError.SpaceBeforeColon,
        (byte)' ' or (byte)'\t' => firstField ? ParseError.LeadingWhitespace : ParseError.ObsoleteFold,
        _ => ParseError.InvalidFieldName,
    };

    private static ParseError ValueFault(byte stop) => stop switch
    {
        (byte)'\n' => ParseError.BareLineFeed,
        0 => ParseError.NulInValue,
        _ => ParseError.ControlInValue,
    };
}
