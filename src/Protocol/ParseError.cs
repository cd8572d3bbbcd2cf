// The reasons for which bytes are refused. What each means to a client stands in ParseErrors, once.

namespace OpenClaw.Protocol;

/// <summary>Why bytes were refused; <see cref="ParseErrors"/> has status, label and sentence for each.</summary>
public enum ParseError : byte
{
    None,

    // Start line
    InvalidMethod,
    MethodNotAllowed,
    InvalidTarget,
    InvalidTargetForm,
    MissingVersion,
    InvalidVersion,
    UnsupportedVersion,
    RequestLineTooLong,
    InvalidStatusCode,
    InvalidReason,
    StatusLineTooLong,

    // Lines and fields
    BareLineFeed,
    BareCarriageReturn,
    LeadingWhitespace,
    ObsoleteFold,
    EmptyFieldName,
    InvalidFieldName,
    SpaceBeforeColon,
    MissingColon,
    NulInValue,
    ControlInValue,
    FieldLineTooLong,
    TooManyFields,
    HeadTooLarge,
    TooManyConnectionOptions,

    // Length of the body
    InvalidLength,
    LengthOverflow,
    ConflictingLengths,
    LengthWithTransferEncoding,
    UnsupportedTransferEncoding,
    RepeatedTransferEncoding,
    TransferEncodingInHttp10,

    // Whom and how
    MissingHost,
    RepeatedHost,
    InvalidHost,
    HostMismatch,
    UnknownExpectation,
    InvalidMaxForwards,

    // Chunked coding
    InvalidChunkSize,
    ChunkSizeTooLong,
    InvalidChunkExtension,
    ChunkLineTooLong,
    ChunkExtensionsTooLong,
    MissingChunkEnd,
    TrailersTooLong,
}
