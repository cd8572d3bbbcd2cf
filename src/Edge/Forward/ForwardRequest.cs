// What one exchange asks of its forwarder. One object per forwarder, filled anew for each request; worker's thread.

using System.Buffers;
using OpenClaw.Edge.Io;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

internal sealed class ForwardRequest(Lender<RequestHead> heads)
{
    private RequestHead? _head;

    /// <summary>The parsed head. Held while it is looked at and given back for the wait; asked for again (a repeated attempt), it is parsed again.</summary>
    public RequestHead Head => _head ?? ParseAgain();

    // What of the head is needed to the end, copied by Accept.
    public Method Method { get; private set; }

    public int MinorVersion { get; private set; }

    public BodyFraming Body { get; private set; }

    public bool ExpectContinue { get; private set; }

    public ForwardSettings Settings { get; set; } = null!;

    public VersionUpstreams Version { get; set; } = null!;

    /// <summary>Who stands in for <see cref="Version"/> when that is taken out; null: nobody.</summary>
    public VersionUpstreams? Fallback { get; set; }

    /// <summary>It also takes what the version failed to do, as far as that may be repeated.</summary>
    public bool FallsBackOnFailure { get; set; }

    public Transport Downstream { get; set; } = null!;

    /// <summary>What the downstream reader gave, not yet advanced; the head lies at its start.</summary>
    public ReadOnlySequence<byte> Buffer { get; private set; }

    /// <summary>Bytes of <see cref="Buffer"/> up to the end of the head.</summary>
    public int HeadEnd { get; private set; }

    /// <summary>Bytes of <see cref="Buffer"/> that belong to this request: the head, and the body if it is all there.</summary>
    public int End { get; private set; }

    /// <summary>The body has not come whole with the head: it is passed on as it comes, and cannot be repeated.</summary>
    public bool Streams { get; private set; }

    /// <summary>The body that came with the head; empty when it streams or there is none.</summary>
    public ReadOnlyMemory<byte> InlineBody => End == HeadEnd ? default : BodyCopy.Slice(Buffer, HeadEnd, End - HeadEnd);

    /// <summary>The value of X-Request-Id, unless a trusted peer brings one.</summary>
    public byte[] RequestId { get; } = new byte[32]; // 128 bits in hexadecimal

    /// <summary>The whole Date line.</summary>
    public byte[] DateLine { get; set; } = [];

    /// <summary>Field lines that go to the client with this one answer: the first <see cref="AnswerLinesLength"/> bytes.</summary>
    public byte[] AnswerLines { get; set; } = [];

    public int AnswerLinesLength { get; set; }

    /// <summary>Is told of the answer; null: nobody is.</summary>
    public Witness? Witness { get; set; }

    /// <summary>The connection ends after this exchange, whatever happens.</summary>
    public bool Close { get; set; }

    /// <summary>Begins a request: an empty head to parse into, perhaps one still held from a request that went nowhere.</summary>
    public void Begin()
    {
        _head ??= heads.Rent();
        _head.Reset();
    }

    /// <summary>The head is whole.</summary>
    public void Accept(in ReadOnlySequence<byte> buffer, int headEnd)
    {
        RequestHead head = _head!;
        Buffer = buffer;
        HeadEnd = headEnd;
        Method = head.Method;
        MinorVersion = head.MinorVersion;
        Body = head.Body;
        ExpectContinue = head.ExpectContinue;
        Streams = !Body.IsEmpty && !(Body.Kind == BodyKind.Length && Body.Length <= buffer.Length - headEnd); // no sum: a length may be near 2^63
        End = Streams ? headEnd : headEnd + (int)Body.Length;
    }

    /// <summary>The body was read here and goes to no upstream; of what the reader gave last, not yet advanced, so much belongs to this request.</summary>
    /// <param name="isWhole">False: bytes of it are still to come.</param>
    public void EndAt(in ReadOnlySequence<byte> buffer, int end, bool isWhole)
    {
        Buffer = buffer;
        End = end;
        Streams = !isWhole;
    }

    /// <summary>Gives the head back, if it is held.</summary>
    public void ReturnHead()
    {
        if (_head is not null)
        {
            heads.Return(_head);
            _head = null;
        }
    }

    private RequestHead ParseAgain()
    {
        Begin();
        RequestParser.Parse(Buffer, _head!, Settings.HeadLimits);
        return _head!;
    }
}
