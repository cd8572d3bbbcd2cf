// One request and its answer on one downstream connection, on the worker's own thread: the page that shows the order
//     Parse -> Limit -> Split -> Forward -> Rate -> Observe
// and nothing else. Reused by its worker; knows neither sockets nor TLS.

using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Limit;
using OpenClaw.Edge.Listen;
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
    private readonly AccessEntry? _access; // null: no access log
    private Plan _plan = null!;
    private long _startedAt;
    private Choice _choice;
    private byte[] _lines = []; // of the last session that began here
    private byte[]? _limitLines; // from the first refusal by a rate limit

    public Exchange(Worker worker)
    {
        _worker = worker;
        _request = new ForwardRequest(worker.Heads);
        _forwarder = new Forwarder(_request, worker.Relays);
        _access = worker.AccessLog is { } log ? new AccessEntry(log) : null;
    }

    private RequestHead Head => _request.Head;

    private Transport Downstream => _request.Downstream;

    private Caller Caller => new(Head, Downstream.PeerText, Downstream.IsTls);

    /// <summary>Serves one request whose first bytes have come. True: the connection may carry another.</summary>
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    public async ValueTask<bool> RunAsync(Transport downstream, ListenerContext listener, ReadResult read)
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

        // Limit
        if (Limit(listener) is { Status: not 0 } refusal)
        {
            return await AnswerAsync(refusal);
        }

        // Split
        _choice = Split();
        Decision decision = _choice.Decision;
        LiveVersion chosen = decision.ToCanary ? _plan.Canaries[decision.Canary] : _plan.Stable;
        WorkerVersion version = _worker.VersionOf(chosen);

        // Forward
        CopyToMirror(chosen);
        _request.Version = version.Upstreams;
        _request.Fallback = decision.ToCanary && chosen.Upstream.Settings.Retry.CanaryToStable ? _worker.VersionOf(_plan.Stable).Upstreams : null;
        SetAnswerLines();
        _request.Close = !Head.KeepAlive || _worker.IsDraining;
        ProxyError error = await _forwarder.SendAsync();
        int status = _forwarder.Status;
        bool keepAlive = _forwarder.KeepAlive && error != ProxyError.ClientGone;

        // Rate
        version.Tally.Record(OutcomeOf(error, status), _forwarder.AnsweredAt - _startedAt, _plan.LatencyTarget);

        // Observe
        if (_choice.IsNoteworthy)
        {
            _worker.Counters.Count(_choice, issued: _choice.Place is not null && _forwarder.Status != 0 && !_forwarder.FellBack);
        }

        ProxyError first = _forwarder.FirstError == ProxyError.None ? error : _forwarder.FirstError;
        if (ProxyErrors.Stage(first) is not UpstreamStage.None and var stage)
        {
            version.Counters.CountUpstreamError(stage);
        }

        if (_forwarder.FellBack)
        {
            (version, decision) = (_worker.VersionOf(_plan.Stable), Decision.ToStable(Reason.Unhealthy));
        }

        if (status == 0 && ProxyErrors.Status(error) is not 0 and var own)
        {
            status = own;
            keepAlive = await LocalAnswer.SendAsync(downstream, _worker.Date.Line(_worker.Loop.Now), own, ProxyErrors.Text(error), _request.Method, keepAlive);
        }

        long duration = _worker.Loop.Now - _startedAt;
        version.Counters.CountRequest(decision.Role, status, decision.Reason, duration);
        long bodyBytes = _forwarder.Status == 0 ? 0 : _forwarder.AnswerBodyBytes;
        _access?.Write(new AccessOutcome(status, version.Version.Name, decision.Role, decision.Reason, _forwarder.Endpoint?.AddressText ?? "", bodyBytes, ProxyErrors.Text(error), duration));
        return keepAlive;
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

    /// <summary>What is answered here and goes to no version. Costs neither a turn nor an upstream connection.</summary>
    private Refusal Limit(ListenerContext listener)
    {
        if (listener.RedirectPort != 0)
        {
            return new Refusal(308, "this service is served over https", fields: Location(listener.RedirectPort));
        }

        if (Head.Body.Kind == BodyKind.Length && Head.Body.Length > _plan.Forwarding.BodyBytesMax)
        {
            return new Refusal(413, ProxyErrors.Text(ProxyError.RequestBodyTooLarge));
        }

        // RFC 9110 7.6.2: the last hop answers itself. A trace is not echoed: it would show fields that the client cannot see.
        if (Head.MaxForwards == 0)
        {
            return Head.Method == Method.Options ? new Refusal(200, "openclaw-edge") : new Refusal(405, "TRACE is not echoed here");
        }

        return _plan.Limiter is { } limiter ? Limit(limiter) : default;
    }

    private Refusal Limit(Limiter limiter)
    {
        Verdict verdict = limiter.Check(Head, limiter.AsksForAddress ? Caller.AddressBehind(_plan.Forwarding.Trusted) : null, _startedAt);
        _worker.Counters.Count(verdict);
        if (!verdict.IsRefused)
        {
            return default;
        }

        _limitLines ??= new byte[Limiter.FieldsBytesMax];
        return new Refusal(429, "too many requests; come again later", fields: _limitLines.AsMemory(0, limiter.WriteFields(_limitLines, verdict)), reason: Reason.Limited);
    }

    /// <summary>The same target at the https port; the host as the client named it (RFC 9110 15.4.9 keeps the method).</summary>
    private byte[] Location(int port)
    {
        ReadOnlySpan<byte> host = Head.Authority;
        int colon = host.LastIndexOf((byte)':');
        host = colon >= 0 && host.IndexOf((byte)']') < colon ? host[..colon] : host;
        string suffix = port == 443 ? "" : $":{port}";
        return Encoding.Latin1.GetBytes($"Location: https://{Encoding.Latin1.GetString(host)}{suffix}{Encoding.Latin1.GetString(Head.OriginTarget)}\r\n");
    }

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

    private Choice Split()
    {
        uint usable = 0;
        LiveVersion[] canaries = _plan.Canaries;
        for (int i = 0; i < canaries.Length; i++)
        {
            usable |= _worker.VersionOf(canaries[i]).Upstreams.IsPromising ? 1u << i : 0;
        }

        return _plan.Selector.Select(Caller, usable, _worker.Index, _startedAt);
    }

    /// <summary>What the client is told of the choice: its reason, where that is switched on, and the place of a session that begins.</summary>
    private void SetAnswerLines()
    {
        byte[] lines = _plan.ReasonLines[(int)_choice.Decision.Reason];
        int length = lines.Length;
        if (_choice.Place is { } place)
        {
            Sessions sessions = _plan.Selector.Sessions!;
            if (_lines.Length < length + sessions.CookieLinesBytesMax)
            {
                _lines = new byte[length + sessions.CookieLinesBytesMax];
            }

            lines.CopyTo(_lines, 0);
            lines = _lines;
            length += sessions.WriteCookieLines(_lines.AsSpan(length), place, Caller);
        }

        _request.AnswerLinesLength = length;
        if (length > 0)
        {
            _request.AnswerLines = lines;
        }
    }

    /// <summary>A copy of the request for the mirrored version, if one is due and the request itself does not go there.</summary>
    private void CopyToMirror(LiveVersion chosen)
    {
        if (_plan.Mirroring is { } mirroring && mirroring.Version != chosen && Mirror.Takes(Head) && mirroring.Share.Take())
        {
            WorkerVersion mirror = _worker.VersionOf(mirroring.Version);
            _worker.Mirror.Copy(_request, mirror.Mirrored, mirror.Counters.Mirrored);
        }
    }

    /// <summary>What the rating learns: the first attempt, never a repaired one; nothing from what a client sent wrongly.</summary>
    private Outcome OutcomeOf(ProxyError error, int status) => error switch
    {
        ProxyError.ClientGone => Outcome.ClientAbort,
        ProxyError.RequestBodyInvalid or ProxyError.RequestBodyTooLarge or ProxyError.RequestBodyStalled => Outcome.ClientError,
        ProxyError.None when _forwarder.FirstError == ProxyError.None => Outcomes.FromStatus(status),
        _ => Outcome.Error,
    };

    /// <summary>An answer of the edge's own. Status 0: none, the request goes on.</summary>
    private readonly struct Refusal(int status, string text, bool consume = true, ReadOnlyMemory<byte> fields = default, Reason reason = Reason.Rejected)
    {
        public int Status { get; } = status;

        public string Text { get; } = text;

        /// <summary>Further field lines.</summary>
        public ReadOnlyMemory<byte> Fields { get; } = fields;

        public Reason Reason { get; } = reason;

        /// <summary>There is a whole head to take off the connection.</summary>
        public bool Consume { get; } = consume;
    }
}
