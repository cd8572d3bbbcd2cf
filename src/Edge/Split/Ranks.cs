// In which order canaries are served when tokens are scarce, and what each leaves to the others. Immutable; any thread.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Split;

/// <summary>
/// The canaries' ranks: one for each distinct priority and floor; 0 is served first. Of two ranks with the same priority, the one that
/// leaves less comes first.
/// </summary>
internal sealed class Ranks
{
    private readonly int[] _rankOf;

    public Ranks(IReadOnlyList<CanarySettings> canaries)
    {
        (int Priority, double Floor)[] ranks =
            [.. canaries.Select(Key).Distinct().OrderByDescending(rank => rank.Priority).ThenBy(rank => rank.Floor)];
        _rankOf = [.. canaries.Select(canary => Array.IndexOf(ranks, Key(canary)))];
        Floors = ranks.Length == 0 ? [0] : [.. ranks.Select(rank => rank.Floor)];
    }

    /// <summary>Tokens that each rank leaves in the bucket; one rank at least.</summary>
    public double[] Floors { get; }

    /// <param name="canary">Place in the policy's list, or, for a late caller, in that of a successor: then it is served last.</param>
    public int Of(int canary) => canary < _rankOf.Length ? _rankOf[canary] : Floors.Length - 1;

    private static (int Priority, double Floor) Key(CanarySettings canary) => (canary.Priority, canary.Floor);
}
