// What one worker counts apart from versions. The worker alone writes; same reading rule as VersionCounters.

using System.Numerics;
using OpenClaw.Edge.Limit;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Observe;

internal sealed class WorkerCounters
{
    private readonly long[] _rejects = new long[Enum.GetValues<ParseError>().Length];

    private readonly long[] _overrides = new long[Enum.GetValues<OverrideFound>().Length];
    private readonly long[] _sessions = new long[Enum.GetValues<SessionFound>().Length];
    private readonly long[] _limited = new long[RateLimitList.Max];
    private readonly long[] _wouldLimit = new long[RateLimitList.Max];
    private readonly long[] _shared = new long[RateLimitList.Max];

    /// <summary>Answers the edge gave before it asked any version; the version label is "none".</summary>
    public VersionCounters None { get; } = new();

    public long DownstreamAccepted;
    public long DownstreamClosed;
    public long DownstreamRefused;
    public long HandshakesFull;
    public long HandshakesResumed;
    public long HandshakesFailed;
    public long InternalErrors;
    public long SessionsIssued;
    public long StickyBroken;
    public long BucketBypassed;

    public long DownstreamOpen => Volatile.Read(ref DownstreamAccepted) - Volatile.Read(ref DownstreamClosed);

    public void CountReject(ParseError error) => _rejects[(int)error]++;

    /// <summary>Notes what the rules came upon.</summary>
    /// <param name="issued">A client was given the place of a session that began.</param>
    public void Count(in Choice choice, bool issued)
    {
        _overrides[(int)choice.Override]++;
        _sessions[(int)choice.Session]++;
        SessionsIssued += issued ? 1 : 0;
        StickyBroken += choice.IsBroken ? 1 : 0;
        BucketBypassed += choice.Decision.IsUncapped ? 1 : 0;
    }

    public long Overrides(OverrideFound found) => Volatile.Read(ref _overrides[(int)found]);

    public long Sessions(SessionFound found) => Volatile.Read(ref _sessions[(int)found]);

    /// <summary>Notes which rate limits had something to say.</summary>
    public void Count(in Verdict verdict)
    {
        for (uint said = verdict.Enforced | verdict.Observed | verdict.Shared; said != 0; said &= said - 1)
        {
            int limit = BitOperations.TrailingZeroCount(said);
            _limited[limit] += verdict.Enforced >> limit & 1;
            _wouldLimit[limit] += verdict.Observed >> limit & 1;
            _shared[limit] += verdict.Shared >> limit & 1;
        }
    }

    /// <param name="limit">Index in the policy's list.</param>
    /// <param name="enforced">What was refused; else what would have been.</param>
    public long Limited(int limit, bool enforced) => Volatile.Read(ref (enforced ? _limited : _wouldLimit)[limit]);

    public long SharedKeys(int limit) => Volatile.Read(ref _shared[limit]);

    public long Rejects(ParseError error) => Volatile.Read(ref _rejects[(int)error]);
}
