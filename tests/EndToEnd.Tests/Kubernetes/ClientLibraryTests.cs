// Two client libraries with watches of their own against the fake API server: the informer of @kubernetes/client-node, and python3-kubernetes.

using OpenClaw.TestKit.Kubernetes;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

public sealed class ClientLibraryTests : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3"; // the one that Debian's packages are for
    private const string PythonPackage = "/usr/lib/python3/dist-packages/kubernetes";

    private FakeApiServer _server = null!;

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Informer_FollowsOneObject()
    {
        await using Child informer = await StartInformerAsync();
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(50, "another"));
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(20, note: "größer"));
        await informer.WaitForLineAsync("update rating-api 80/20");
        _server.Store.Delete(ResourceKind.HttpRoute, Objects.Namespace, "rating-api");
        await informer.WaitForLineAsync("delete rating-api 80/20");
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(1));
        await informer.WaitForLineAsync("add rating-api 99/1");
        Assert.Equal(["connect", "add rating-api 95/5", "update rating-api 80/20", "delete rating-api 80/20", "add rating-api 99/1"], informer.Lines.Distinct());
    }

    [Fact]
    public async Task Informer_ReadsTheListAgainAfter410()
    {
        await using Child informer = await StartInformerAsync();
        _server.Store.Compact();
        _server.ExpireWatches();
        await Deadline.UntilAsync(() => _server.Calls.Count(call => call.Verb == "list") == 2, "another list");
        await _server.WatchedAsync(ResourceKind.HttpRoute);
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(30));
        await informer.WaitForLineAsync("update rating-api 70/30");
    }

    [Fact]
    public async Task Informer_ComesBackAfterARestartOfTheServer()
    {
        await using Child informer = await StartInformerAsync();
        await _server.StopAsync();
        await informer.WaitForLineAsync("error");
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(40));
        await _server.StartAsync();
        await informer.WaitForLineAsync("update rating-api 60/40");
    }

    [Fact]
    public async Task PythonWatch_GetsStateChangesAndBookmarks()
    {
        await using Child watch = await StartPythonAsync(new ApiServerOptions { BookmarkInterval = TimeSpan.FromMilliseconds(300) }, events: 4);
        await watch.WaitForLineAsync("ADDED 95/5");
        await watch.WaitForLineAsync("BOOKMARK");
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(20, note: "größer"));
        await watch.WaitForLineAsync("MODIFIED 80/20");
        _server.Store.Delete(ResourceKind.HttpRoute, Objects.Namespace, "rating-api");
        await watch.WaitForLineAsync("DELETED 80/20");
    }

    [Fact]
    public async Task PythonWatch_IsToldInTheStreamThatItsVersionIsForgotten()
    {
        await using Child watch = await StartPythonAsync(new ApiServerOptions(), events: 2);
        await watch.WaitForLineAsync("ADDED 95/5");
        _server.ExpireWatches();
        await watch.WaitForLineAsync("ApiException 410");
    }

    private async Task<Child> StartInformerAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(5));
        string? package = NpmPeer.Package("@kubernetes/client-node");
        Assert.SkipWhen(package is null, NpmPeer.WhyMissing("@kubernetes/client-node"));
        Child informer = Child.Start(Needs.Program("node", "nodejs"), Script("informer.mjs"), package!, _server.Url, Objects.Namespace, "rating-api");
        await informer.WaitForLineAsync("add rating-api 95/5");
        await _server.WatchedAsync(ResourceKind.HttpRoute, "rating-api");
        return informer;
    }

    private async Task<Child> StartPythonAsync(ApiServerOptions options, int events)
    {
        _server = await FakeApiServer.StartAsync(options);
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(5));
        Assert.SkipWhen(!Directory.Exists(PythonPackage), Peer.WhyMissing("python3-kubernetes"));
        return Child.Start(Python, Script("watch.py"), _server.Url, Objects.Namespace, "rating-api", events.ToString());
    }

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Kubernetes", name);
}
