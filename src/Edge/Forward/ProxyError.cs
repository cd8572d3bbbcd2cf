// What can go wrong between the head of a request and the end of its answer, and the one table from that to a status,
// a metric label and whether another attempt may be made. Values only.

namespace OpenClaw.Edge.Forward;

/// <summary>Stage x side; <see cref="ProxyErrors"/> has the rest.</summary>
internal enum ProxyError : byte
{
    None,

    // Upstream, before anything was sent
    NoEndpoint,
    PoolExhausted,
    ConnectFailed,
    ConnectTimedOut,
    UpstreamTlsFailed,

    /// <summary>Given up by the edge itself, because the version is out: says nothing about it.</summary>
    Recalled,

    // Upstream, after the request was sent in part or whole
    ClosedBeforeAnswer,
    AnswerTimedOut,
    AnswerInvalid,
    AnswerHeadCut,

    // Upstream, after the head of the answer was passed on
    AnswerCut,
    AnswerStalled,

    // Downstream
    RequestBodyInvalid,
    RequestBodyTooLarge,
    RequestBodyStalled,
    ClientGone,
}

/// <summary>Where an exchange was when the upstream failed; the <c>stage</c> label of openclaw_upstream_errors_total.</summary>
internal enum UpstreamStage : byte { None, Select, Connect, Tls, Send, Answer, Body }

internal static class ProxyErrors
{
    /// <summary>The status of the edge's own answer; 0 where no answer can be given any more.</summary>
    public static int Status(ProxyError error) => error switch
    {
        ProxyError.NoEndpoint or ProxyError.PoolExhausted or ProxyError.ConnectFailed or ProxyError.Recalled => 503,
        ProxyError.UpstreamTlsFailed or ProxyError.ClosedBeforeAnswer or ProxyError.AnswerInvalid or ProxyError.AnswerHeadCut => 502,
        ProxyError.ConnectTimedOut or ProxyError.AnswerTimedOut => 504,
        ProxyError.RequestBodyInvalid => 400,
        ProxyError.RequestBodyTooLarge => 413,
        ProxyError.RequestBodyStalled => 408,
        _ => 0,
    };

    public static UpstreamStage Stage(ProxyError error) => error switch
    {
        ProxyError.NoEndpoint or ProxyError.PoolExhausted => UpstreamStage.Select,
        ProxyError.ConnectFailed or ProxyError.ConnectTimedOut => UpstreamStage.Connect,
        ProxyError.UpstreamTlsFailed => UpstreamStage.Tls,
        ProxyError.ClosedBeforeAnswer => UpstreamStage.Send,
        ProxyError.AnswerTimedOut or ProxyError.AnswerInvalid or ProxyError.AnswerHeadCut => UpstreamStage.Answer,
        ProxyError.AnswerCut or ProxyError.AnswerStalled => UpstreamStage.Body,
        _ => UpstreamStage.None,
    };

    /// <summary>Nothing of the request can have reached a server: any method may be tried elsewhere (RFC 9110 9.2.2).</summary>
    public static bool NothingSent(ProxyError error) => Stage(error) is UpstreamStage.Select or UpstreamStage.Connect or UpstreamStage.Tls;

    /// <summary>
    /// What a process that is gone looks like: the connection could not be had, or broke before its answer was whole. A slow answer, a full
    /// pool and an answer that is no HTTP are not (clients can have their words sent back in a head that is too long), and what clients do says nothing.
    /// </summary>
    public static bool IsUnreachable(ProxyError error) =>
        error is ProxyError.ConnectFailed or ProxyError.ConnectTimedOut or ProxyError.UpstreamTlsFailed
            or ProxyError.ClosedBeforeAnswer or ProxyError.AnswerHeadCut or ProxyError.AnswerCut;

    /// <summary>A short word for the body of the edge's own answer and for the log.</summary>
    public static string Text(ProxyError error) => error switch
    {
        ProxyError.None => "",
        ProxyError.NoEndpoint => "no endpoint of the version can take the request",
        ProxyError.PoolExhausted => "too many requests wait for a connection to the upstream",
        ProxyError.ConnectFailed => "the upstream refused the connection",
        ProxyError.ConnectTimedOut => "the upstream did not accept the connection in time",
        ProxyError.UpstreamTlsFailed => "the TLS handshake with the upstream failed",
        ProxyError.Recalled => "the version was taken out while the request waited",
        ProxyError.ClosedBeforeAnswer => "the upstream closed the connection before it answered",
        ProxyError.AnswerTimedOut => "the upstream did not answer in time",
        ProxyError.AnswerInvalid => "the upstream's answer is not valid HTTP/1.1",
        ProxyError.AnswerHeadCut => "the upstream broke off the head of its answer",
        ProxyError.AnswerCut => "the upstream broke off its answer",
        ProxyError.AnswerStalled => "the upstream stopped sending its answer",
        ProxyError.RequestBodyInvalid => "the request's chunked body is malformed",
        ProxyError.RequestBodyTooLarge => "the request's body is larger than this server takes",
        ProxyError.RequestBodyStalled => "the request's body did not arrive in time",
        ProxyError.ClientGone => "the client closed the connection",
        _ => error.ToString(),
    };

    public static string Label(UpstreamStage stage) => stage switch
    {
        UpstreamStage.Select => "select",
        UpstreamStage.Connect => "connect",
        UpstreamStage.Tls => "tls",
        UpstreamStage.Send => "send",
        UpstreamStage.Answer => "answer",
        UpstreamStage.Body => "body",
        _ => "none",
    };
}
