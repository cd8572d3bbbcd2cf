// Carries one request to one endpoint of a version and its answer back: chooses, connects, sends, waits, relays, and says
// what happened. Bodies stream in bounded memory, both ways at once. Reused from exchange to exchange by its worker; knows
// nothing of splitting, limits or rating.

using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using OpenClaw.Edge.Io;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

internal sealed class Forwarder
{
    private readonly ForwardRequest _request;
    private readonly Lender<AnswerRelay> _relays;
    private readonly Opening _opening = new();
    private readonly InterimAnswers _interim;
    private UpstreamConnection? _connection; // while the request is with an upstream
    private RequestPump? _pump; // from the first body that streams on
    private AnswerRelay? _relay; // from the first bytes of an answer to its end
    private int _answerEnd;
    private bool _recalled; // and not yet sent to the fallback

    public Forwarder(ForwardRequest request, Lender<AnswerRelay> relays)
    {
        _request = request;
        _relays = relays;
        _interim = new InterimAnswers(request);
    }

    /// <summary>Status passed on to the client; 0 while no final head was.</summary>
    public int Status { get; private set; }

    /// <summary>How the first attempt failed, also where a later one repaired it. A keep-alive race on a pooled connection is nobody's failure.</summary>
    public ProxyError FirstError { get; private set; }

    /// <summary>Loop time at which the final head had come.</summary>
    public long AnsweredAt { get; private set; }

    /// <summary>The request has been read to its end and the client was not told that the connection closes.</summary>
    public bool KeepAlive { get; private set; }

    /// <summary>The version that was asked for could not take it; the answer is the fallback's.</summary>
    public bool FellBack { get; private set; }

    /// <summary>It fell back because the version was taken out, not because it failed.</summary>
    public bool WasRecalled { get; private set; }

    /// <summary>Where it went last; null: nowhere.</summary>
    public Endpoint? Endpoint { get; private set; }

    /// <summary>Bytes of the answer's body, without framing.</summary>
    public long AnswerBodyBytes { get; private set; }

    /// <summary>The client let the last attempt wait: not all of its body had come, or it did not take the answer. An upstream that hangs up then need not be broken.</summary>
    public bool ClientLagged { get; private set; }

    /// <summary>The version let the client wait for more of an answer that had begun.</summary>
    public bool UpstreamLagged { get; private set; }

    /// <summary>The request's body is being pumped, or has been: its bytes are spent.</summary>
    private bool HasPumped { get; set; }

    /// <summary>Every byte of the request has gone to the upstream's socket.</summary>
    private bool IsRequestDone => !_request.Streams || (HasPumped && _pump!.IsDone);

    /// <summary>The version has the whole request, and lets the client wait for an answer.</summary>
    public bool AwaitsAnswer => Status == 0 && !FellBack && IsRequestDone;

    private long Now => _request.Downstream.Loop.Now;

    /// <summary>Forwards. After an error with <see cref="Status"/> 0 nothing final has gone to the client.</summary>
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    public async ValueTask<ProxyError> SendAsync()
    {
        Begin();
        EndpointPool? failed = null;
        bool stale = false;
        for (int attempt = 0; ; attempt++)
        {
            EndpointPool? pool = _request.Version.Choose(failed);
            Endpoint = pool?.Endpoint;
            ProxyError error = ProxyError.None;
            _connection = stale ? null : pool?.TakeIdle();
            if (pool is null)
            {
                error = ProxyError.NoEndpoint;
            }
            else if (_connection is null)
            {
                (_connection, error) = await pool.OpenAsync(_opening);
            }

            stale = false;
            if (_connection is not null)
            {
                try
                {
                    Transport upstream = _connection.Transport;
                    FlushResult sent = await WriteRequest(upstream);
                    error = sent.IsCanceled ? ProxyError.AnswerTimedOut : sent.IsCompleted ? ProxyError.ClosedBeforeAnswer : ProxyError.None;
                    if (error == ProxyError.None && _request.Streams)
                    {
                        if (!_request.ExpectContinue)
                        {
                            upstream.SetDeadline(long.MaxValue); // the pump sets the next one
                        }

                        HasPumped = true;
                        (_pump ??= new RequestPump(_request)).Start(upstream);
                    }

                    ReadResult read = default;
                    while (error == ProxyError.None && Status == 0)
                    {
                        error = HasPumped ? _pump!.Error : _recalled ? ProxyError.Recalled : ProxyError.None;
                        if (error == ProxyError.None)
                        {
                            read = await upstream.Input.ReadAsync();
                            error = TakeAnswer(upstream, read);
                            if (Status == 0 && _request.Downstream.Output.UnflushedBytes > 0 && await _request.Downstream.SendAsync(_request.Settings.WriteStall) is not { IsCompleted: false, IsCanceled: false })
                            {
                                error = ProxyError.ClientGone;
                            }
                        }
                    }

                    if (error == ProxyError.None)
                    {
                        WriteAnswerHead();
                        error = await _relay!.RunAsync(_request, upstream, read.Buffer, _answerEnd);
                    }
                }
                catch
                {
                    _connection.Pool.Return(_connection, reusable: false); // a fault of ours: its place must not stay taken
                    throw;
                }

                stale = _connection.IsReused && error == ProxyError.ClosedBeforeAnswer;
                await FinishAsync(error);
            }

            if (_recalled && error != ProxyError.ClientGone)
            {
                (error, stale) = (ProxyError.Recalled, false); // however the attempt took it
            }

            if (!stale && FirstError == ProxyError.None)
            {
                FirstError = error;
            }

            if (error == ProxyError.None || !MayRepeat(error, stale))
            {
                return End(error);
            }

            bool dropped = error == ProxyError.ClosedBeforeAnswer && !stale; // perhaps by what the request did to it: not there again
            if (_recalled || dropped || error == ProxyError.NoEndpoint || attempt >= _request.Version.Version.Settings.Retry.Attempts)
            {
                if (_request.Fallback is null || !(_recalled || _request.FallsBackOnFailure))
                {
                    return End(error);
                }

                FallBack(_request.Fallback);
                attempt = -1;
            }

            failed = pool;
        }
    }

    /// <summary>
    /// The version is out: what waits for its answer goes to the fallback at once. Only what may be done twice: a safe request (RFC 9110 9.2.1)
    /// whose body has not been streamed, or one of which nothing has been sent. An answer that has begun is carried to its end.
    /// </summary>
    public void Recall(Version version)
    {
        if (_request.Fallback is null || _request.Version.Version != version || Status != 0)
        {
            return;
        }

        if (_opening.IsUnderWay)
        {
            _recalled = true;
            _opening.GiveUp();
        }
        else if (_connection is not null && !_request.Streams && MethodRules.IsSafe(_request.Method))
        {
            _recalled = true;
            _connection.Transport.CancelRead();
        }
    }

    private void FallBack(VersionUpstreams to)
    {
        byte[] lines = _recalled ? _request.Settings.RecallAnswerLines : _request.Settings.FallbackAnswerLines;
        (_request.AnswerLines, _request.AnswerLinesLength) = (lines, lines.Length);
        (_request.Version, _request.Fallback) = (to, null);
        (FellBack, WasRecalled, _recalled) = (true, _recalled, false);
        _interim.BeginAgain();
        _relay?.Reset(); // half a head, perhaps
    }

    private void Begin()
    {
        HasPumped = false;
        _interim.Begin();
        Status = 0;
        FirstError = ProxyError.None;
        FellBack = false;
        WasRecalled = false;
        _recalled = false;
        AnsweredAt = 0;
        KeepAlive = false;
        AnswerBodyBytes = 0;
        ClientLagged = false;
        UpstreamLagged = false;
        Endpoint = null;
    }

    /// <summary>Gives the request's bytes back to the downstream reader, which may then read the next one.</summary>
    private ProxyError End(ProxyError error)
    {
        if (!HasPumped)
        {
            _request.Downstream.Input.AdvanceTo(_request.Buffer.GetPosition(_request.End));
        }

        ClientLagged = HasPumped && !_pump!.IsDone;
        KeepAlive = IsRequestDone && !_request.Close && !(Status != 0 && (_relay is { MustClose: true } || error != ProxyError.None));
        if (_relay is not null)
        {
            AnswerBodyBytes = _relay.BodyBytes;
            ClientLagged |= _relay.ClientLagged;
            UpstreamLagged = _relay.UpstreamLagged;
            _relays.Return(_relay);
            _relay = null;
        }

        return error;
    }

    /// <summary>RFC 9110 9.2.2: again only what no server can have begun, or what may be done twice; never a body that has been spent.</summary>
    private bool MayRepeat(ProxyError error, bool stale) =>
        !HasPumped && Status == 0
        && (error == ProxyError.Recalled || ProxyErrors.NothingSent(error) || ((stale || _request is { Fallback: not null, FallsBackOnFailure: true }) && error == ProxyError.ClosedBeforeAnswer && MethodRules.IsIdempotent(_request.Method)));

    private ValueTask<FlushResult> WriteRequest(Transport upstream)
    {
        ForwardSettings settings = _request.Settings;
        Transport downstream = _request.Downstream;
        RequestHead head = _request.Head;
        settings.RequestEdits.Apply(head);
        RequestWriter.Write(upstream.Output, head, new RequestAdditions
        {
            Peer = downstream.PeerText,
            PeerIsTrusted = settings.Trusts(downstream.PeerText),
            IsTls = downstream.IsTls,
            RequestId = _request.RequestId,
            Via = settings.ViaLine,
            Announcement = _request.Version.Version.Announcement,
            SetLines = settings.RequestEdits.Lines,
            Endpoint = Endpoint!.Authority,
        });
        _request.ReturnHead();
        upstream.SetDeadline(!_request.Streams ? AnswerDeadline : _request.ExpectContinue ? Now + InterimAnswers.ContinuePatience : Now + _request.Settings.WriteStall);
        ReadOnlyMemory<byte> body = _request.InlineBody;
        return body.IsEmpty ? upstream.Output.FlushAsync() : upstream.Output.WriteAsync(body);
    }

    private long AnswerDeadline => Now + Clock.Nanoseconds(_request.Version.Version.Settings.Timeouts.Response);

    /// <summary>Looks at what came from the upstream: more to come, a 1xx, the final head (sets <see cref="Status"/>), or an error.</summary>
    private ProxyError TakeAnswer(Transport upstream, in ReadResult read)
    {
        if (read.IsCanceled)
        {
            upstream.Input.AdvanceTo(read.Buffer.Start);
            return HasPumped && _pump!.Error != ProxyError.None ? _pump.Error : SayContinue(upstream) ? ProxyError.None : ProxyError.AnswerTimedOut;
        }

        ResponseHead head = RentRelay().Head;
        ParseResult parsed = ResponseParser.Parse(read.Buffer, head, _request.Settings.HeadLimits, _request.Method);
        if (parsed.Status == ParseStatus.Complete)
        {
            if (head.StatusCode >= 200)
            {
                _answerEnd = parsed.Consumed;
                AnsweredAt = Now;
                Status = head.StatusCode;
                return ProxyError.None;
            }

            return TakeInterim(upstream, read.Buffer.GetPosition(parsed.Consumed));
        }

        bool silent = read.Buffer.IsEmpty && _interim.IsEmpty;
        upstream.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        return parsed.Status == ParseStatus.Invalid ? ProxyError.AnswerInvalid
            : !read.IsCompleted ? ProxyError.None
            : silent ? ProxyError.ClosedBeforeAnswer
            : ProxyError.AnswerHeadCut;
    }

    private AnswerRelay RentRelay()
    {
        if (_relay is null)
        {
            _relay = _relays.Rent();
            _relay.Reset();
        }

        return _relay;
    }

    private ProxyError TakeInterim(Transport upstream, SequencePosition end)
    {
        bool passes = _interim.TryPass(_relay!.Head);
        EndPatience(upstream);
        _relay.Head.Reset();
        upstream.Input.AdvanceTo(end);
        return passes ? ProxyError.None : ProxyError.AnswerInvalid;
    }

    /// <summary>The upstream keeps silent about an expectation: the edge lets the client send. False if that is not what the wait was for.</summary>
    private bool SayContinue(Transport upstream)
    {
        if (IsRequestDone || !_interim.TrySayContinue())
        {
            return false;
        }

        EndPatience(upstream);
        return true;
    }

    private void EndPatience(Transport upstream)
    {
        if (!IsRequestDone)
        {
            upstream.SetDeadline(long.MaxValue); // the pump sets the next one
        }
    }

    private void WriteAnswerHead()
    {
        _request.Witness?.Answered(_request, _relay!.Head, AnsweredAt);
        _request.Close |= !IsRequestDone; // bytes that are left must not be taken for a request (RFC 9112 9.3)
        _relay!.WriteHead(_request);
    }

    /// <summary>Parts with the upstream connection: back to its pool only if both messages were carried to their ends on it.</summary>
    private async ValueTask FinishAsync(ProxyError error)
    {
        UpstreamConnection connection = _connection!;
        _connection = null;
        // A body that should not be there may still be on its way, and would be the answer to whoever comes next (RFC 9112 6.3, 11.1).
        bool clean = error == ProxyError.None && _relay is { Head: { KeepAlive: true, AnnouncesAbsentBody: false }, EndedByClose: false } && IsRequestDone;
        connection.Pool.Return(connection, clean);
        if (_pump is { IsRunning: true })
        {
            await _pump.StopAsync();
        }
    }
}
