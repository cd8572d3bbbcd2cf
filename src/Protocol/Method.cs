// Request methods and the forms of a request target. Pure; any thread.

namespace OpenClaw.Protocol;

/// <summary>Methods that a rule names; every other token is <see cref="Other"/> and is forwarded as it came.</summary>
public enum Method : byte
{
    Other,
    Get,
    Head,
    Post,
    Put,
    Delete,
    Patch,
    Options,
    Trace,
    Connect,
}

/// <summary>How the request line names its target (RFC 9112 3.2). CONNECT's form, <c>host:port</c>, is refused together with its method.</summary>
public enum TargetForm : byte
{
    /// <summary><c>/path?query</c> (RFC 9112 3.2.1).</summary>
    Origin,

    /// <summary><c>http://host/path?query</c> (RFC 9112 3.2.2).</summary>
    Absolute,

    /// <summary><c>*</c>, only for OPTIONS (RFC 9112 3.2.4).</summary>
    Asterisk,
}

public static class MethodRules
{
    /// <summary>RFC 9110 9.2.1: read-only by definition.</summary>
    public static bool IsSafe(Method method) => method is Method.Get or Method.Head or Method.Options or Method.Trace;

    /// <summary>RFC 9110 9.2.2: repeating it does what doing it once does, so a retry is allowed.</summary>
    public static bool IsIdempotent(Method method) => IsSafe(method) || method is Method.Put or Method.Delete;

    /// <summary>Methods are case-sensitive (RFC 9110 9.1).</summary>
    internal static Method Recognize(ReadOnlySpan<byte> token) => token.Length switch
    {
        3 => token.SequenceEqual("GET"u8) ? Method.Get : token.SequenceEqual("PUT"u8) ? Method.Put : Method.Other,
        4 => token.SequenceEqual("POST"u8) ? Method.Post : token.SequenceEqual("HEAD"u8) ? Method.Head : Method.Other,
        5 => token.SequenceEqual("PATCH"u8) ? Method.Patch : token.SequenceEqual("TRACE"u8) ? Method.Trace : Method.Other,
        6 => token.SequenceEqual("DELETE"u8) ? Method.Delete : Method.Other,
        7 => token.SequenceEqual("OPTIONS"u8) ? Method.Options : token.SequenceEqual("CONNECT"u8) ? Method.Connect : Method.Other,
        _ => Method.Other,
    };
}
