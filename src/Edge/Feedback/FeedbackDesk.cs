// Where voices are heard: judges each, uses its token up, passes it on to the rating, and counts what became of it. One object
// per process, so that no reload forgets a token; any thread.

using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Feedback;

internal sealed class FeedbackDesk
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long[]> _counts = []; // by version; those of none by an empty name

    public ReplayWindow Window { get; } = new();

    /// <summary>For the control thread.</summary>
    public VoiceQueue Voices { get; } = new();

    /// <param name="seconds">Now, since 1970.</param>
    public FeedbackResult Hear(FeedbackRules rules, scoped in FeedbackEntry entry, long seconds)
    {
        FeedbackResult result = entry.Token.IsEmpty ? HearTrusted(rules, entry, out string? version) : HearToken(rules, entry, seconds, out version);
        Count(version, result, entry.Count);
        return result;
    }

    /// <param name="version">Null: unknown.</param>
    public void Count(string? version, FeedbackResult result, int voices = 1)
    {
        lock (_lock)
        {
            string name = version ?? "";
            if (!_counts.TryGetValue(name, out long[]? counts))
            {
                counts = new long[FeedbackResults.Count];
                _counts.Add(name, counts);
            }

            counts[(int)result] += voices;
        }
    }

    /// <summary>Voices since the start of the process, by version (null: none is known) and what became of them. Only what occurred.</summary>
    public IReadOnlyList<(string? Version, FeedbackResult Result, long Voices)> Counts()
    {
        List<(string?, FeedbackResult, long)> all = [];
        lock (_lock)
        {
            foreach ((string version, long[] counts) in _counts)
            {
                for (int i = 0; i < counts.Length; i++)
                {
                    if (counts[i] > 0)
                    {
                        all.Add((version.Length > 0 ? version : null, (FeedbackResult)i, counts[i]));
                    }
                }
            }
        }

        return all;
    }

    private FeedbackResult HearToken(FeedbackRules rules, scoped in FeedbackEntry entry, long seconds, out string? version)
    {
        FeedbackResult result = rules.Read(entry.Token, seconds, out FeedbackToken token, out version);
        if (result != FeedbackResult.Accepted)
        {
            return result;
        }

        if (Voices.IsFull)
        {
            return FeedbackResult.Dropped; // before its token is used up, so that it may come again
        }

        return Window.Use(token.Nonce, token.IssuedAt, seconds) switch
        {
            TokenUse.Again => FeedbackResult.Replayed,
            TokenUse.Unknown => FeedbackResult.Expired,
            _ => Pass(new Voice(version!, entry.Score, token.Cell, token.Age), entry.Count),
        };
    }

    private FeedbackResult HearTrusted(FeedbackRules rules, scoped in FeedbackEntry entry, out string? version)
    {
        version = rules.VersionNamed(entry.Version);
        return version is null ? FeedbackResult.Foreign : Pass(new Voice(version, entry.Score), entry.Count);
    }

    private FeedbackResult Pass(in Voice voice, int count) => Voices.TryAdd(voice, count) ? FeedbackResult.Accepted : FeedbackResult.Dropped;
}
