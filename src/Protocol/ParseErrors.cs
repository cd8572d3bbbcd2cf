// The one table from a parse error to a status code, a metric label and a sentence. Any thread; allocates nothing.

namespace OpenClaw.Protocol;

using static ParseError;

/// <summary>What a refusal is called outside of this library.</summary>
public static class ParseErrors
{
    /// <summary>Status code a client gets for a request. A refused answer of an upstream is a 502 whatever the reason.</summary>
    public static int StatusCode(ParseError error) => Row(error).Status;

    /// <summary>Snake-case name, stable: it is a metric label.</summary>
    public static string Label(ParseError error) => Row(error).Label;

    /// <summary>One sentence naming the rule.</summary>
    public static string Text(ParseError error) => Row(error).Text;

    private static (int Status, string Label, string Text) Row(ParseError error) => error switch
    {
        None => (200, "none", "No fault."),

        InvalidMethod => (400, "invalid_method", "The method is not a token followed by one space (RFC 9112 3.1)."),
        MethodNotAllowed => (405, "method_not_allowed", "CONNECT is refused: this gateway opens no tunnels (RFC 9110 9.3.6)."),
        InvalidTarget => (400, "invalid_target", "The request target is empty or has a byte that no URI has (RFC 9112 3.2, RFC 3986 2)."),
        InvalidTargetForm => (400, "invalid_target_form", "The form of the request target does not fit the method (RFC 9112 3.2)."),
        MissingVersion => (400, "missing_version", "The request line ends before the protocol version (RFC 9112 3)."),
        InvalidVersion => (400, "invalid_version", "The protocol version is not HTTP/DIGIT.DIGIT at its place in the line (RFC 9112 2.3)."),
        UnsupportedVersion => (505, "unsupported_version", "Only HTTP/1.0 and HTTP/1.1 are spoken here (RFC 9110 15.6.6)."),
        RequestLineTooLong => (414, "request_line_too_long", "The request line is longer than the limit (RFC 9112 3)."),
        InvalidStatusCode => (400, "invalid_status_code", "The status code is not three digits from 100 to 599 (RFC 9110 15)."),
        InvalidReason => (400, "invalid_reason", "The reason phrase has a control byte (RFC 9112 4)."),
        StatusLineTooLong => (400, "status_line_too_long", "The status line is longer than the limit."),

        BareLineFeed => (400, "bare_line_feed", "A line ends in LF without CR (RFC 9112 2.2)."),
        BareCarriageReturn => (400, "bare_carriage_return", "A CR is not followed by LF (RFC 9112 2.2)."),
        LeadingWhitespace => (400, "leading_whitespace", "There is white space before the first field (RFC 9112 2.2)."),
        ObsoleteFold => (400, "obsolete_fold", "A field value is folded over two lines (RFC 9112 5.2)."),
        EmptyFieldName => (400, "empty_field_name", "A field line has no name before its colon (RFC 9112 5)."),
        InvalidFieldName => (400, "invalid_field_name", "A field name is not a token (RFC 9110 5.1)."),
        SpaceBeforeColon => (400, "space_before_colon", "There is white space between a field name and its colon (RFC 9112 5.1)."),
        MissingColon => (400, "missing_colon", "A field line has no colon (RFC 9112 5)."),
        NulInValue => (400, "nul_in_value", "A field value has a NUL byte (RFC 9110 5.5)."),
        ControlInValue => (400, "control_in_value", "A field value has a control byte (RFC 9110 5.5)."),
        FieldLineTooLong => (431, "field_line_too_long", "A field line is longer than the limit (RFC 6585 5)."),
        TooManyFields => (431, "too_many_fields", "There are more field lines than the limit (RFC 6585 5)."),
        HeadTooLarge => (431, "head_too_large", "The head is larger than the limit (RFC 6585 5)."),
        TooManyConnectionOptions => (431, "too_many_connection_options", "Connection has more options than the limit (RFC 6585 5)."),

        InvalidLength => (400, "invalid_length", "Content-Length is not a decimal number (RFC 9110 8.6)."),
        LengthOverflow => (400, "length_overflow", "Content-Length is larger than any body can be (RFC 9110 8.6)."),
        ConflictingLengths => (400, "conflicting_lengths", "Content-Length is there more than once (RFC 9112 6.3)."),
        LengthWithTransferEncoding => (400, "length_with_transfer_encoding",
            "Content-Length and Transfer-Encoding are both there (RFC 9112 6.3)."),
        UnsupportedTransferEncoding => (400, "unsupported_transfer_encoding", "Transfer-Encoding is not exactly chunked (RFC 9112 6.1)."),
        RepeatedTransferEncoding => (400, "repeated_transfer_encoding", "Transfer-Encoding is there more than once (RFC 9112 6.1)."),
        TransferEncodingInHttp10 => (400, "transfer_encoding_in_http10", "HTTP/1.0 has no Transfer-Encoding (RFC 9112 6.1)."),

        MissingHost => (400, "missing_host", "An HTTP/1.1 request must have a Host field (RFC 9112 3.2)."),
        RepeatedHost => (400, "repeated_host", "Host is there more than once (RFC 9112 3.2)."),
        InvalidHost => (400, "invalid_host", "The host is not a name or address with an optional port (RFC 9112 3.2, RFC 3986 3.2.2)."),
        HostMismatch => (400, "host_mismatch", "Host differs from the host of the request target (RFC 9112 3.2.2)."),
        UnknownExpectation => (417, "unknown_expectation", "The only expectation that can be met is 100-continue (RFC 9110 10.1.1)."),
        InvalidMaxForwards => (400, "invalid_max_forwards", "Max-Forwards is not one decimal number (RFC 9110 7.6.2)."),

        InvalidChunkSize => (400, "invalid_chunk_size", "A chunk size is not a hexadecimal number (RFC 9112 7.1)."),
        ChunkSizeTooLong => (400, "chunk_size_too_long", "A chunk size has more than 15 digits (RFC 9112 7.1)."),
        InvalidChunkExtension => (400, "invalid_chunk_extension", "A chunk extension breaks the grammar (RFC 9112 7.1.1)."),
        ChunkLineTooLong => (400, "chunk_line_too_long", "A chunk line is longer than the limit (RFC 9112 7.1.1)."),
        ChunkExtensionsTooLong => (400, "chunk_extensions_too_long", "The chunk extensions outweigh the data (RFC 9112 7.1.1)."),
        MissingChunkEnd => (400, "missing_chunk_end", "Chunk data is not followed by CRLF (RFC 9112 7.1)."),
        TrailersTooLong => (400, "trailers_too_long", "The trailer section is longer than the limit (RFC 9112 7.1.2)."),

        _ => (400, "unknown", "The message breaks a rule that has no name."),
    };
}
