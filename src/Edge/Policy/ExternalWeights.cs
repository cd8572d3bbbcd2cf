// What somebody outside, such as a rollout controller, says of the traffic at one moment. Immutable; made by a weight source, read by anyone.

namespace OpenClaw.Edge.Policy;

/// <param name="Shares">By version, what it is to get of the eligible requests, 0..1; together 1 at most. One that is not named is to get nothing.</param>
/// <param name="NoticedAt">When word of it came (<see cref="TimeProvider.GetTimestamp"/>), for the propagation histogram.</param>
public sealed record ExternalWeights(IReadOnlyDictionary<string, double> Shares, long NoticedAt)
{
    /// <summary>Requests that go to one version whatever the shares say. The first that matches counts.</summary>
    public IReadOnlyList<HeaderRoute> HeaderRoutes { get; init; } = [];

    /// <summary>
    /// By version, which pods it consists of now: the hash of their template. Another one is another release under the same name. A version of which
    /// nothing is known is not named.
    /// </summary>
    public IReadOnlyDictionary<string, string> Releases { get; init; } = new Dictionary<string, string>();

    /// <summary>Nothing of it is news after the other; when it was noticed does not count.</summary>
    public bool SaysTheSame(ExternalWeights? other) =>
        other is not null && IsSame(Shares, other.Shares) && IsSame(Releases, other.Releases) && HeaderRoutes.Count == other.HeaderRoutes.Count
        && HeaderRoutes.Zip(other.HeaderRoutes).All(pair => (pair.First.Name, pair.First.Version) == (pair.Second.Name, pair.Second.Version) && pair.First.Conditions.SequenceEqual(pair.Second.Conditions));

    /// <summary>The share of all of these versions together.</summary>
    public double Of(IEnumerable<string> versions) => Math.Min(1, Math.Round(versions.Sum(version => Shares.GetValueOrDefault(version)), 15)); // 0.1, 0.2 and 0.7 are 1

    private static bool IsSame<T>(IReadOnlyDictionary<string, T> one, IReadOnlyDictionary<string, T> other) where T : IEquatable<T> =>
        one.Count == other.Count && one.All(entry => other.TryGetValue(entry.Key, out T? value) && entry.Value.Equals(value));
}

/// <summary>Requests that carry all of these fields go to one version.</summary>
/// <param name="Name">What the route calls it, for people; may be empty.</param>
/// <param name="Version">Null: the shares decide, as for requests that no route takes.</param>
public sealed record HeaderRoute(string Name, IReadOnlyList<HeaderCondition> Conditions, string? Version)
{
    /// <summary>So many routes at most, and patterns in all of them together: each is tried on requests.</summary>
    public const int Most = 128, PatternsMost = 32;
}

/// <param name="Name">Of the field; case does not matter.</param>
/// <param name="Value">What its value is, byte by byte; or, where <paramref name="IsPattern"/> says so, a regular expression that matches all of it.</param>
public sealed record HeaderCondition(string Name, string Value, bool IsPattern = false);
