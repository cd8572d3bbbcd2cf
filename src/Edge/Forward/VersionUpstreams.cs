// One worker's pools of one version, and the choice among its endpoints: the one with the fewest exchanges under way, in
// turns where several have as few. Worker's thread only.

using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Forward;

internal sealed class VersionUpstreams(EventLoop loop, Version version, int workers)
{
    private Endpoint[] _endpoints = [];
    private EndpointPool[] _pools = [];
    private int _turn;

    public Version Version => version;

    /// <summary>Replaced as a whole; a scrape on another thread may read it.</summary>
    public IReadOnlyList<EndpointPool> Pools => _pools;

    /// <summary>Some endpoint may be expected to take a request.</summary>
    public bool IsPromising
    {
        get
        {
            foreach (EndpointPool pool in Current())
            {
                if (pool.IsPromising)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The pool to use now; null when no endpoint has an address. One that is not promising is used only if none is.</summary>
    /// <param name="not">One that has just failed: avoided where there is another.</param>
    public EndpointPool? Choose(EndpointPool? not = null)
    {
        EndpointPool[] pools = Current();
        if (pools.Length == 1)
        {
            return pools[0].Endpoint.Address is null ? null : pools[0];
        }

        EndpointPool? best = null;
        for (int i = 0; i < pools.Length; i++)
        {
            EndpointPool pool = pools[(_turn + i) % pools.Length];
            if (pool.Endpoint.Address is not null && (best is null || IsBetter(pool, best, not)))
            {
                best = pool;
            }
        }

        _turn = pools.Length == 0 ? 0 : (_turn + 1) % pools.Length;
        return best;
    }

    /// <summary>Closes the idle connections to endpoints that have been renewed.</summary>
    public void Renew()
    {
        foreach (EndpointPool pool in _pools)
        {
            pool.Renew();
        }
    }

    /// <summary>Closes every idle connection; used ones close when they come back.</summary>
    public void Retire()
    {
        foreach (EndpointPool pool in _pools)
        {
            pool.Retire();
        }

        _pools = [];
        _endpoints = [];
    }

    private static bool IsBetter(EndpointPool pool, EndpointPool best, EndpointPool? not) =>
        (pool == not) != (best == not) ? best == not
        : pool.IsPromising != best.IsPromising ? pool.IsPromising
        : pool.Active < best.Active;

    private EndpointPool[] Current()
    {
        if (!ReferenceEquals(_endpoints, version.Endpoints))
        {
            Rebuild();
        }

        return _pools;
    }

    private void Rebuild()
    {
        Endpoint[] endpoints = version.Endpoints;
        foreach (EndpointPool pool in _pools)
        {
            if (!endpoints.Contains(pool.Endpoint))
            {
                pool.Retire();
            }
        }

        _pools = [.. endpoints.Select(endpoint => _pools.FirstOrDefault(pool => pool.Endpoint == endpoint) ?? new EndpointPool(loop, endpoint, version, workers))];
        _endpoints = endpoints;
    }
}
