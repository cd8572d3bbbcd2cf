// Passes the final answer on to the client: its head with the edge's fields, then its body, recoded where the two sides
// frame differently. What has come in one piece leaves in one send. Worker's thread; lent for the time of
// one answer.

using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using OpenClaw.Edge.Io;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

internal sealed class AnswerRelay
{
    /// <summary>A client that takes nothing for so long may be what an upstream gives up, and the other way round; most wait for some seconds.</summary>
    private const long Lag = Clock.Second;

    public ResponseHead Head { get; } = new();

    private ChunkedDecoder _decoder;

    /// <summary>Body bytes received from the upstream, without its framing.</summary>
    public long BodyBytes { get; private set; }

    /// <summary>The end of the body was told by the connection's end: nothing follows on it.</summary>
    public bool EndedByClose { get; private set; }

    /// <summary>The body's end can only be told to the client by closing, or its message had to be broken off.</summary>
    public bool MustClose { get; private set; }

    /// <summary>The client let the upstream wait at least once.</summary>
    public bool ClientLagged { get; private set; }

    /// <summary>The upstream let the client wait at least once, for more of the body.</summary>
    public bool UpstreamLagged { get; private set; }

    /// <summary>Forgets the answer before.</summary>
    public void Reset()
    {
        Head.Reset();
        BodyBytes = 0;
        EndedByClose = false;
        MustClose = false;
        ClientLagged = false;
        UpstreamLagged = false;
    }

    /// <summary>Composes the head for the client; it leaves with the beginning of the body.</summary>
    public void WriteHead(ForwardRequest request)
    {
        AnswerFraming framing = FramingFor(request.MinorVersion);
        request.Close |= framing == AnswerFraming.UntilClose;
        request.Settings.ResponseEdits.Apply(Head);
        ResponseWriter.Write(request.Downstream.Output, Head, new ResponseAdditions
        {
            DateLine = request.DateLine,
            Announcement = request.Version.Version.Announcement,
            SetLines = request.Settings.ResponseEdits.Lines,
            OwnLines = request.AnswerLines.AsSpan(0, request.AnswerLinesLength),
            Framing = framing,
            Close = request.Close,
            SayKeepAlive = request.MinorVersion == 0,
        });
    }

    /// <param name="buffer">What the upstream's reader gave, not yet advanced; the head lies at its start.</param>
    /// <param name="headEnd">Bytes up to the end of that head.</param>
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    public async ValueTask<ProxyError> RunAsync(ForwardRequest request, Transport upstream, ReadOnlySequence<byte> buffer, int headEnd)
    {
        AnswerFraming framing = FramingFor(request.MinorVersion);
        BodyFraming body = Head.Body;
        _decoder = default;
        EndedByClose = body.Kind == BodyKind.UntilClose;
        MustClose = framing == AnswerFraming.UntilClose;
        long idle = Clock.Nanoseconds(request.Version.Version.Settings.Timeouts.Idle);
        Transport downstream = request.Downstream;
        bool upstreamEnded = false;
        bool done = body.IsEmpty;
        int skip = headEnd;
        while (true)
        {
            // One read's worth: what follows the head (or the last position) in the buffer.
            ReadOnlySequence<byte> bytes = buffer.Slice(skip);
            ReadOnlyMemory<byte> bare = default;
            int consumed = 0;
            if (!done)
            {
                switch (body.Kind)
                {
                    case BodyKind.Length:
                        consumed = (int)Math.Min(body.Length - BodyBytes, bytes.Length);
                        bare = BodyCopy.Slice(bytes, 0, consumed);
                        BodyBytes += consumed;
                        done = BodyBytes == body.Length;
                        break;
                    case BodyKind.Chunked:
                        ChunkedStatus status = BodyCopy.Recode(ref _decoder, bytes, downstream.Output, framing == AnswerFraming.Chunked, out consumed, out int decoded);
                        BodyBytes += decoded;
                        done = status == ChunkedStatus.Done;
                        if (status == ChunkedStatus.Invalid)
                        {
                            await downstream.SendAsync(request.Settings.WriteStall);
                            return Break(downstream, upstream, bytes.Start, ProxyError.AnswerCut);
                        }

                        break;
                    default:
                        consumed = (int)bytes.Length;
                        BodyBytes += consumed;
                        done = upstreamEnded && consumed == bytes.Length;
                        if (framing == AnswerFraming.Chunked)
                        {
                            BodyCopy.WriteChunk(downstream.Output, bytes.FirstSpan);
                            if (done)
                            {
                                downstream.Output.Write(ChunkedEncoder.LastChunk);
                            }
                        }
                        else
                        {
                            bare = BodyCopy.Slice(bytes, 0, consumed);
                        }

                        break;
                }
            }

            long sentAt = downstream.Loop.Now;
            FlushResult flushed = await downstream.SendAsync(request.Settings.WriteStall, bare);
            ClientLagged |= downstream.Loop.Now - sentAt >= Lag;
            upstream.Input.AdvanceTo(bytes.GetPosition(consumed));
            if (flushed.IsCompleted || flushed.IsCanceled)
            {
                MustClose = true;
                return ProxyError.ClientGone;
            }

            if (done)
            {
                return ProxyError.None;
            }

            long askedAt = upstream.Loop.Now;
            upstream.SetDeadline(askedAt + idle);
            ReadResult read = await upstream.Input.ReadAsync();
            UpstreamLagged |= upstream.Loop.Now - askedAt >= Lag;
            buffer = read.Buffer;
            skip = 0;
            upstreamEnded = read.IsCompleted;
            if (read.IsCanceled)
            {
                return Break(downstream, upstream, buffer.Start, ProxyError.AnswerStalled);
            }

            if (upstreamEnded && (body.Kind == BodyKind.UntilClose ? upstream.Fault != TransportFault.None : buffer.IsEmpty))
            {
                return Break(downstream, upstream, buffer.Start, ProxyError.AnswerCut);
            }
        }
    }

    /// <summary>How the client learns where the body ends.</summary>
    private AnswerFraming FramingFor(int clientMinorVersion) =>
        Head.Body.Kind is not (BodyKind.Chunked or BodyKind.UntilClose) ? AnswerFraming.AsReceived
        : clientMinorVersion == 0 ? AnswerFraming.UntilClose
        : AnswerFraming.Chunked;

    /// <summary>Leaves the message visibly incomplete (RFC 9112 8): the caller closes, and a body that only a close would end is reset.</summary>
    private ProxyError Break(Transport downstream, Transport upstream, SequencePosition at, ProxyError error)
    {
        upstream.Input.AdvanceTo(at);
        if (MustClose)
        {
            downstream.Abort();
        }

        MustClose = true;
        return error;
    }
}
