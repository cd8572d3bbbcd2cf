// The fields that some rule names, and the sets of them. Plain values; any thread.

namespace OpenClaw.Protocol;

/// <summary>Fields that are recognised while parsing. Fewer than 64, so that a set of them is one <c>ulong</c>.</summary>
public enum KnownField : byte
{
    Other,
    Host,
    ContentLength,
    TransferEncoding,
    Connection,
    KeepAlive,
    ProxyConnection,
    ProxyAuthenticate,
    ProxyAuthorization,
    Te,
    Trailer,
    Upgrade,
    Http2Settings,
    Expect,
    MaxForwards,
    Via,
    Date,
    Server,
    Forwarded,
    XForwardedFor,
    XForwardedProto,
    XForwardedHost,

    /// <summary>Every other name that begins with <c>x-forwarded-</c>: Port, Prefix, Server and whatever a backend may believe.</summary>
    XForwardedOther,
    XRequestId,

    /// <summary>
    /// One of those above that begin with <c>x-</c>, with an underscore for a hyphen: no proxy writes it so, CGI-style backends read it so.
    /// </summary>
    XLookalike,

    /// <summary>Every name that begins with <c>x-openclaw-</c>, or with underscores for its hyphens.</summary>
    OpenClaw,
    Cookie,
    SetCookie,
    Authorization,
    UserAgent,
    Referer,
    Traceparent,
    CacheControl,
    ContentType,
    Location,
    RetryAfter,
}
