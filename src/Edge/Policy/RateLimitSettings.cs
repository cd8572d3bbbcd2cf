// One client rate limit as policy.yaml says it. Immutable.

namespace OpenClaw.Edge.Policy;

/// <summary>Which fields tell a refused client of the limit, beside Retry-After.</summary>
public enum RateLimitFields : byte
{
    None,

    /// <summary>RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers, from revision 08 on).</summary>
    Draft,

    /// <summary>X-RateLimit-Limit, -Remaining and -Reset.</summary>
    X,
}

/// <param name="Key">What tells clients apart; requests without it are not limited.</param>
/// <param name="Average">Requests per period that a key may make in the long run; at least 1.</param>
/// <param name="Burst">Requests that a key may make at once after a pause; at least 1.</param>
/// <param name="Enforces">False: what would be refused is only counted.</param>
public sealed record RateLimitSettings(KeySource Key, int Average, TimeSpan Period, int Burst, bool Enforces = true, RateLimitFields Fields = RateLimitFields.None)
{
    /// <summary>Both count the same, so that what one has counted is good for the other.</summary>
    public bool CountsLike(RateLimitSettings other) => (Key, Average, Period, Burst) == (other.Key, other.Average, other.Period, other.Burst);
}
