// Copies requests for a mirrored version: which may be copied, and how many copies may be under way on this worker at once.
// What does not find room is dropped and counted; nothing waits for a copy, and no copy waits for room. Worker's thread only.

using OpenClaw.Edge.Io;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Forward;

internal sealed class Mirror
{
    /// <summary>Copies under way at once. Until they are sent they hold a block each: 4 KB nearly always, 64 KB for a head at the default limit; so 4 MB at worst.</summary>
    public const int UnderWayMax = 64;

    private readonly EventLoop _loop;
    private readonly Lender<MirrorExchange> _exchanges;
    private int _underWay;

    /// <param name="heads">Lent for the moment in which a copy is composed.</param>
    /// <param name="reportBug">Told of exceptions that should not be.</param>
    public Mirror(EventLoop loop, Lender<RequestHead> heads, Action<Exception> reportBug)
    {
        _loop = loop;
        _exchanges = new Lender<MirrorExchange>(() => new MirrorExchange(loop, heads, GiveBack, reportBug));
    }

    /// <summary>Safe to do twice (RFC 9110 9.2.1), nothing but a head, and no wish to leave HTTP.</summary>
    public static bool Takes(RequestHead head) => head.Method is Method.Get or Method.Head && head.Body.IsEmpty && !head.WantsUpgrade;

    /// <summary>Takes a copy of the request's head now; it is sent in the loop's next turn, when the request itself has gone its way.</summary>
    public void Copy(ForwardRequest request, VersionUpstreams to, MirrorCounters counters)
    {
        if (!to.IsPromising)
        {
            counters.Count(MirrorResult.Failed); // the last connect failed less than a second ago
        }
        else if (_underWay == UnderWayMax)
        {
            counters.Count(MirrorResult.Dropped);
        }
        else
        {
            _underWay++;
            MirrorExchange exchange = _exchanges.Rent();
            exchange.Take(request, to, counters);
            _loop.Post(exchange.Start);
        }
    }

    private void GiveBack(MirrorExchange exchange)
    {
        _underWay--;
        _exchanges.Return(exchange);
    }
}
