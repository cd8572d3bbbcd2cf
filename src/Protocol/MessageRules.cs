// The rules that hold between fields: how long the body is, whom the request is for, what the sender wants of the connection.
// Pure but for the head it completes; runs on the parsing thread.

using System.Text;

namespace OpenClaw.Protocol;

internal static class MessageRules
{
    private const ulong HostBit = 1UL << (int)KnownField.Host;
    private const ulong LengthBit = 1UL << (int)KnownField.ContentLength;
    private const ulong CodingBit = 1UL << (int)KnownField.TransferEncoding;

    internal static ParseResult Apply(RequestHead head, ReadOnlySpan<byte> bytes)
    {
        head.ExpectContinue = false;
        head.MaxForwards = -1;

        ParseError error = Framing(head, bytes, out BodyFraming body, out int at);
        head.Body = body;
        if (error == ParseError.None) { error = Host(head, bytes, out at); }
        if (error == ParseError.None) { error = Expect(head, bytes, out at); }
        if (error == ParseError.None) { error = MaxForwards(head, bytes, out at); }
        if (error == ParseError.None) { error = Connection(head, bytes, out at); }
        return Verdict(head, bytes, error, at);
    }

    internal static ParseResult Apply(ResponseHead head, ReadOnlySpan<byte> bytes)
    {
        ParseError error = Framing(head, bytes, out BodyFraming body, out int at);
        bool hasNone = head.StatusCode is < 200 or 204 or 304 || head.RequestMethod == Method.Head;
        head.AnnouncesAbsentBody = hasNone && !body.IsEmpty;
        head.Body = hasNone ? default : body.Kind == BodyKind.None ? new BodyFraming(BodyKind.UntilClose) : body;
        if (head.StatusCode is < 200 or 204 && (head.Fields.Present & LengthBit) != 0)
        {
            head.Fields.Withhold(head.Fields.IndexOf(KnownField.ContentLength)); // RFC 9110 8.6: not in a 1xx or 204
        }
        if (error == ParseError.None) { error = Connection(head, bytes, out at); }
        head.KeepAlive &= head.Body.Kind != BodyKind.UntilClose;
        return Verdict(head, bytes, error, at);
    }

    /// <summary>
    /// RFC 9112 6.3, strict: whatever two readers could frame differently is refused, repeated equal lengths included (RFC 9110 8.6
    /// allows that). No field means no body here; for an answer the caller knows better.
    /// </summary>
    private static ParseError Framing(MessageHead head, ReadOnlySpan<byte> bytes, out BodyFraming body, out int at)
    {
        body = default;
        at = -1;
        FieldTable fields = head.Fields;
        if ((fields.Present & (LengthBit | CodingBit)) == 0) { return ParseError.None; }

        if ((fields.Present & CodingBit) != 0)
        {
            at = fields.IndexOf(KnownField.TransferEncoding);
            if ((fields.Present & LengthBit) != 0) { return ParseError.LengthWithTransferEncoding; }
            if (head.MinorVersion == 0) { return ParseError.TransferEncodingInHttp10; }
            if (fields.IndexOf(KnownField.TransferEncoding, at + 1) >= 0) { return ParseError.RepeatedTransferEncoding; }
            if (!Ascii.EqualsIgnoreCase(ValueOf(fields[at], bytes), "chunked"u8)) { return ParseError.UnsupportedTransferEncoding; }
            body = new BodyFraming(BodyKind.Chunked);
            return ParseError.None;
        }

        at = fields.IndexOf(KnownField.ContentLength);
        ParseError error = Grammar.ReadNumber(ValueOf(fields[at], bytes), out long length);
        if (error != ParseError.None) { return error; }
        if (fields.IndexOf(KnownField.ContentLength, at + 1) >= 0) { return ParseError.ConflictingLengths; }
        body = new BodyFraming(BodyKind.Length, length);
        return ParseError.None;
    }

    /// <summary>RFC 9112 3.2. A Host of another target than the absolute-form's is refused rather than overruled (3.2.2 allows both).</summary>
    private static ParseError Host(RequestHead head, ReadOnlySpan<byte> bytes, out int at)
    {
        FieldTable fields = head.Fields;
        at = -1;
        if ((fields.Present & HostBit) == 0) { return head.MinorVersion == 0 ? ParseError.None : ParseError.MissingHost; }

        at = fields.IndexOf(KnownField.Host);
        ref readonly Field host = ref fields[at];
        if (fields.IndexOf(KnownField.Host, at + 1) >= 0) { return ParseError.RepeatedHost; }
        if (!HostGrammar.IsAuthority(ValueOf(host, bytes))) { return ParseError.InvalidHost; }
        if (head.Form == TargetForm.Absolute)
        {
            return Ascii.EqualsIgnoreCase(ValueOf(host, bytes), head.Authority) ? ParseError.None : ParseError.HostMismatch;
        }
        head.SetAuthority(host.ValueStart, host.ValueLength);
        return ParseError.None;
    }

    /// <summary>
    /// RFC 9110 10.1.1. An expectation never changes where the body ends; one for HTTP/1.0 or without a body is ignored.
    /// </summary>
    private static ParseError Expect(RequestHead head, ReadOnlySpan<byte> bytes, out int at)
    {
        at = head.Fields.IndexOf(KnownField.Expect);
        if (at < 0) { return ParseError.None; }
        if (head.Fields.IndexOf(KnownField.Expect, at + 1) >= 0) { return ParseError.UnknownExpectation; }
        if (!Ascii.EqualsIgnoreCase(ValueOf(head.Fields[at], bytes), "100-continue"u8)) { return ParseError.UnknownExpectation; }
        head.ExpectContinue = head.MinorVersion == 1 && !head.Body.IsEmpty;
        return ParseError.None;
    }

    /// <summary>
    /// RFC 9110 7.6.2, for the two methods it is about. A count that cannot be read cannot be counted down, and forwarding it as it
    /// is would disarm the guard against loops; so it is refused.
    /// </summary>
    private static ParseError MaxForwards(RequestHead head, ReadOnlySpan<byte> bytes, out int at)
    {
        at = head.Method is Method.Options or Method.Trace ? head.Fields.IndexOf(KnownField.MaxForwards) : -1;
        if (at < 0) { return ParseError.None; }
        ParseError error = Grammar.ReadNumber(ValueOf(head.Fields[at], bytes), out long count);
        if (error != ParseError.None || head.Fields.IndexOf(KnownField.MaxForwards, at + 1) >= 0) { return ParseError.InvalidMaxForwards; }
        head.MaxForwards = count;
        return ParseError.None;
    }

    /// <summary>RFC 9112 9.3: close beats keep-alive; 1.1 persists by default, 1.0 only if asked.</summary>
    private static ParseError Connection(MessageHead head, ReadOnlySpan<byte> bytes, out int at)
    {
        at = head.Fields.IndexOf(KnownField.Connection);
        if (!ConnectionTokens.TryRead(bytes, head.Fields, out ConnectionOptions options)) { return ParseError.TooManyConnectionOptions; }
        head.KeepAlive = (options & ConnectionOptions.Close) == 0 &&
            (head.MinorVersion == 1 || (options & ConnectionOptions.KeepAlive) != 0);
        head.WantsUpgrade = (options & ConnectionOptions.Upgrade) != 0 && head.MinorVersion == 1 &&
            (head.Fields.Present & KnownFields.Mask(KnownField.Upgrade)) != 0;
        return ParseError.None;
    }

    private static ParseResult Verdict(MessageHead head, ReadOnlySpan<byte> bytes, ParseError error, int field) =>
        error == ParseError.None
            ? ParseResult.Complete(bytes.Length)
            : ParseResult.Invalid(error, field >= 0 ? head.Fields[field].LineStart : 0);

    private static ReadOnlySpan<byte> ValueOf(in Field field, ReadOnlySpan<byte> bytes) =>
        bytes.Slice(field.ValueStart, field.ValueLength);
}
