// What becomes of a voice: how metrics spell it, and what whoever spoke is told. Constant tables; any thread.

namespace OpenClaw.Edge.Feedback;

internal enum FeedbackResult : byte
{
    Accepted,

    /// <summary>Not a token and a score.</summary>
    Malformed,

    /// <summary>Signed with none of the keys.</summary>
    Forged,

    /// <summary>Of a version that is not here.</summary>
    Foreign,

    /// <summary>Issued in the future.</summary>
    Skewed,

    /// <summary>Too old, or so old that nobody knows any more whether it was used.</summary>
    Expired,

    /// <summary>Used before.</summary>
    Replayed,

    /// <summary>Nobody could listen.</summary>
    Dropped,

    /// <summary>Its address has said enough.</summary>
    Limited,

    /// <summary>More bytes than a voice needs.</summary>
    TooLarge,
}

internal static class FeedbackResults
{
    public static readonly int Count = Enum.GetValues<FeedbackResult>().Length;

    public static string Label(FeedbackResult result) => result switch
    {
        FeedbackResult.Accepted => "accepted",
        FeedbackResult.Malformed => "malformed",
        FeedbackResult.Forged => "forged",
        FeedbackResult.Foreign => "foreign",
        FeedbackResult.Skewed => "skewed",
        FeedbackResult.Expired => "expired",
        FeedbackResult.Replayed => "replayed",
        FeedbackResult.Dropped => "dropped",
        FeedbackResult.Limited => "limited",
        _ => "too_large",
    };

    /// <summary>Codes of RFC 9110 15 (429: RFC 6585 4). A token that is bad in itself is not the client's authentication, so 401 never stands here.</summary>
    public static int Status(FeedbackResult result) => result switch
    {
        FeedbackResult.Accepted => 202,
        FeedbackResult.Malformed or FeedbackResult.Skewed => 400,
        FeedbackResult.Forged => 403,
        FeedbackResult.Foreign => 404,
        FeedbackResult.Expired => 410,
        FeedbackResult.Replayed => 409,
        FeedbackResult.Dropped => 503,
        FeedbackResult.Limited => 429,
        _ => 413,
    };

    public static string Text(FeedbackResult result) => result switch
    {
        FeedbackResult.Accepted => "thank you",
        FeedbackResult.Malformed => "this is not a token",
        FeedbackResult.Forged => "this token was not signed here",
        FeedbackResult.Foreign => "there is no such version here",
        FeedbackResult.Skewed => "this token comes from the future; the clocks of two edges disagree",
        FeedbackResult.Expired => "this token is too old",
        FeedbackResult.Replayed => "this token was used before",
        FeedbackResult.Dropped => "too many voices at this moment; try again",
        FeedbackResult.Limited => "too many voices from this address; come again later",
        _ => "a voice has 4096 bytes at most",
    };
}
