// What can go wrong between this edge and an API server. Immutable; any thread.

namespace OpenClaw.Edge.Kubernetes;

/// <summary>The <c>cause</c> label of openclaw_kubernetes_watch_failures_total.</summary>
internal enum WatchFailure : byte
{
    /// <summary>No connection, or one that broke.</summary>
    Unreachable,

    /// <summary>401: the token does not count.</summary>
    Unauthorized,

    /// <summary>403: the token does not suffice.</summary>
    Forbidden,

    /// <summary>The server does not know the version that was named, any more (410) or yet: what there is has to be asked for anew.</summary>
    Expired,

    /// <summary>429: too much was asked.</summary>
    Throttled,

    /// <summary>Any other answer that is not the one asked for.</summary>
    Server,

    /// <summary>Bytes that are no answer.</summary>
    Malformed,

    /// <summary>A connection that stands, and on which nothing comes.</summary>
    Silent,
}

/// <param name="Text">For the log; one line.</param>
/// <param name="RetryAfter">How long the server wants to be left alone.</param>
internal sealed record ApiFault(WatchFailure Cause, string Text, TimeSpan? RetryAfter = null)
{
    private const int TextMax = 400;

    public static readonly IReadOnlyList<string> Labels = ["unreachable", "unauthorized", "forbidden", "expired", "throttled", "server", "malformed", "silent"];

    /// <summary>What an answer other than 200 means, or an event that is an error: both carry a Status, or should.</summary>
    public static ApiFault Of(int code, ApiStatus status, TimeSpan? retryAfter)
    {
        bool isExpired = code == 410 || status.IsTooLargeVersion || status.Reason is "Expired" or "Gone";
        string said = status.Message is { Length: > 0 } message ? message : status.Reason ?? "";
        return new ApiFault(
            isExpired ? WatchFailure.Expired : code switch { 401 => WatchFailure.Unauthorized, 403 => WatchFailure.Forbidden, 429 => WatchFailure.Throttled, _ => WatchFailure.Server },
            $"the API server says {code}{(said.Length > 0 ? ": " : "")}{OneLine(said)}{Advice(code)}",
            retryAfter ?? (status.RetryAfterSeconds > 0 ? TimeSpan.FromSeconds(status.RetryAfterSeconds) : null));
    }

    /// <summary>What to look at first. A Role fits names, so a name that is mistyped is forbidden before it can be absent.</summary>
    private static string Advice(int code) => code switch
    {
        403 => "; compare name and namespace with those of its Role, which has to allow list and watch",
        404 => "; are the definitions of this kind installed?",
        _ => "",
    };

    /// <summary>What a stranger wrote, fit for one line of the log.</summary>
    public static string OneLine(string text)
    {
        string cut = text.Length > TextMax ? text[..TextMax] + "..." : text;
        return string.Concat(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
    }
}
