// How an exchange ended, as far as the rating of its version cares. Values only; any thread.

namespace OpenClaw.Edge.Rating;

/// <summary>
/// The end of the first attempt of an exchange; a retry that repaired the answer does not change it. Health checks, mirrored
/// and limited traffic have none.
/// </summary>
public enum Outcome : byte
{
    /// <summary>A final answer below 400.</summary>
    Success,

    /// <summary>The client's own fault (4xx but 408): says nothing about the version, and is left out altogether.</summary>
    ClientError,

    /// <summary>5xx, 408, or no answer: refused, reset, timed out, not HTTP.</summary>
    Error,

    /// <summary>The client left before the answer was complete. Perhaps it was too slow: half an error.</summary>
    ClientAbort,
}

public static class Outcomes
{
    /// <summary>The outcome of an answer that arrived complete.</summary>
    public static Outcome FromStatus(int status) => status switch
    {
        < 400 => Outcome.Success,
        408 => Outcome.Error, // RFC 9110, 15.5.9: the server gave up waiting for us, who had the request in hand (if not, it is not asked here)
        < 500 => Outcome.ClientError,
        _ => Outcome.Error,
    };
}
