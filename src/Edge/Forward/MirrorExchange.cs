// One copy of a request on its way: sends it to an endpoint of the mirrored version once, reads the answer and throws it
// away. Reused by its worker's mirror; holds no buffer between two copies. Knows no client, and no one waits for it.

using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using OpenClaw.Edge.Io;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

internal sealed class MirrorExchange
{
    /// <summary>Of one answer's body; beyond it the connection is closed, which then is cheaper than to read on.</summary>
    private const long BodyBytesMax = 1024 * 1024;

    private readonly EventLoop _loop;
    private readonly Lender<RequestHead> _heads;
    private readonly Action<MirrorExchange> _giveBack;
    private readonly Action<Exception> _reportBug;
    private readonly ResponseHead _answer = new();
    private readonly byte[] _requestId = new byte[32];
    private ForwardSettings _settings = null!;
    private VersionUpstreams _to = null!;
    private MirrorCounters _counters = null!;
    private byte[] _peer = [];
    private bool _isTls;
    private Method _method;
    private byte[]? _copy; // rented: the request's head as it came
    private int _copyBytes;
    private ChunkedDecoder _decoder;
    private bool _isAnswered;
    private ValueTask<bool> _running;

    public MirrorExchange(EventLoop loop, Lender<RequestHead> heads, Action<MirrorExchange> giveBack, Action<Exception> reportBug)
    {
        _loop = loop;
        _heads = heads;
        _giveBack = giveBack;
        _reportBug = reportBug;
        Start = () =>
        {
            _ = _running.GetAwaiter().GetResult(); // of the copy before, which is over: taking its result gives its state machine back
            _running = RunAsync();
        };
    }

    /// <summary>Sends what was taken; one delegate for all copies.</summary>
    public Action Start { get; }

    public void Take(ForwardRequest request, VersionUpstreams to, MirrorCounters counters)
    {
        ReadOnlySpan<byte> head = request.Head.Bytes.Span;
        _copy = _loop.Slabs.Rent(head.Length);
        _copyBytes = head.Length;
        head.CopyTo(_copy);
        request.RequestId.CopyTo(_requestId, 0);
        _method = request.Method;
        _settings = request.Settings;
        _peer = request.Downstream.PeerText;
        _isTls = request.Downstream.IsTls;
        _to = to;
        _counters = counters;
    }

    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private async ValueTask<bool> RunAsync()
    {
        UpstreamConnection? connection = null;
        bool clean = false;
        _isAnswered = false;
        try
        {
            EndpointPool? pool = _to.Choose();
            connection = pool?.TakeIdle();
            if (pool is not null && connection is null)
            {
                (connection, _) = await pool.OpenAsync();
            }

            if (connection is not null)
            {
                long deadline = _loop.Now + Clock.Nanoseconds(_to.Version.Settings.Timeouts.Response); // for the whole answer
                connection.Transport.SetDeadline(deadline);
                FlushResult sent = await Write(connection.Transport.Output, pool!.Endpoint);
                clean = sent is { IsCanceled: false, IsCompleted: false } && await ReadAnswerAsync(connection.Transport, deadline);
            }
        }
        catch (Exception e)
        {
            _reportBug(e); // a fault of ours: nobody else will hear of it
        }

        connection?.Pool.Return(connection, clean);
        ReturnCopy();
        _counters.Count(_isAnswered ? MirrorResult.Answered : MirrorResult.Failed);
        _giveBack(this);
        return true;
    }

    private ValueTask<FlushResult> Write(PipeWriter output, Endpoint endpoint)
    {
        RequestHead head = _heads.Rent();
        head.Reset();
        RequestParser.Parse(new ReadOnlySequence<byte>(_copy.AsMemory(0, _copyBytes)), head, _settings.HeadLimits);
        _settings.RequestEdits.Apply(head);
        RequestWriter.Write(output, head, new RequestAdditions
        {
            Peer = _peer,
            PeerIsTrusted = _settings.Trusts(_peer),
            IsTls = _isTls,
            RequestId = _requestId,
            Via = _settings.ViaLine,
            Announcement = _to.Version.Announcement,
            SetLines = _settings.RequestEdits.Lines,
            Endpoint = endpoint.Authority,
            Mark = "X-OpenClaw-Mirror: true\r\n"u8,
        });
        _heads.Return(head);
        ReturnCopy();
        return output.FlushAsync();
    }

    /// <summary>True: both messages have been carried to their ends, and the connection may carry another.</summary>
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private async ValueTask<bool> ReadAnswerAsync(Transport upstream, long deadline)
    {
        ReadOnlySequence<byte> rest = default;
        _answer.Reset();
        for (int interim = 0; !_isAnswered;)
        {
            ReadResult read = await upstream.Input.ReadAsync();
            ParseResult parsed = ResponseParser.Parse(read.Buffer, _answer, _settings.HeadLimits, _method);
            if (parsed.Status == ParseStatus.Complete && _answer.StatusCode >= 200)
            {
                _isAnswered = true;
                rest = read.Buffer.Slice(parsed.Consumed);
            }
            else if (parsed.Status == ParseStatus.Complete && _answer.StatusCode != 101 && ++interim <= InterimAnswers.Max)
            {
                _answer.Reset();
                upstream.Input.AdvanceTo(read.Buffer.GetPosition(parsed.Consumed));
            }
            else
            {
                upstream.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCanceled || read.IsCompleted || parsed.Status != ParseStatus.Incomplete)
                {
                    return false;
                }
            }
        }

        bool keepAlive = _answer is { KeepAlive: true, AnnouncesAbsentBody: false, Body.Kind: not BodyKind.UntilClose };
        return await SkipBodyAsync(upstream, rest, deadline) && keepAlive;
    }

    /// <param name="bytes">What the upstream's reader gave behind the head, not yet advanced.</param>
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private async ValueTask<bool> SkipBodyAsync(Transport upstream, ReadOnlySequence<byte> bytes, long deadline)
    {
        _decoder = default;
        for (long skipped = 0; ;)
        {
            bool done = Skip(bytes.FirstSpan, skipped, out int consumed);
            skipped += consumed;
            upstream.Input.AdvanceTo(bytes.GetPosition(consumed));
            if (done || skipped > BodyBytesMax || _decoder.Error != ParseError.None)
            {
                return done;
            }

            await _loop.Yield(); // whatever a client waits for goes first
            if (_loop.Now >= deadline)
            {
                return false;
            }

            ReadResult read = await upstream.Input.ReadAsync();
            bytes = read.Buffer;
            if (read.IsCanceled || (read.IsCompleted && bytes.IsEmpty))
            {
                upstream.Input.AdvanceTo(bytes.End);
                return false;
            }
        }
    }

    /// <summary>Passes over bytes of the body. True: that was its end.</summary>
    private bool Skip(ReadOnlySpan<byte> bytes, long skipped, out int consumed)
    {
        BodyFraming body = _answer.Body;
        if (body.Kind != BodyKind.Chunked)
        {
            consumed = body.Kind == BodyKind.UntilClose ? bytes.Length : (int)Math.Min(body.Length - skipped, bytes.Length);
            return body.Kind != BodyKind.UntilClose && skipped + consumed == body.Length;
        }

        Span<byte> thrownAway = stackalloc byte[1024];
        consumed = 0;
        while (true)
        {
            ChunkedStatus status = _decoder.Decode(bytes[consumed..], thrownAway, out int used, out _);
            consumed += used;
            if (status != ChunkedStatus.DestinationFull)
            {
                return status == ChunkedStatus.Done;
            }
        }
    }

    private void ReturnCopy()
    {
        if (_copy is not null)
        {
            _loop.Slabs.Return(_copy);
            _copy = null;
        }
    }
}
