// What the edge answers itself before any version is asked: the redirect to https, a body over the limit, the end of
// Max-Forwards, a rate limit. One object per exchange, worker's thread; says what to answer and sends nothing.

using System.Text;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Limit;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Split;
using OpenClaw.Protocol;

namespace OpenClaw.Edge;

internal sealed class Gate(WorkerCounters counters)
{
    private byte[]? _limitLines; // from the first refusal by a rate limit

    /// <summary>Costs neither a turn nor an upstream connection. The result is good until the next call.</summary>
    /// <param name="redirectPort">Where https is served; 0: requests are not redirected.</param>
    /// <param name="now">The worker's clock, in nanoseconds.</param>
    public Refusal Ask(Plan plan, in Caller caller, int redirectPort, long now)
    {
        RequestHead head = caller.Head;
        if (redirectPort != 0)
        {
            return new Refusal(308, "this service is served over https", fields: Location(head, redirectPort));
        }

        if (head.Body.Kind == BodyKind.Length && head.Body.Length > plan.Forwarding.BodyBytesMax)
        {
            return new Refusal(413, ProxyErrors.Text(ProxyError.RequestBodyTooLarge));
        }

        // RFC 9110 7.6.2: the last hop answers itself. A trace is not echoed: it would show fields that the client cannot see.
        if (head.MaxForwards == 0)
        {
            return head.Method == Method.Options ? new Refusal(200, "openclaw-edge") : new Refusal(405, "TRACE is not echoed here");
        }

        return plan.Limiter is { } limiter ? Ask(limiter, plan, caller, now) : default;
    }

    private Refusal Ask(Limiter limiter, Plan plan, in Caller caller, long now)
    {
        Verdict verdict = limiter.Check(caller.Head, limiter.AsksForAddress ? caller.AddressBehind(plan.Forwarding.Trusted) : null, now);
        counters.Count(verdict);
        if (!verdict.IsRefused)
        {
            return default;
        }

        _limitLines ??= new byte[Limiter.FieldsBytesMax];
        return new Refusal(429, "too many requests; come again later", fields: _limitLines.AsMemory(0, limiter.WriteFields(_limitLines, verdict)), reason: Reason.Limited);
    }

    /// <summary>The same target at the https port; the host as the client named it (RFC 9110 15.4.9 keeps the method).</summary>
    private static byte[] Location(RequestHead head, int port)
    {
        ReadOnlySpan<byte> host = head.Authority;
        int colon = host.LastIndexOf((byte)':');
        host = colon >= 0 && host.IndexOf((byte)']') < colon ? host[..colon] : host;
        string suffix = port == 443 ? "" : $":{port}";
        return Encoding.Latin1.GetBytes($"Location: https://{Encoding.Latin1.GetString(host)}{suffix}{Encoding.Latin1.GetString(head.OriginTarget)}\r\n");
    }
}
