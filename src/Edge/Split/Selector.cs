// Which version gets a request, and why: the rules in their order. One object per snapshot; any worker. Never reads a clock.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Split;

/// <summary>The order of the rules: guard and abort, health, what the request asks for, where a rule for its headers sends it, its session's place, the share with its cap.</summary>
public sealed class Selector
{
    private readonly Splitter _splitter;
    private readonly bool _isAborted;
    private readonly uint _canaries; // bit i: there is a canary i
    private readonly bool _readsRequests;
    private readonly Overrides? _overrides;
    private readonly HeaderRoutes? _headerRoutes;

    /// <param name="before">Of the snapshot before, whose sessions may drain; null at the start of the process.</param>
    public Selector(Snapshot snapshot, Splitter splitter, Selector? before = null)
    {
        RolloutPolicy policy = snapshot.Rollout;
        _splitter = splitter;
        _isAborted = policy.Abort;
        _canaries = (1u << policy.Canaries.Count) - 1;
        _overrides = policy.Overrides is { Header: null, Cookie: null } ? null : new Overrides(snapshot);
        _headerRoutes = HeaderRoutes.Of(snapshot, before?._headerRoutes);
        Sessions = policy.Stickiness is null || _canaries == 0 ? null : new Sessions(snapshot, before?.Sessions);
        _readsRequests = _overrides is not null || _headerRoutes is not null || Sessions is not null;
    }

    /// <summary>Null: every request is decided anew.</summary>
    public Sessions? Sessions { get; }

    /// <param name="usable">Bit i: canary i may take traffic.</param>
    /// <param name="tripped">Bit i: the guard has taken canary i out.</param>
    /// <param name="worker">Which of the deciding threads, from 0.</param>
    /// <param name="now">The worker's clock, in nanoseconds.</param>
    public Choice Select(in Caller caller, uint usable, uint tripped, int worker, long now)
    {
        if (tripped != 0 && tripped == _canaries)
        {
            return new Choice(Decision.ToStable(Reason.Guard));
        }

        if (_isAborted)
        {
            return new Choice(Decision.ToStable(Reason.Abort));
        }

        // A canary that cannot be reached gets no turn, and costs no position: its share is of what it could have taken.
        if (usable == 0 && _canaries != 0)
        {
            return new Choice(Decision.ToStable(Reason.Unhealthy));
        }

        return _readsRequests ? SelectByRequest(caller, usable, tripped, worker, now) : new Choice(_splitter.Decide(worker, now, usable, tripped));
    }

    private Choice SelectByRequest(in Caller caller, uint usable, uint tripped, int worker, long now)
    {
        OverrideFound asked = OverrideFound.None;
        if (_overrides is not null)
        {
            asked = _overrides.Find(caller, out int canary);
            if (asked == OverrideFound.Applied)
            {
                return new Choice(Barred(canary, usable, tripped) ?? _splitter.Ask(canary, worker, now), asked);
            }
        }

        if (_headerRoutes is not null && _headerRoutes.TryFind(caller.Head, out int routed))
        {
            return new Choice(Barred(routed, usable, tripped) ?? _splitter.Ask(routed, worker, now), OverrideFound.Applied);
        }

        if (Sessions is null)
        {
            return new Choice(_splitter.Decide(worker, now, usable, tripped), asked);
        }

        SessionFound found = Sessions.Find(caller, out int place, out ulong point);
        if (found == SessionFound.Kept)
        {
            return new Choice(Barred(place, usable, tripped) ?? _splitter.Keep(place, isRepeat: !Sessions.Pace.TryTake(point, now), worker, now), asked, found);
        }

        Decision decision = _splitter.Decide(worker, now, usable, tripped);
        return new Choice(decision, asked, found, Sessions.Place(decision));
    }

    /// <summary>Where a request goes that may not go to its place; null: it may.</summary>
    private static Decision? Barred(int canary, uint usable, uint tripped) =>
        canary == Decision.Stable ? null
        : (tripped & 1u << canary) != 0 ? Decision.ToStable(Reason.Guard)
        : (usable & 1u << canary) == 0 ? Decision.ToStable(Reason.Unhealthy)
        : null;
}
