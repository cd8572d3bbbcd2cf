// Decides for every eligible request whether it is the canary's: the share says whose turn it is, the bucket whether a token is
// there. One object per snapshot; Decide runs on every worker, Create on the control thread. Never reads a clock.

using System.Security.Cryptography;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Split;

/// <summary>The split of one rollout policy, with the live state (positions, turns, tokens) carried over from the one before.</summary>
public sealed class Splitter
{
    private readonly ShareSchedule _share;
    private readonly bool _isAborted;

    private Splitter(ShareSchedule share, TokenBucket? bucket, bool isAborted)
    {
        _share = share;
        Bucket = bucket;
        _isAborted = isAborted;
    }

    /// <summary>The canary's cap, or null: none.</summary>
    public TokenBucket? Bucket { get; }

    /// <summary>The policy's weight; 0 without a canary.</summary>
    public double Weight => _share.Weight;

    /// <summary>
    /// The splitter of <paramref name="policy"/>. The share goes on where <paramref name="previous"/> stopped, and a bucket keeps
    /// its level, even when the canary is another version now: both belong to the canary's place, not to who stands in it.
    /// </summary>
    /// <param name="previous">The splitter in use until now, which leads late callers on; null at the start of the process.</param>
    /// <param name="now">Nanoseconds, on the clock that <see cref="Decide"/> is given.</param>
    public static Splitter Create(RolloutPolicy policy, Splitter? previous, long now) =>
        Create(policy, previous, now, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    /// <param name="key">Places the turns, when there is no previous splitter.</param>
    internal static Splitter Create(RolloutPolicy policy, Splitter? previous, long now, ulong key)
    {
        double weight = policy.Canary?.Weight ?? 0;
        ShareSchedule share = previous is null ? new ShareSchedule(weight, key)
            : previous.Weight == weight ? previous._share
            : previous._share.HandOver(weight);
        return new Splitter(share, CarryBucket(policy.Bucket, previous?.Bucket, now), policy.Abort);
    }

    /// <summary>Takes a position for one eligible request, and a token if it is a turn. A turn without a token is forfeited.</summary>
    /// <param name="now">The worker's clock, in nanoseconds; it may lag.</param>
    public Decision Decide(long now)
    {
        if (_isAborted)
        {
            return new Decision(false, Reason.Abort);
        }

        if (!_share.Take())
        {
            return new Decision(false, Reason.Stable);
        }

        return Bucket is null || Bucket.TryTake(now) ? new Decision(true, Reason.Weight) : new Decision(false, Reason.Spilled);
    }

    /// <summary>Positions and turns since the start of the process.</summary>
    public ShareTotals Totals() => _share.Totals();

    private static TokenBucket? CarryBucket(BucketSettings? settings, TokenBucket? previous, long now)
    {
        if (settings is null || previous is null)
        {
            return settings is null ? null : new TokenBucket(settings, now);
        }

        return previous.Settings == settings ? previous : previous.HandOver(settings, now);
    }
}
