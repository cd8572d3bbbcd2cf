// What a client gets before the final answer: the 1xx of the upstream, and the edge's own 100 (Continue) where the upstream keeps silent
// about an expectation. One object per forwarder, used anew for each exchange; worker's thread.

using System.Buffers;
using OpenClaw.Edge.Io;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

internal sealed class InterimAnswers(ForwardRequest request)
{
    /// <summary>Of one upstream. RFC 9110 15.2 sets no number; a peer that sends more is broken.</summary>
    public const int Max = 16;

    /// <summary>How long an upstream may leave a client waiting for 100 before the edge says it (RFC 9110 10.1.1 lets clients wait for ever).</summary>
    public const long ContinuePatience = Clock.Second;

    private int _count;
    private bool _saidContinue;

    /// <summary>The edge's own.</summary>
    public static ReadOnlySpan<byte> Continue => "HTTP/1.1 100 Continue\r\n\r\n"u8;

    /// <summary>The upstream has sent none.</summary>
    public bool IsEmpty => _count == 0;

    public void Begin()
    {
        _count = 0;
        _saidContinue = false;
    }

    /// <summary>Another upstream is asked; what the client was told stays said.</summary>
    public void BeginAgain() => _count = 0;

    /// <summary>Passes a 1xx on (RFC 9110 15.2), but for a second 100, and never to an HTTP/1.0 client. False: 101, which nobody asked for, or one too many.</summary>
    public bool TryPass(ResponseHead head)
    {
        bool isContinue = head.StatusCode == 100;
        bool isWanted = request.MinorVersion == 1 && !(isContinue && _saidContinue);
        if (isWanted && head.StatusCode != 101)
        {
            ResponseWriter.WriteInterim(request.Downstream.Output, head);
        }

        _saidContinue |= isContinue;
        return head.StatusCode != 101 && ++_count <= Max;
    }

    /// <summary>Lets the client send. False: it does not wait for that, or has been told.</summary>
    public bool TrySayContinue()
    {
        if (!request.ExpectContinue || _saidContinue)
        {
            return false;
        }

        request.Downstream.Output.Write(Continue);
        _saidContinue = true;
        return true;
    }
}
