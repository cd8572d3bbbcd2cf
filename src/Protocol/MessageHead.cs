// What the heads of requests and answers share: their bytes, their fields, and how far the scanner has come.
// Reused from message to message; belongs to the worker that parses it. Never owns the caller's bytes.

using System.Text;

namespace OpenClaw.Protocol;

/// <summary>A head as offsets into its bytes. What it says is meaningful once its parser answered <see cref="ParseStatus.Complete"/>.</summary>
public abstract class MessageHead
{
    internal ScanProgress Progress;
    internal readonly SegmentGatherer Gatherer = new();

    private protected MessageHead(ParseError startLineTooLong, bool mayFollowEmptyLines)
    {
        StartLineTooLong = startLineTooLong;
        MayFollowEmptyLines = mayFollowEmptyLines;
    }

    /// <summary>
    /// The head, from its start line to its empty line: the caller's own memory where one segment held it (valid as long as that
    /// is), else a copy that the next parse overwrites.
    /// </summary>
    public ReadOnlyMemory<byte> Bytes { get; internal set; }

    public FieldTable Fields { get; } = new();

    /// <summary>1, or 0 for HTTP/1.0. A higher minor version counts as 1 (RFC 9110 2.5).</summary>
    public int MinorVersion { get; private protected set; }

    public BodyFraming Body { get; internal set; }

    /// <summary>The sender lets the connection persist after this message (RFC 9112 9.3): by its version and its Connection options.</summary>
    public bool KeepAlive { get; internal set; }

    /// <summary>Upgrade is there, Connection names it, and the version knows it (RFC 9110 7.8).</summary>
    public bool WantsUpgrade { get; internal set; }

    public ReadOnlySpan<byte> Name(in Field field) => Bytes.Span.Slice(field.LineStart, field.NameLength);

    /// <summary>The value without the white space around it.</summary>
    public ReadOnlySpan<byte> Value(in Field field) => Bytes.Span.Slice(field.ValueStart, field.ValueLength);

    /// <summary>The value of the first field of a name, in any case; empty without one.</summary>
    public ReadOnlySpan<byte> FirstValue(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < Fields.Count; i++)
        {
            ref readonly Field field = ref Fields[i];
            if (field.NameLength == name.Length && Ascii.EqualsIgnoreCase(Name(field), name))
            {
                return Value(field);
            }
        }

        return default;
    }

    private protected void ResetShared()
    {
        Progress = default;
        Gatherer.Clear();
        Bytes = default;
        Fields.Clear();
    }

    /// <summary>The error for a start line that is longer than the limit.</summary>
    internal ParseError StartLineTooLong { get; }

    /// <summary>Whether empty lines before the start line are skipped (RFC 9112 2.2 grants it to requests).</summary>
    internal bool MayFollowEmptyLines { get; }

    /// <summary>Reads the start line from the head's first byte on; complete at the byte behind its CRLF. Resumes by <see cref="Progress"/>.</summary>
    internal abstract ParseResult ParseStartLine(ReadOnlySpan<byte> bytes);

    /// <summary>Applies the rules across fields to a scanned head; complete or invalid, never incomplete.</summary>
    internal abstract ParseResult ApplyRules(ReadOnlySpan<byte> bytes);
}

/// <summary>Where the scan of a head goes on. Offsets from the head's first byte, but for <see cref="Skipped"/>.</summary>
internal struct ScanProgress
{
    /// <summary>Bytes of empty lines before the head.</summary>
    internal int Skipped;
    internal bool HeadBegun;
    internal bool StartLineDone;
    internal int LineStart;

    /// <summary>Every byte of the current line before this one has been looked at.</summary>
    internal int Scanned;

    /// <summary>Offset of the current field line's colon, or 0 while it has not been seen.</summary>
    internal int Colon;
}
