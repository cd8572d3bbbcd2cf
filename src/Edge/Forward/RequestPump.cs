// Carries a request's body to the upstream, beside the wait for the answer. Only for bodies that stream: one that came
// whole with its head is sent with it. Worker's thread; one per forwarder.

using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using OpenClaw.Edge.Io;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

internal sealed class RequestPump(ForwardRequest request)
{
    private Transport _upstream = null!;
    private ValueTask<bool> _running;
    private ChunkedDecoder _decoder;
    private long _left;
    private bool _stopping;

    public bool IsRunning { get; private set; }

    /// <summary>Every byte of the request has been handed to the upstream's socket.</summary>
    public bool IsDone { get; private set; }

    /// <summary>What the client did wrong; the answer's side is woken when it happens.</summary>
    public ProxyError Error { get; private set; }

    /// <summary>Consumes the head, whose bytes are invalid from here on, and begins.</summary>
    public void Start(Transport upstream)
    {
        _upstream = upstream;
        _decoder = default;
        _left = request.Body.Length;
        _stopping = false;
        IsRunning = true;
        IsDone = false;
        Error = ProxyError.None;
        request.Downstream.Input.AdvanceTo(request.Buffer.GetPosition(request.HeadEnd));
        _running = RunAsync();
    }

    /// <summary>Ends a started pump, complete or not, and waits until it no longer touches either side.</summary>
    public async ValueTask StopAsync()
    {
        _stopping = true;
        request.Downstream.CancelRead();
        await _running;
        _running = default;
        IsRunning = false;
    }

    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private async ValueTask<bool> RunAsync()
    {
        Transport downstream = request.Downstream;
        while (!IsDone && Error == ProxyError.None && !_stopping)
        {
            downstream.SetDeadline(downstream.Loop.Now + request.Settings.BodyStall);
            ReadResult read = await downstream.Input.ReadAsync();
            if (read.IsCanceled)
            {
                downstream.Input.AdvanceTo(read.Buffer.Start);
                Fail(_stopping ? ProxyError.None : ProxyError.RequestBodyStalled);
                break;
            }

            _upstream.SetDeadline(downstream.Loop.Now + request.Settings.WriteStall);
            ReadOnlyMemory<byte> bare = default;
            int consumed = request.Body.Kind == BodyKind.Chunked ? Recode(read.Buffer, out bool last) : TakeBare(read.Buffer, out bare, out last);
            FlushResult flushed = await _upstream.Output.WriteAsync(bare);
            downstream.Input.AdvanceTo(read.Buffer.GetPosition(consumed));
            if (flushed.IsCompleted || flushed.IsCanceled)
            {
                _upstream.SetDeadline(AnswerDeadline);
                return false; // it reads no further, but may still answer (RFC 9112 9.5)
            }

            _upstream.SetDeadline(long.MaxValue);
            IsDone = last;

            if (read.IsCompleted && consumed == read.Buffer.Length && !IsDone && Error == ProxyError.None)
            {
                Fail(ProxyError.ClientGone); // RFC 9112 8: an incomplete request must not look complete upstream
            }
        }

        if (IsDone)
        {
            // One deadline serves both directions: an early answer may be waiting for this client to read.
            downstream.SetDeadline(downstream.Loop.Now + request.Settings.WriteStall);
            _upstream.SetDeadline(AnswerDeadline);
        }

        return IsDone;
    }

    private long AnswerDeadline => request.Downstream.Loop.Now + Clock.Nanoseconds(request.Version.Version.Settings.Timeouts.Response);

    private int TakeBare(in ReadOnlySequence<byte> buffer, out ReadOnlyMemory<byte> bytes, out bool last)
    {
        int take = (int)Math.Min(_left, buffer.Length);
        bytes = BodyCopy.Slice(buffer, 0, take);
        _left -= take;
        last = _left == 0;
        return take;
    }

    private int Recode(in ReadOnlySequence<byte> buffer, out bool last)
    {
        ChunkedStatus status = BodyCopy.Recode(ref _decoder, buffer, _upstream.Output, chunked: true, out int consumed, out int decoded);
        _left += decoded; // counts up: the length of a chunked body is not known
        if (status == ChunkedStatus.Invalid)
        {
            Fail(ProxyError.RequestBodyInvalid);
        }
        else if (_left > request.Settings.BodyBytesMax)
        {
            Fail(ProxyError.RequestBodyTooLarge);
        }

        last = status == ChunkedStatus.Done && Error == ProxyError.None;
        return consumed;
    }

    private void Fail(ProxyError error)
    {
        if (error != ProxyError.None)
        {
            Error = error;
            _upstream.CancelRead();
        }
    }
}
