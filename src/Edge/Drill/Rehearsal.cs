// One run of one incident: the edge's own split, rating and guard on a clock that arrivals and ticks turn. What is made up is
// who asks, and what versions answer. Main thread; no waiting, the same result for the same seed.

using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Simulate;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Drill;

/// <summary>How a run ended.</summary>
/// <param name="TrippedAt">Nanoseconds since the fault began; below 0: before; null: never.</param>
/// <param name="Canary">Which was taken out.</param>
/// <param name="Harmed">Requests whose canary answered badly since then: with an error, or later than the target.</param>
/// <param name="Reason">In the guard's words.</param>
internal sealed record Ending(long? TrippedAt, string Canary, TripCause? Cause, string Reason, long Harmed);

internal sealed class Rehearsal
{
    private static readonly long TickInterval = Nanoseconds(RatingEngine.TickInterval);

    /// <summary>What the guard's clock for people shows at the start.</summary>
    private static readonly DateTimeOffset Day = DateTimeOffset.UnixEpoch;

    private readonly Incident _incident;
    private readonly RolloutPolicy _policy;
    private readonly Setup _setup;
    private readonly Trace? _trace;
    private readonly Service _service;
    private readonly Dice _dice;
    private readonly RatingEngine _ratings;
    private readonly RolloutGuard _guard;
    private readonly Splitter _splitter;
    private readonly Selector _selector;
    private readonly FailureLimit _failures;
    private readonly Lane _stable;
    private readonly Lane[] _canaries;
    private readonly long _target;
    private readonly long _onset;
    private readonly UnderWay _underWay;
    private Behaviour _stableNow, _canaryNow;
    private long _nextTick;
    private long _harmed;
    private Ending? _ending;

    private Rehearsal(Incident incident, Setup setup, int seed, Trace? trace)
    {
        (_incident, _setup, _trace, _policy) = (incident, setup, trace, setup.Policy);
        _dice = new Dice((ulong)seed);
        _ratings = new RatingEngine(setup.Workers);
        _guard = new RolloutGuard(_ratings);
        _ratings.Apply(setup.Snapshot);
        _guard.Apply(setup.Snapshot, Day);
        _splitter = Splitter.Create(_policy, previous: null, setup.Workers, now: 0, key: (ulong)seed);
        _selector = new Selector(setup.Snapshot, _splitter);
        _failures = new FailureLimit(_policy.Guard);
        _stable = new Lane(setup.SettingsOf(setup.Snapshot.Edge.Stable), _ratings, _guard, setup.Workers);
        _canaries = [.. _policy.Canaries.Select(canary => new Lane(setup.SettingsOf(canary.Version), _ratings, _guard, setup.Workers))];
        _target = Nanoseconds(_policy.Rating.LatencyTarget);
        long timeout = setup.Snapshot.Edge.Versions.Max(version => Nanoseconds(version.Timeouts.Response));
        _service = new Service(_target, timeout);
        _underWay = new UnderWay(TickInterval, timeout);
        _onset = Nanoseconds(incident.Onset);
    }

    /// <param name="trace">Takes notes, and sees a little of what comes after the trip; null: the run ends with it.</param>
    public static Ending Run(Incident incident, Setup setup, int seed, Trace? trace = null) => new Rehearsal(incident, setup, seed, trace).Run();

    private Ending Run()
    {
        long end = _onset + Nanoseconds(_setup.WatchedOf(_incident));
        foreach (long at in _incident.Requests(_setup.RateOf(_incident), end, _dice.Next(int.MaxValue)))
        {
            Tick(at);
            if (IsOver(at))
            {
                break;
            }

            Ask(at);
        }

        if (!IsOver(end))
        {
            Tick(end);
        }

        if (_ending is { Reason: "" })
        {
            Tick(_nextTick);
        }

        return _ending ?? new Ending(null, "", null, "", _harmed);
    }

    private bool IsOver(long now) => _ending is not null && (_trace is null || _trace.IsFull(now));

    private void Ask(long at)
    {
        int worker = _dice.Next(_setup.Workers);
        (uint usable, uint tripped) = Canaries(worker, at);
        Decision decision = _selector.Select(default, usable, tripped, worker, at).Decision;
        Lane lane = decision.ToCanary ? _canaries[decision.Canary] : _stable;
        bool isAtFault = decision.Canary == 0;
        Behaviour behaviour = isAtFault ? _canaryNow : _stableNow;
        if (behaviour.IsDown)
        {
            Refuse(lane, worker, at, decision.IsMatched);
            return;
        }

        (Outcome outcome, long latency) = _service.Answer(behaviour, _dice);
        if (isAtFault && at >= _onset && _ending is null && (outcome == Outcome.Error || latency > _target))
        {
            _harmed++;
        }

        Pending pending = new(lane, worker, outcome, latency, decision.IsMatched);
        _underWay.Add(at + latency, pending);
        if (IsOverdue(pending))
        {
            _underWay.Add(at + 4 * _target, pending with { IsNotice = true });
        }
    }

    /// <summary>Bit i: canary i may take traffic; the guard has taken it out.</summary>
    private (uint Usable, uint Tripped) Canaries(int worker, long at)
    {
        uint usable = 0, tripped = 0;
        for (int i = 0; i < _canaries.Length; i++)
        {
            usable |= _canaries[i].BackOffs[worker].IsOver(at) ? 1u << i : 0;
            tripped |= _canaries[i].Latch.Bars() ? 1u << i : 0;
        }

        return (usable, tripped);
    }

    /// <summary>A refused connection is known at once, and a canary's request goes to stable, unless upstream.retry.canaryToStable is off.</summary>
    private void Refuse(Lane lane, int worker, long at, bool isMatched)
    {
        Record(new Pending(lane, worker, Outcome.Error, 0, isMatched));
        lane.BackOffs[worker].Failed(at, slowly: false);
        lane.Streaks[worker].Add(at);
        bool isAnswered = lane != _stable && lane.FallsBack && !_stableNow.IsDown;
        _harmed += lane == _canaries[0] && !isAnswered && _ending is null ? 1 : 0;
        if (isAnswered)
        {
            _stable.Streaks[worker].End();
        }
        else if (lane != _stable && lane.FallsBack)
        {
            _stable.Streaks[worker].Add(at);
        }

        _failures.Judge(lane.Streaks[worker], _stable.Streaks[worker], lane.Latch);
        See(at);
    }

    /// <summary>It waits so long that the guard hears of it before it ends.</summary>
    private bool IsOverdue(in Pending pending) => pending.IsMatched && pending.Latency > 4 * _target;

    private void Record(in Pending done)
    {
        done.Lane.Tallies[done.WorkerIndex].Record(done.Outcome, done.Latency, _target, done.IsMatched, IsOverdue(done));
        if (done.Lane == _canaries[0])
        {
            _trace?.Count(done.Outcome == Outcome.Error);
        }
    }

    /// <summary>What the control thread does, up to this time; and the fault goes on.</summary>
    private void Tick(long until)
    {
        for (; _nextTick <= until; _nextTick += TickInterval)
        {
            Finish();
            _ratings.Tick(_nextTick);
            _guard.Tick(_nextTick, Day.AddTicks(_nextTick / TimeSpan.NanosecondsPerTick));
            _splitter.Balance(_nextTick);
            See(_nextTick);
            _trace?.Look(_nextTick, _guard.Status.Of(_setup.Canary.Version)!);
            double since = (_nextTick - _onset) / 1e9;
            _stableNow = Turn(_stable, _stableNow, since < 0 ? Behaviour.Usual : _incident.Stable(since));
            _canaryNow = Turn(_canaries[0], _canaryNow, since < 0 ? Behaviour.Usual : _incident.Canary(since));
        }
    }

    /// <summary>A version behaves otherwise from now on. What was under way to one that dies breaks off, now.</summary>
    private Behaviour Turn(Lane lane, Behaviour before, Behaviour then)
    {
        if (then.IsDown && !before.IsDown)
        {
            foreach (Pending cut in _underWay.Cut(lane).Where(pending => !pending.IsNotice))
            {
                Record(cut with { Outcome = Outcome.Error });
                lane.Streaks[cut.WorkerIndex].Add(_nextTick);
            }
        }

        return then;
    }

    private void Finish()
    {
        List<Pending> ended = _underWay.EndedBefore(_nextTick);
        foreach (Pending done in ended)
        {
            if (done.IsNotice)
            {
                done.Lane.Tallies[done.WorkerIndex].RecordOverdue();
                continue;
            }

            Record(done);
            done.Lane.Streaks[done.WorkerIndex].End();
            done.Lane.BackOffs[done.WorkerIndex].Succeeded();
        }

        ended.Clear();
    }

    /// <summary>The first canary that is out ends the run. The guard says why when it has looked; a worker that was first has no words.</summary>
    private void See(long now)
    {
        foreach (Lane lane in _canaries)
        {
            CanaryStatus status = _guard.Status.Of(lane.Version)!;
            Trip? trip = status.Trip ?? status.WouldTrip;
            if (_ending is null && (lane.Latch.Cause ?? trip?.Cause) is { } cause)
            {
                _ending = new Ending(now - _onset, lane.Version, cause, "", _harmed);
                _trace?.Trip(now);
            }

            if (_ending is { Reason: "" } && _ending.Canary == lane.Version && trip is not null)
            {
                _ending = _ending with { Reason = trip.Reason };
            }
        }
    }

    private static long Nanoseconds(TimeSpan span) => span.Ticks * TimeSpan.NanosecondsPerTick;
}
