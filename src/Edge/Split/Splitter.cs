// Decides for every eligible request whether it is the canary's: the share says whose turn it is, the bucket whether a token is
// there. One object per snapshot; Decide runs on every worker, Create on the control thread. Never reads a clock.

using System.Security.Cryptography;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Split;

/// <summary>The split of one rollout policy, with the live state (positions, turns, tokens) carried over from the one before.</summary>
public sealed class Splitter
{
    private readonly ShareSchedule _share;
    private readonly Apportionment? _apportionment; // null: fewer than two canaries
    private readonly Ranks _ranks;
    private readonly Counterparts _counterparts;
    private readonly bool _isUncapped;

    private Splitter(ShareSchedule share, Apportionment? apportionment, Ranks ranks, TokenBucket? bucket, bool isUncapped, Counterparts counterparts)
    {
        _share = share;
        _apportionment = apportionment;
        _ranks = ranks;
        Bucket = bucket;
        _isUncapped = isUncapped && bucket is not null;
        _counterparts = counterparts;
    }

    /// <summary>The canary's cap, or null: none.</summary>
    public TokenBucket? Bucket { get; }

    /// <summary>The sum of the canaries' weights; 0 without any.</summary>
    public double Weight => Math.Round(_share.Weight, 15); // 0.1 and 0.2 are 0.3 to whoever reads it

    /// <summary>
    /// The splitter of <paramref name="policy"/>. The share goes on where <paramref name="previous"/> stopped, and a bucket keeps
    /// its level, even when the canary is another version now: both belong to the canary's place, not to who stands in it.
    /// </summary>
    /// <param name="previous">The splitter in use until now, which leads late callers on; null at the start of the process.</param>
    /// <param name="workers">How many threads decide.</param>
    /// <param name="now">Nanoseconds, on the clock that <see cref="Decide"/> is given.</param>
    public static Splitter Create(RolloutPolicy policy, Splitter? previous, int workers, long now) =>
        Create(policy, previous, workers, now, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    /// <param name="key">Places the turns, when there is no previous splitter.</param>
    internal static Splitter Create(RolloutPolicy policy, Splitter? previous, int workers, long now, ulong key)
    {
        double weight = policy.CanaryWeight;
        ShareSchedule share = previous is null ? new ShareSchedule(weight, key) : ShareSchedule.After(previous._share, weight);
        Ranks ranks = new(policy.Canaries);
        return new Splitter(
            share, CarryApportionment(policy.Canaries, share, previous?._apportionment, key),
            ranks, CarryBucket(policy.Bucket, previous?.Bucket, ranks.Floors, workers, now), policy.IsUncapped, previous?._counterparts ?? new Counterparts());
    }

    /// <summary>Takes a position for one eligible request, and a token if it is a turn. A turn without a token is forfeited.</summary>
    /// <param name="worker">Which of the deciding threads, from 0.</param>
    /// <param name="now">The worker's clock, in nanoseconds; it may lag.</param>
    /// <param name="usable">Bit i: canary i may take traffic. The turn of one that may not goes to stable.</param>
    /// <param name="tripped">Bit i: the guard has taken canary i out; likewise.</param>
    public Decision Decide(int worker, long now, uint usable = uint.MaxValue, uint tripped = 0)
    {
        if (!_share.Take())
        {
            return new Decision(Decision.Stable, Reason.Stable, IsBaseline: _counterparts.TryTake());
        }

        int canary = _apportionment?.Take() ?? 0;
        return Match(
            (tripped >> canary & 1) != 0 ? Decision.ToStable(Reason.Guard)
            : (usable >> canary & 1) == 0 ? Decision.ToStable(Reason.Unhealthy)
            : Draw(canary, Reason.Weight, worker, now));
    }

    /// <summary>Sends a session where its place is: it costs no position, but a canary's token, and is compared like any other.</summary>
    /// <param name="canary">Place in the policy's list, or <see cref="Decision.Stable"/>.</param>
    /// <param name="isRepeat">Another of its session has just been compared.</param>
    public Decision Keep(int canary, bool isRepeat, int worker, long now)
    {
        if (canary == Decision.Stable)
        {
            return new Decision(Decision.Stable, Reason.Sticky, IsBaseline: !isRepeat && _counterparts.TryTake());
        }

        Decision decision = Draw(canary, Reason.Sticky, worker, now);
        return isRepeat ? decision with { IsRepeat = decision.ToCanary } : Match(decision);
    }

    /// <summary>Sends a request where it asks to go: it costs no position, but a canary's token.</summary>
    /// <param name="canary">Place in the policy's list, or <see cref="Decision.Stable"/>.</param>
    public Decision Ask(int canary, int worker, long now) =>
        canary == Decision.Stable ? Decision.ToStable(Reason.Override) : Draw(canary, Reason.Override, worker, now);

    private Decision Draw(int canary, Reason reason, int worker, long now) =>
        _isUncapped ? new Decision(canary, reason, IsUncapped: true)
        : Bucket is null || Bucket.TryTake(worker, _ranks.Of(canary), now) ? new Decision(canary, reason) : Decision.ToStable(Reason.Spilled);

    /// <summary>What goes to a canary has a counterpart among what comes next.</summary>
    private Decision Match(Decision decision)
    {
        if (decision.ToCanary)
        {
            _counterparts.Add();
        }

        return decision;
    }

    /// <summary>To be called now and then, on the control thread: tokens that workers hold and do not use go back to where all can have them.</summary>
    public void Balance(long now) => Bucket?.Balance(now);

    /// <summary>Positions and turns since the start of the process.</summary>
    public ShareTotals Totals() => _share.Totals();

    private static Apportionment? CarryApportionment(IReadOnlyList<CanarySettings> canaries, ShareSchedule share, Apportionment? previous, ulong key) =>
        canaries.Count < 2 ? null : share.Weight == 0 ? previous : Apportionment.After(previous, canaries, key, share.Totals().ErrorRequests);

    private static TokenBucket? CarryBucket(BucketSettings? settings, TokenBucket? previous, double[] floors, int workers, long now)
    {
        if (settings is null || previous is null)
        {
            return settings is null ? null : new TokenBucket(settings, floors, workers, now);
        }

        return previous.IsFor(settings, floors, workers) ? previous : previous.HandOver(settings, floors, workers, now);
    }
}
