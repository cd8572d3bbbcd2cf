// Finds the lines and fields of a head, once over every byte, and goes on where it stopped when more bytes come. What a line
// means is not decided here. Runs on the caller's thread; keeps its place in the head; never reads behind the buffer.

using System.Buffers;
using System.Runtime.InteropServices;

namespace OpenClaw.Protocol;

internal static class HeadScanner
{
    /// <summary>
    /// One attempt at the head at the start of <paramref name="buffer"/>. The verdict depends on the bytes alone, not on how they
    /// are cut: a limit is a fault exactly where the scan would have to pass it.
    /// </summary>
    internal static ParseResult Scan(in ReadOnlySequence<byte> buffer, MessageHead head, ParseLimits limits)
    {
        // Asking for the array first spares the sequence's own way to its first segment, which is slow for arrays.
        ParseResult result = Step(SequenceMarshal.TryGetArray(buffer, out ArraySegment<byte> array) ? array : buffer.First, head, limits);
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
        int lineStart = at.LineStart, scanned = at.Scanned, colon = at.Colon; // in registers until the scan has to wait
        while (true)
        {
            int end = EndOfView(bytes, lineStart, limits);
            if (colon == 0)
            {
                int past = bytes[scanned..end].IndexOfAnyExcept(Grammar.Token);
                if (past < 0) { return Wait(head, limits, lineStart, end, colon, end); }
                scanned += past;
                if (bytes[scanned] != ':' || scanned == lineStart)
                {
                    return bytes[scanned] == '\r' && scanned == lineStart
                        ? EmptyLine(bytes[..end], head, limits, lineStart)
                        : ParseResult.Invalid(NameFault(bytes[scanned], scanned == lineStart, fields.Count == 0), scanned);
                }
                if (fields.Count >= limits.Fields) { return ParseResult.Invalid(ParseError.TooManyFields, lineStart); }
                colon = scanned++;
            }

            int value = bytes[scanned..end].IndexOfAny(Grammar.Controls);
            if (value < 0) { return Wait(head, limits, lineStart, end, colon, end); }
            scanned += value;
            if (bytes[scanned] != '\r') { return ParseResult.Invalid(ValueFault(bytes[scanned]), scanned); }
            if (scanned + 1 == end) { return Wait(head, limits, lineStart, scanned, colon, end); }
            if (bytes[scanned + 1] != '\n') { return ParseResult.Invalid(ParseError.BareCarriageReturn, scanned); }
            AddField(bytes, lineStart, colon, scanned, fields);
            lineStart = scanned += 2;
            colon = 0;
        }
    }

    /// <summary>The line that begins with CR: the end of the head, or a fault.</summary>
    private static ParseResult EmptyLine(ReadOnlySpan<byte> bytes, MessageHead head, ParseLimits limits, int lineStart)
    {
        if (lineStart + 1 == bytes.Length) { return Wait(head, limits, lineStart, lineStart, 0, bytes.Length); }
        return bytes[lineStart + 1] == '\n'
            ? ParseResult.Complete(lineStart + 2)
            : ParseResult.Invalid(ParseError.BareCarriageReturn, lineStart);
    }

    private static ParseResult Wait(MessageHead head, ParseLimits limits, int lineStart, int scanned, int colon, int end)
    {
        head.Progress.LineStart = lineStart;
        head.Progress.Scanned = scanned;
        head.Progress.Colon = colon;
        return OutOfBytes(end, head, limits, ParseError.FieldLineTooLong);
    }

    private static void AddField(ReadOnlySpan<byte> bytes, int lineStart, int colon, int lineEnd, FieldTable fields)
    {
        int first = colon + 1, last = lineEnd;
        while (first < last && Grammar.IsBlank(bytes[first])) { first++; }
        while (last > first && Grammar.IsBlank(bytes[last - 1])) { last--; }
        ref Field field = ref fields.Add(KnownFields.Recognize(bytes[lineStart..colon]));
        field.LineStart = lineStart;
        field.LineEnd = lineEnd + 2;
        field.NameLength = colon - lineStart;
        field.ValueStart = first;
        field.ValueLength = last - first;
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
