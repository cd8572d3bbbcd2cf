// Pools when others stand behind an address: a worker's real loop and sockets, words from outside by hand.

using System.Net;
using OpenClaw.Edge.Demo;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tests.Observe;
using OpenClaw.TestKit;

namespace OpenClaw.Edge.Tests.Forward;

public sealed class RenewalTests : IAsyncDisposable
{
    private const string Policy = "canary: {version: v2}\nweightFrom: {httpRoute: r, rollout: r}\n";

    private readonly RawUpstream _stable = RawUpstream.Answering("");
    private readonly RawUpstream _canary = RawUpstream.Answering("");
    private readonly ControlFixture _edge;

    public RenewalTests()
    {
        _edge = new ControlFixture(Policy, Edge("127.0.0.1"));
        _edge.StartWorkers();
    }

    public async ValueTask DisposeAsync()
    {
        _edge.Dispose();
        await _stable.DisposeAsync();
        await _canary.DisposeAsync();
    }

    private string Edge(string host) => $$"""
        listeners:
        - address: "127.0.0.1:8080"
        versions:
          v1: {endpoints: ["http://127.0.0.1:{{_stable.Port}}"]}
          v2: {endpoints: ["http://{{host}}:{{_canary.Port}}"]}
        """;

    private void Say(double share, string stable = "A", string canary = "B") => _edge.Control.Apply(new ExternalWeights(new Dictionary<string, double> { ["v2"] = share }, 0)
    {
        Releases = new Dictionary<string, string> { ["v1"] = stable, ["v2"] = canary },
    });

    private Task<T> OnAsync<T>(int worker, string version, Func<WorkerVersion, Task<T>> work)
    {
        Worker on = _edge.Control.Workers[worker];
        return on.Loop.CallAsync(() => work(on.VersionOf(_edge.Control.Plan.Versions.Single(live => live.Name == version))));
    }

    /// <summary>Opens a connection on a worker, for an exchange that is under way until it is given back.</summary>
    private Task<UpstreamConnection> BorrowAsync(int worker, string version, bool mirrored = false) => OnAsync(worker, version, async mine =>
    {
        EndpointPool pool = (mirrored ? mine.Mirrored : mine.Upstreams).Choose()!;
        return pool.TakeIdle() ?? (await pool.OpenAsync()).Connection!;
    });

    private Task<int> GiveBackAsync(int worker, string version, UpstreamConnection connection) => OnAsync(worker, version, _ =>
    {
        connection.Pool.Return(connection, reusable: true);
        return Task.FromResult(connection.Pool.Idle);
    });

    private async Task FillAsync()
    {
        foreach (string version in (string[])["v1", "v2"])
        {
            for (int worker = 0; worker < 2; worker++)
            {
                UpstreamConnection first = await BorrowAsync(worker, version), second = await BorrowAsync(worker, version), mirrored = await BorrowAsync(worker, version, mirrored: true);
                await GiveBackAsync(worker, version, first);
                Assert.Equal(2, await GiveBackAsync(worker, version, second));
                await GiveBackAsync(worker, version, mirrored);
            }
        }
    }

    /// <summary>Idle connections to a version, on all workers, as of now.</summary>
    private async Task<int> IdleAsync(string version)
    {
        int idle = 0;
        for (int worker = 0; worker < 2; worker++)
        {
            idle += await OnAsync(worker, version, mine => Task.FromResult(mine.Upstreams.Pools.Concat(mine.Mirrored.Pools).Sum(pool => pool.Idle)));
        }

        return idle;
    }

    private async Task<(int Stable, int Canary)> IdleAsync() => (await IdleAsync("v1"), await IdleAsync("v2"));

    [Fact]
    public async Task WeightThatMoves_KeepsEveryConnection()
    {
        Say(0.1);
        await FillAsync();
        for (int i = 1; i <= 1000; i++)
        {
            Say(0.001 * i);
        }

        Assert.Equal((6, 6), await IdleAsync());
        Assert.Equal((6, 6), (_stable.Connections, _canary.Connections));
    }

    [Theory]
    [InlineData(0.2, "A", "C", 6, 0)] // another release of the canary
    [InlineData(1, "B", "B", 0, 6)] // promoted, and the route has yet to follow
    [InlineData(0, "B", "B", 0, 0)] // promoted
    [InlineData(0, "A", "A", 0, 0)] // aborted
    [InlineData(0, "A", "B", 0, 0)] // a route that falls to nothing while no rollout tells why
    public async Task RepointedService_LosesItsIdleConnectionsOnEveryWorker(double share, string stable, string canary, int stableLeft, int canaryLeft)
    {
        Say(0.2);
        await FillAsync();
        Say(share, stable, canary);

        Assert.Equal((stableLeft, canaryLeft), await IdleAsync());
        await Deadline.UntilAsync(() => (_stable.Open, _canary.Open) == (stableLeft, canaryLeft), "the sockets to close");
        Say(share, stable, canary);
        await FillAsync();
        Say(share, stable, canary); // the same word again
        Assert.Equal((6, 6), await IdleAsync());
    }

    [Fact]
    public async Task WordThatIsLost_CountsAsAFallToNothing()
    {
        Say(0.2);
        await FillAsync();
        _edge.Control.Apply(new ExternalWeights(new Dictionary<string, double>(), 0));
        Assert.Equal((0, 0), await IdleAsync());
    }

    [Fact]
    public async Task ConnectionInUse_IsNotCutAndNotKept()
    {
        Say(0.2);
        UpstreamConnection used = await BorrowAsync(0, "v2");
        Say(0.2, canary: "C");
        await IdleAsync(); // the worker has heard of it
        Assert.False(used.Transport.IsClosed);
        Assert.Equal(0, await GiveBackAsync(0, "v2", used));
        Assert.True(used.Transport.IsClosed);

        UpstreamConnection later = await BorrowAsync(0, "v2");
        Assert.Equal(1, await GiveBackAsync(0, "v2", later));
        Assert.Same(later, await BorrowAsync(0, "v2"));
    }

    /// <summary>Between the word and the worker's turn: the connection is idle still, and is not lent.</summary>
    [Fact]
    public async Task IdleConnectionOfBefore_IsNotLent()
    {
        UpstreamConnection before = await BorrowAsync(0, "v2");
        await GiveBackAsync(0, "v2", before);
        _edge.Control.Plan.Canaries[0].Upstream.Endpoints[0].Renew();

        Assert.NotSame(before, await BorrowAsync(0, "v2"));
        Assert.True(before.Transport.IsClosed);
    }

    [Fact]
    public async Task FailuresOfBefore_AreNotTheNewOnes()
    {
        Say(0.2);
        await OnAsync(0, "v2", mine =>
        {
            mine.Failures.Add(0);
            return Task.FromResult(0);
        });
        Say(0.3);
        Assert.Equal(1, await OnAsync(0, "v2", mine => Task.FromResult(mine.Failures.Length)));
        Say(0.3, canary: "C");
        Assert.Equal(0, await OnAsync(0, "v2", mine => Task.FromResult(mine.Failures.Length)));
    }

    [Fact]
    public async Task NamesLookedUpAgain_KeepConnectionsWhileTheAddressStays()
    {
        await FillAsync();
        await _edge.Control.ResolveAsync();
        Assert.Equal((6, 6), await IdleAsync());
    }

    [Fact]
    public async Task NameThatLeadsElsewhere_LosesItsConnections()
    {
        _edge.Reload(Edge("localhost"), Policy);
        await FillAsync();
        Endpoint canary = _edge.Control.Plan.Canaries[0].Upstream.Endpoints[0];
        IPAddress here = IPAddress.Parse(canary.AddressText[..canary.AddressText.LastIndexOf(':')]), elsewhere = IPAddress.Parse("127.0.0.2");
        canary.LookUp = _ => Task.FromResult<IPAddress[]>([elsewhere, here]); // one more, and the one before is still among them
        await _edge.Control.ResolveAsync();
        Assert.Equal((6, 6), await IdleAsync());

        canary.LookUp = _ => Task.FromResult<IPAddress[]>([elsewhere]);
        await _edge.Control.ResolveAsync();
        Assert.Equal((6, 0), await IdleAsync());
        Assert.StartsWith("127.0.0.2:", canary.AddressText);
    }

    [Fact]
    public void Endpoint_IsAnotherPlaceAtTheSameAddress()
    {
        Endpoint endpoint = _edge.Control.Plan.Stable.Upstream.Endpoints[0], unknown = new(endpoint.Settings with { Host = "nowhere.invalid" });
        SocketAddress before = endpoint.Address!;
        endpoint.Renew();
        unknown.Renew();

        Assert.NotSame(before, endpoint.Address);
        Assert.Equal(before, endpoint.Address);
        Assert.Null(unknown.Address);
    }
}
