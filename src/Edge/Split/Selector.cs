// Which version gets a request, and why: the rules in their order. One object per snapshot; any worker. Never reads a clock.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Split;

/// <summary>The order of the rules: abort, health, what the request asks for, its session's place, the share with its cap.</summary>
public sealed class Selector
{
    private readonly Splitter _splitter;
    private readonly bool _isAborted;
    private readonly bool _hasCanaries;
    private readonly bool _readsRequests;
    private readonly Overrides? _overrides;

    /// <param name="before">Of the snapshot before, whose sessions may drain; null at the start of the process.</param>
    public Selector(Snapshot snapshot, Splitter splitter, Selector? before = null)
    {
        RolloutPolicy policy = snapshot.Rollout;
        _splitter = splitter;
        _isAborted = policy.Abort;
        _hasCanaries = policy.Canaries.Count > 0;
        _overrides = policy.Overrides is { Header: null, Cookie: null } ? null : new Overrides(snapshot);
        Sessions = policy.Stickiness is null || !_hasCanaries ? null : new Sessions(snapshot, before?.Sessions);
        _readsRequests = _overrides is not null || Sessions is not null;
    }

    /// <summary>Null: every request is decided anew.</summary>
    public Sessions? Sessions { get; }

    /// <param name="usable">Bit i: canary i may take traffic.</param>
    /// <param name="worker">Which of the deciding threads, from 0.</param>
    /// <param name="now">The worker's clock, in nanoseconds.</param>
    public Choice Select(in Caller caller, uint usable, int worker, long now)
    {
        if (_isAborted)
        {
            return new Choice(Decision.ToStable(Reason.Abort));
        }

        // A canary that cannot be reached gets no turn, and costs no position: its share is of what it could have taken.
        if (usable == 0 && _hasCanaries)
        {
            return new Choice(Decision.ToStable(Reason.Unhealthy));
        }

        return _readsRequests ? SelectByRequest(caller, usable, worker, now) : new Choice(_splitter.Decide(worker, now, usable));
    }

    private Choice SelectByRequest(in Caller caller, uint usable, int worker, long now)
    {
        OverrideFound asked = OverrideFound.None;
        if (_overrides is not null)
        {
            asked = _overrides.Find(caller, out int canary);
            if (asked == OverrideFound.Applied)
            {
                return new Choice(Send(canary, Reason.Override, usable, worker, now), asked);
            }
        }

        if (Sessions is null)
        {
            return new Choice(_splitter.Decide(worker, now, usable), asked);
        }

        SessionFound found = Sessions.Find(caller, out int place);
        if (found == SessionFound.Kept)
        {
            return new Choice(Send(place, Reason.Sticky, usable, worker, now), asked, found);
        }

        Decision decision = _splitter.Decide(worker, now, usable);
        return new Choice(decision, asked, found, Sessions.Place(decision));
    }

    /// <summary>To a place that is fixed already: it costs no position, but a canary's token.</summary>
    private Decision Send(int canary, Reason reason, uint usable, int worker, long now) =>
        canary == Decision.Stable ? Decision.ToStable(reason)
        : (usable & 1u << canary) == 0 ? Decision.ToStable(Reason.Unhealthy)
        : _splitter.Draw(canary, reason, worker, now);
}
