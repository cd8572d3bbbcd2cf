// Everything the rules say about one request: where it goes and why, and what they came upon on the way. Values only; any
// thread.

namespace OpenClaw.Edge.Split;

/// <summary>What became of a request's own wish for a version.</summary>
public enum OverrideFound : byte
{
    /// <summary>It has none.</summary>
    None,

    Applied,

    /// <summary>Ignored: the client may not ask.</summary>
    Untrusted,

    /// <summary>Ignored: no version is called that.</summary>
    Unknown,
}

/// <summary>What became of a request's session.</summary>
public enum SessionFound : byte
{
    /// <summary>It carries none.</summary>
    None,

    /// <summary>It has a place and goes there.</summary>
    Kept,

    /// <summary>No key of ours signed the cookie.</summary>
    Forged,

    /// <summary>Nothing that an edge would have written.</summary>
    Malformed,

    /// <summary>Signed, but for another rollout.</summary>
    Foreign,
}

/// <param name="Override">What the request asked for itself.</param>
/// <param name="Session">What it brought of a session; looked at only if no override applied.</param>
/// <param name="Place">The point of a session that begins with this request; null: none begins.</param>
public readonly record struct Choice(Decision Decision, OverrideFound Override = OverrideFound.None, SessionFound Session = SessionFound.None, ulong? Place = null)
{
    /// <summary>The request said something of itself, a session begins with it, or the bucket was passed by.</summary>
    public bool IsNoteworthy => Decision.IsUncapped || Override != OverrideFound.None || Session != SessionFound.None || Place is not null;

    /// <summary>A session or an override should have gone to a canary and found no token.</summary>
    public bool IsBroken => Decision.Reason == Reason.Spilled && (Override == OverrideFound.Applied || Session == SessionFound.Kept);

    /// <summary>How metrics spell what is counted; "none" is not.</summary>
    public static string Label(OverrideFound found) => found switch
    {
        OverrideFound.Applied => "applied",
        OverrideFound.Untrusted => "untrusted",
        OverrideFound.Unknown => "unknown",
        _ => "none",
    };

    /// <inheritdoc cref="Label(OverrideFound)"/>
    public static string Label(SessionFound found) => found switch
    {
        SessionFound.Kept => "kept",
        SessionFound.Forged => "forged",
        SessionFound.Malformed => "malformed",
        SessionFound.Foreign => "foreign",
        _ => "none",
    };
}
