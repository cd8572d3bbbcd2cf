// One call of the path where feedback tokens come back: refuses what cannot be a voice, reads the body, has it heard, and says
// what to answer. One object per exchange, worker's thread; sends nothing but 100 (Continue).

using System.Buffers;
using System.Runtime.CompilerServices;
using OpenClaw.Edge.Feedback;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Limit;
using OpenClaw.Edge.Split;
using OpenClaw.Protocol;

namespace OpenClaw.Edge;

internal sealed class FeedbackCall(Worker worker)
{
    /// <summary>A voice has some hundred bytes.</summary>
    private const int BodyBytesMax = SlabPool.SmallBytes;

    private byte[]? _limitLines; // from the first refusal

    /// <summary>Whether the request is such a call.</summary>
    /// <param name="refusal">What to answer without reading its body; none: it may go on.</param>
    /// <param name="now">The worker's clock, in nanoseconds.</param>
    public bool IsFor(Plan plan, in Caller caller, long now, out Refusal refusal)
    {
        RequestHead head = caller.Head;
        bool isCalled = plan.Feedback is { } rules && rules.IsCalled(head);
        refusal = !isCalled ? default
            : head.Method != Method.Post ? new Refusal(405, "a voice comes by POST", fields: "Allow: POST\r\n"u8.ToArray())
            : head.Body.Length > BodyBytesMax ? Refuse(FeedbackResult.TooLarge)
            : Limit(plan, caller, now);
        return isCalled;
    }

    /// <summary>Reads the body and hears it. The request then ends behind the body, or cannot be told from what follows.</summary>
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    public async ValueTask<Refusal> HearAsync(Plan plan, ForwardRequest request)
    {
        Transport downstream = request.Downstream;
        if (request is { Streams: true, ExpectContinue: true })
        {
            downstream.Output.Write(InterimAnswers.Continue);
            await downstream.SendAsync(plan.Forwarding.WriteStall); // a client that is gone shows when its body is read
        }

        byte[] block = worker.Loop.Slabs.Rent(BodyBytesMax);
        BodyReader body = new(downstream, block);
        BodyEnd end = await body.ReadAsync(request.Body, request.Buffer, request.HeadEnd, worker.Loop.Now + plan.Forwarding.BodyStall);
        request.EndAt(body.Rest, body.Used, isWhole: end == BodyEnd.Whole);
        Refusal answer = end switch
        {
            BodyEnd.Whole => Hear(plan.Feedback!, body.Bytes.Span),
            BodyEnd.TooLarge => Refuse(FeedbackResult.TooLarge),
            BodyEnd.Late => Malformed(408, "the body did not arrive in time"),
            BodyEnd.Invalid => Malformed(400, ProxyErrors.Text(ProxyError.RequestBodyInvalid)),
            _ => Malformed(400, "the body is not whole"),
        };
        worker.Loop.Slabs.Return(block);
        return answer;
    }

    private Refusal Hear(FeedbackRules rules, ReadOnlySpan<byte> body)
    {
        if (FeedbackEntry.Read(body, out FeedbackEntry entry) is { } problem)
        {
            return Malformed(400, problem);
        }

        FeedbackResult result = worker.Desk.Hear(rules, entry, worker.Date.Seconds(worker.Loop.Now));
        return new Refusal(FeedbackResults.Status(result), FeedbackResults.Text(result));
    }

    /// <summary>Whatever it says counts, so that nobody has edges verify signatures all day.</summary>
    private Refusal Limit(Plan plan, in Caller caller, long now)
    {
        Limiter limiter = plan.Feedback!.Limiter;
        Verdict verdict = limiter.Check(caller.Head, caller.AddressBehind(plan.Forwarding.Trusted), now);
        if (!verdict.IsRefused)
        {
            return default;
        }

        _limitLines ??= new byte[Limiter.FieldsBytesMax];
        return Refuse(FeedbackResult.Limited, _limitLines.AsMemory(0, limiter.WriteFields(_limitLines, verdict)), Reason.Limited);
    }

    private Refusal Malformed(int status, string text)
    {
        worker.Desk.Count(null, FeedbackResult.Malformed);
        return new Refusal(status, text);
    }

    private Refusal Refuse(FeedbackResult result, ReadOnlyMemory<byte> fields = default, Reason reason = Reason.Rejected)
    {
        worker.Desk.Count(null, result);
        return new Refusal(FeedbackResults.Status(result), FeedbackResults.Text(result), fields: fields, reason: reason);
    }
}
