// Objects that exchanges need only for moments, lent last-returned-first: while hundreds of exchanges wait for their
// upstreams, the few that are being worked on share objects that are still in cache. Worker's thread only.

namespace OpenClaw.Edge.Forward;

internal sealed class Lender<T>(Func<T> make) where T : class
{
    private readonly Stack<T> _free = new();

    public T Rent() => _free.TryPop(out T? one) ? one : make();

    public void Return(T one) => _free.Push(one);
}
