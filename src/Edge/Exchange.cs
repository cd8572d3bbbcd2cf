// One request and its answer on one downstream connection, on the worker's own thread: the page that shows the order
//     Parse -> Limit -> Split -> Forward -> Rate -> Observe
// and nothing else. Reused by its worker; knows neither sockets nor TLS.

using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Split;
using OpenClaw.Protocol;

namespace OpenClaw.Edge;

internal sealed class Exchange
{
    private readonly Worker _worker;
    private readonly ForwardRequest _request;
    private readonly Forwarder _forwarder;
    private readonly Gate _gate;
    private readonly FeedbackCall _feedback;
    private readonly ChoiceLines _choiceLines = new();
    private readonly AnswerWatch _watch;
    private readonly AccessEntry? _access; // null: no access log
    private Plan _plan = null!;
    private long _startedAt;
    private Choice _choice;
    private WorkerVersion? _asked; // while its answer is awaited
    private bool _isOverdue;

    public Exchange(Worker worker)
    {
        _worker = worker;
        _request = new ForwardRequest(worker.Heads);
        _forwarder = new Forwarder(_request, worker.Relays);
        _gate = new Gate(worker.Counters);
        _feedback = new FeedbackCall(worker);
        _watch = new AnswerWatch(worker);
        _access = worker.AccessLog is { } log ? new AccessEntry(log) : null;
    }

    private RequestHead Head => _request.Head;

    private Transport Downstream => _request.Downstream;

    /// <summary>Serves one request whose first bytes have come. True: the connection may carry another.</summary>
    /// <param name="redirectPort">Where https is served; 0: requests are served here, not redirected.</param>
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    public async ValueTask<bool> RunAsync(Transport downstream, int redirectPort, ReadResult read)
    {
        Begin(downstream);

        // Parse
        ParseResult parsed = RequestParser.Parse(read.Buffer, Head, _plan.Forwarding.HeadLimits);
        if (parsed.Status == ParseStatus.Incomplete)
        {
            (parsed, read) = await ReadHeadAsync(read);
        }

        if (parsed.Status != ParseStatus.Complete)
        {
            return await RefuseAsync(parsed, read);
        }

        _request.Accept(read.Buffer, parsed.Consumed);
        _worker.RequestIds.Next(_request.RequestId);
        _access?.Note(_request);
        Caller caller = new(Head, downstream.PeerText, downstream.IsTls);

        // Limit
        if (_gate.Ask(_plan, caller, redirectPort, _startedAt) is { Status: not 0 } refusal)
        {
            return await AnswerAsync(refusal);
        }

        if (_feedback.IsFor(_plan, caller, _startedAt, out Refusal unheard))
        {
            return await AnswerAsync(unheard.Status != 0 ? unheard : await _feedback.HearAsync(_plan, _request));
        }

        // Split
        (uint usable, uint tripped) = Canaries();
        _choice = _plan.Selector.Select(caller, usable, tripped, _worker.Index, _startedAt);
        LiveVersion chosen = _choice.Decision.ToCanary ? _plan.Canaries[_choice.Decision.Canary] : _plan.Stable;
        WorkerVersion version = _worker.VersionOf(chosen);

        // Forward
        _plan.Mirroring?.Copy(_request, chosen, _worker);
        _choiceLines.Tell(_request, _plan, _choice, caller);
        _watch.Follow(_request, _plan, version, _startedAt);
        _request.Version = version.Upstreams;
        _request.Fallback = _choice.Decision.ToCanary ? _worker.VersionOf(_plan.Stable).Upstreams : null;
        _request.FallsBackOnFailure = chosen.Upstream.Settings.Retry.CanaryToStable;
        _request.Close = !Head.KeepAlive || _worker.IsDraining;
        (_asked, _isOverdue) = (version, false);
        ProxyError error = await _forwarder.SendAsync();
        _asked = null;
        int status = _forwarder.Status;
        bool keepAlive = _forwarder.KeepAlive && error != ProxyError.ClientGone;
        if (status == 0 && ProxyErrors.Status(error) is not 0 and var own)
        {
            status = own;
            keepAlive = await LocalAnswer.SendAsync(downstream, _worker.Date.Line(_worker.Loop.Now), own, ProxyErrors.Text(error), _request.Method, keepAlive);
        }

        // Rate
        Outcome outcome = OutcomeOf(error, status);
        version.Tally.Record(outcome, _forwarder.AnsweredAt - _startedAt, _plan.LatencyTarget, IsMatched(outcome), _isOverdue);
        CountFailures(version, error);
        if (!_forwarder.WasRecalled)
        {
            _watch.Record(_request, outcome);
        }

        // Observe
        Observe(version, outcome, error, status);
        return keepAlive;
    }

    /// <summary>The guard has taken a version out: whatever waits for it, and may, goes to stable at once.</summary>
    public void Recall(LiveVersion version) => _forwarder.Recall(version.Upstream);

    /// <summary>Told now and then: an answer that will be late in any case counts for the guard before it comes, since a version that hangs gives none for a minute.</summary>
    public void NoteOverdue(long now)
    {
        if (_asked is { } version && !_isOverdue && _choice.Decision.IsMatched && _forwarder.AwaitsAnswer && now - _startedAt > 4 * _plan.LatencyTarget)
        {
            _isOverdue = true;
            version.Tally.RecordOverdue();
        }
    }

    private void Begin(Transport downstream)
    {
        _plan = _worker.Plan;
        _startedAt = _worker.Loop.Now;
        _request.Downstream = downstream;
        _request.Settings = _plan.Forwarding;
        _request.DateLine = _worker.Date.Line(_startedAt);
        _request.Begin();
        _access?.Begin(downstream.PeerText, downstream.IsTls);
    }

    /// <summary>The head did not come in one piece: reads on until it is whole, broken, or late.</summary>
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private async ValueTask<(ParseResult, ReadResult)> ReadHeadAsync(ReadResult read)
    {
        Downstream.SetDeadline(_startedAt + _plan.HeadTimeout); // for the whole head, so that a drip does not last
        while (true)
        {
            ParseResult parsed = RequestParser.Parse(read.Buffer, Head, _plan.Forwarding.HeadLimits);
            if (parsed.Status != ParseStatus.Incomplete || read.IsCompleted || read.IsCanceled)
            {
                return (parsed, read);
            }

            Downstream.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await Downstream.Input.ReadAsync();
        }
    }

    /// <summary>A head that is malformed, late or cut off: one answer where one is due, and no later byte is looked at (RFC 9112 9.6, 11.2).</summary>
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private async ValueTask<bool> RefuseAsync(ParseResult parsed, ReadResult read)
    {
        bool onlyEmptyLines = parsed.Status == ParseStatus.Incomplete && IsBlank(read.Buffer);
        Downstream.Input.AdvanceTo(read.Buffer.End);
        if (parsed.Status == ParseStatus.Invalid)
        {
            _worker.Counters.CountReject(parsed.Error);
            return await AnswerAsync(new Refusal(ParseErrors.StatusCode(parsed.Error), ParseErrors.Text(parsed.Error), consume: false));
        }

        return read.IsCanceled && !onlyEmptyLines && await AnswerAsync(new Refusal(408, "the request's head did not arrive in time", consume: false));
    }

    private static bool IsBlank(in ReadOnlySequence<byte> bytes) => bytes.FirstSpan.IndexOfAnyExcept((byte)'\r', (byte)'\n') < 0;

    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private async ValueTask<bool> AnswerAsync(Refusal refusal)
    {
        bool keepAlive = false;
        if (refusal.Consume)
        {
            // Only a body that is all there can be passed over; otherwise the connection ends (RFC 9112 9.3).
            Downstream.Input.AdvanceTo(_request.Buffer.GetPosition(_request.End));
            keepAlive = !_request.Streams && Head.KeepAlive && !_worker.IsDraining;
        }

        Method method = refusal.Consume ? Head.Method : Method.Other;
        keepAlive = await LocalAnswer.SendAsync(Downstream, _request.DateLine, refusal.Status, refusal.Text, method, keepAlive, refusal.Fields);
        long duration = _worker.Loop.Now - _startedAt;
        _worker.Counters.None.CountRequest(Role.Stable, refusal.Status, refusal.Reason, duration);
        _access?.Write(new AccessOutcome(refusal.Status, null, Role.Stable, refusal.Reason, "", 0, refusal.Status < 400 ? "" : refusal.Text, duration));
        return keepAlive;
    }

    /// <summary>Bit i: canary i may take traffic; the guard has taken it out.</summary>
    private (uint Usable, uint Tripped) Canaries()
    {
        uint usable = 0, tripped = 0;
        LiveVersion[] canaries = _plan.Canaries;
        for (int i = 0; i < canaries.Length; i++)
        {
            usable |= _worker.VersionOf(canaries[i]).Upstreams.IsPromising ? 1u << i : 0;
            tripped |= canaries[i].Latch.Bars() ? 1u << i : 0;
        }

        return (usable, tripped);
    }

    /// <summary>An answer ends a row of failures; another one in it may be the last. None that the client itself may have brought about: a slow one would take versions out.</summary>
    private void CountFailures(WorkerVersion version, ProxyError error)
    {
        if (First(error) == ProxyError.None)
        {
            version.Failures.End();
        }
        else if (!_forwarder.ClientLagged)
        {
            _plan.FastTrip.Note(version, _worker.VersionOf(_plan.Stable), First(error), error, _forwarder.FellBack, _worker.Loop.Now);
        }
    }

    /// <summary>How the first attempt failed of an exchange that ended so.</summary>
    private ProxyError First(ProxyError last) => _forwarder.FirstError == ProxyError.None ? last : _forwarder.FirstError;

    /// <summary>What the rating learns: the first attempt, never a repaired one; nothing from what a client sent wrongly, or the edge itself gave up.</summary>
    private Outcome OutcomeOf(ProxyError error, int status) => First(error) switch
    {
        ProxyError.ClientGone => _forwarder is { Status: 0, ClientLagged: true } ? Outcome.ClientError : Outcome.ClientAbort, // a request that never came whole says nothing
        ProxyError.RequestBodyInvalid or ProxyError.RequestBodyTooLarge or ProxyError.RequestBodyStalled or ProxyError.Recalled => Outcome.ClientError,
        ProxyError.None when status == 408 && _forwarder.ClientLagged => Outcome.ClientError, // it was the client that did not send
        ProxyError.None => Outcomes.FromStatus(status),
        _ => Outcome.Error,
    };

    /// <summary>
    /// Whether the guard compares it: what chance sent where it went, but for clients that left a version which had not let them wait. Otherwise one
    /// client that hangs up on the canary alone would have it taken out.
    /// </summary>
    private bool IsMatched(Outcome outcome) =>
        _choice.Decision.IsMatched
        && (outcome != Outcome.ClientAbort || _forwarder.UpstreamLagged || (_forwarder.Status == 0 ? _worker.Loop.Now : _forwarder.AnsweredAt) - _startedAt > _plan.LatencyTarget);

    private void Observe(WorkerVersion version, Outcome outcome, ProxyError error, int status)
    {
        if (_choice.IsNoteworthy)
        {
            _worker.Counters.Count(_choice, issued: _choice.Place is not null && _forwarder.Status != 0 && !_forwarder.FellBack);
        }

        if (ProxyErrors.Stage(First(error)) is not UpstreamStage.None and var stage)
        {
            version.Counters.CountUpstreamError(stage);
        }

        FirstAttempt attempt = new(version.Version.Name, outcome, _forwarder.Status == 0 ? -1 : _forwarder.AnsweredAt - _startedAt);
        Decision decision = _choice.Decision;
        if (_forwarder.FellBack)
        {
            (version, decision) = (_worker.VersionOf(_plan.Stable), Decision.ToStable(_forwarder.WasRecalled ? Reason.Guard : Reason.Unhealthy));
        }

        long duration = _worker.Loop.Now - _startedAt;
        version.Counters.CountRequest(decision.Role, status, decision.Reason, duration);
        long bodyBytes = _forwarder.Status == 0 ? 0 : _forwarder.AnswerBodyBytes;
        _access?.Write(new AccessOutcome(status, version.Version.Name, decision.Role, decision.Reason, _forwarder.Endpoint?.AddressText ?? "", bodyBytes, ProxyErrors.Text(error), duration, attempt));
    }
}
