// An edge that loses its API server, in every way there is: it keeps what it knew, says so, comes back by itself, and no client notices.

using System.Diagnostics;
using OpenClaw.TestKit.Kubernetes;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

public sealed class WatchLossTests
{
    private const string Tries = "openclaw_kubernetes_watch_failures_total";

    [Theory, InlineData(true), InlineData(false)]
    public async Task Restart_IsFollowedByWhatWasMissed(bool hasRoute)
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20, new ClusterSetup { HasRoute = hasRoute });
        scene.Load(500);
        await scene.Api.StopAsync();
        await scene.ReachesAsync(1, Tries, $"resource=\"{scene.Source}\"", "cause=\"unreachable\"");
        Assert.Equal(0, await scene.MetricAsync("openclaw_kubernetes_watch_connected"));
        await scene.WeightAsync(20);
        Assert.True(await scene.IsReadyAsync());

        await scene.Api.StartAsync();
        await scene.Controller.SetWeightAsync(50);
        await scene.WeightAsync(50);
        await scene.ReachesAsync(1, "openclaw_kubernetes_watch_connected", $"resource=\"{scene.Source}\"");
        Assert.Contains(scene.Edge.Process.Lines, line => line.Contains("cannot be watched (unreachable)") && line.Contains("what it said last counts"));
        await scene.Edge.Process.WaitForLineAsync("is watched again, after"); // the metric is a moment ahead of it
        await scene.EndAsync();
    }

    [Fact]
    public async Task ServerFromABackup_IsReadAnew()
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20);
        scene.Load(500);
        await scene.Api.StopAsync();
        scene.Api.Store.StartOver(); // the version that the edge remembers lies in the future now
        await scene.Api.StartAsync();
        await scene.Controller.SetWeightAsync(50);
        await scene.WeightAsync(50);
        await scene.EndAsync();
    }

    /// <summary>After a watch whose time was up, as 410 or as an event of the next; or in the midst of one.</summary>
    [Theory, InlineData("410"), InlineData("event"), InlineData("midway")]
    public async Task ForgottenVersion_IsReadAnew(string form)
    {
        TimeSpan longest = form == "midway" ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(2);
        await using ClusterScene scene = await ClusterScene.AtAsync(20, new ClusterSetup { Server = new ApiServerOptions { LongestWatch = longest } });
        scene.Load(500);
        scene.Api.Faults.ExpireInStream = form == "event";
        int seen = scene.Api.Calls.Count;
        scene.Api.Store.Put(ResourceKind.ConfigMap, "openclaw", Objects.ConfigMap("other", "a", "b"));
        scene.Api.Store.Compact();
        if (form == "midway")
        {
            scene.Api.ExpireWatches();
        }

        await scene.ReachesAsync(1, Tries, "resource=\"httproute\"", "cause=\"expired\"");
        await Deadline.UntilAsync(() => scene.Api.Calls.Skip(seen).Any(call => call.Verb == "list" && call.Kind == ResourceKind.HttpRoute), "another list");
        await scene.Controller.SetWeightAsync(50);
        await scene.WeightAsync(50);
        Assert.Equal(await scene.MetricAsync(Tries), await scene.MetricAsync(Tries, "cause=\"expired\"")); // nothing else was wrong
        await scene.EndAsync();
    }

    [Fact]
    public async Task WatchWhoseTimeIsUp_GoesOnFromTheBookmark()
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20, new ClusterSetup { Server = new ApiServerOptions { BookmarkInterval = TimeSpan.FromMilliseconds(100), LongestWatch = TimeSpan.FromSeconds(2) } });
        await scene.ReachesAsync(3, "openclaw_kubernetes_watch_events_total", "resource=\"httproute\"", "type=\"bookmark\"");
        scene.Api.Store.Put(ResourceKind.ConfigMap, "openclaw", Objects.ConfigMap("other", "a", "b")); // the bookmark after it has a version of its own
        int Watches() => scene.Api.Calls.Count(call => call.Verb == "watch" && call.Kind == ResourceKind.HttpRoute);
        int before = Watches();
        await Deadline.UntilAsync(() => Watches() > before + 1, "another watch");
        Assert.Equal(1, scene.Api.Calls.Count(call => call.Verb == "list" && call.Kind == ResourceKind.HttpRoute));
        Assert.Equal(0, await scene.MetricAsync(Tries));
        Assert.Equal(scene.Api.Store.Versions.Show(scene.Api.Store.Version), scene.Api.Calls.Last(call => call.Verb == "watch" && call.Kind == ResourceKind.HttpRoute).Query["resourceVersion"]);
        await scene.Controller.SetWeightAsync(50);
        await scene.WeightAsync(50);
        await scene.EndAsync();
    }

    [Fact]
    public async Task StaleAfter_TakesTheCanaryOutUntilTheServerSpeaksAgain()
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20, new ClusterSetup { From = "staleAfter: 2s", Server = new ApiServerOptions { BookmarkInterval = TimeSpan.FromMilliseconds(500) } });
        scene.Load(500);
        await Task.Delay(TimeSpan.FromSeconds(2.5)); // bookmarks are word enough
        await scene.WeightAsync(20, TimeSpan.Zero);

        scene.Api.Faults.Stall(); // connections stand, and nothing comes
        await scene.WeightAsync(0);
        Assert.InRange(await scene.MetricAsync("openclaw_kubernetes_watch_age_seconds", "resource=\"httproute\""), 2, 20);
        await Deadline.UntilAsync(() => scene.Edge.Process.Lines.Any(line => line.Contains("which is more than staleAfter; the canaries get nothing")), "the line that says so");
        scene.Api.Faults.Resume();
        await scene.WeightAsync(20);
        await scene.EndAsync();
    }

    [Fact]
    public async Task StallWithoutStaleAfter_KeepsTheWeight()
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20, new ClusterSetup { HasRelay = true });
        scene.Load(500);
        scene.Relay!.Stall();
        await scene.Controller.SetWeightAsync(50);
        await scene.ReachesAsync(2, "openclaw_kubernetes_watch_age_seconds", "resource=\"httproute\"");
        await scene.WeightAsync(20);
        Assert.True(await scene.IsReadyAsync());
        scene.Relay.Resume();
        await scene.WeightAsync(50);

        scene.Relay.Cut();
        await scene.Controller.SetWeightAsync(75);
        await scene.WeightAsync(75);
        await scene.EndAsync();
    }

    [Fact]
    public async Task RotatedToken_IsReadAgain()
    {
        using TestAuthority authority = new();
        await using ClusterScene scene = await ClusterScene.AtAsync(20, new ClusterSetup { Authority = authority, Token = "first" });
        scene.Load(500);
        scene.Api.Access.Revoke("first");
        scene.Api.ExpireWatches();
        await scene.ReachesAsync(1, Tries, "resource=\"httproute\"", "cause=\"unauthorized\"");
        await scene.WeightAsync(20);
        Assert.True(await scene.IsReadyAsync());

        scene.Grant("second");
        scene.Folder.Replace("token", "second\n");
        await scene.Controller.SetWeightAsync(50);
        await scene.WeightAsync(50);
        Assert.Equal("second", scene.Api.Calls.Last(call => call.Verb == "watch").Token);
        await scene.EndAsync();
    }

    [Fact]
    public async Task Forbidden_StartsReadyWithoutCanaryAndRecovers()
    {
        using TestAuthority authority = new();
        await using ClusterScene scene = await ClusterScene.StartAsync(new ClusterSetup
        {
            Authority = authority, Token = "edge",
            Before = async scene =>
            {
                await scene.Controller.InstallAsync("one");
                await scene.Controller.ReleaseAsync("two");
                await scene.Controller.SetWeightAsync(50);
                scene.Api.Access.Grant("edge", "system:serviceaccount:openclaw:openclaw-edge", new AccessRule("openclaw", ResourceKind.HttpRoute, ["get", "list", "watch"], "another"));
            },
        });
        Assert.True(await scene.IsReadyAsync());
        Assert.Equal(0, await scene.AskAsync(200));
        await scene.ReachesAsync(1, Tries, "resource=\"httproute\"", "cause=\"forbidden\"");
        Assert.Contains(scene.Edge.Process.Lines, line => line.Contains("cannot be watched (forbidden)") && line.Contains("cannot list resource \"httproutes\""));
        scene.Grant("edge");
        await scene.WeightAsync(50);
        await scene.EndAsync();
    }

    [Fact]
    public async Task RefusalsOfTheServer_AreWaitedOut()
    {
        await using ClusterScene scene = await ClusterScene.AtAsync(20);
        scene.Load(500);
        static bool IsRoute(ApiCall call) => call.Kind == ResourceKind.HttpRoute && call.UserAgent.StartsWith("openclaw-edge/", StringComparison.Ordinal);
        scene.Api.Faults.Refuse(ApiStatus.Throttled(TimeSpan.FromSeconds(2)), which: IsRoute);
        scene.Api.Faults.Refuse(ApiStatus.Broken, which: IsRoute);
        int seen = scene.Api.Calls.Count;
        scene.Api.ExpireWatches();
        await scene.Controller.SetWeightAsync(50);
        await scene.WeightAsync(50);
        ApiCall[] asked = [.. scene.Api.Calls.Skip(seen).Where(IsRoute)];
        Assert.InRange(Stopwatch.GetElapsedTime(asked[0].At, asked[1].At).TotalSeconds, 1.99, 10); // as Retry-After wished; timers count whole milliseconds
        Assert.Equal(1, await scene.MetricAsync(Tries, "resource=\"httproute\"", "cause=\"throttled\""));
        Assert.Equal(1, await scene.MetricAsync(Tries, "resource=\"httproute\"", "cause=\"server\""));
        await scene.EndAsync();
    }

    [Fact]
    public async Task NoServer_StartsReadyWithoutCanary()
    {
        await using ClusterScene scene = await ClusterScene.StartAsync(new ClusterSetup
        {
            Before = async scene =>
            {
                await scene.Controller.InstallAsync("one");
                await scene.Controller.SetWeightAsync(50);
                await scene.Api.StopAsync();
            },
        });
        Assert.True(await scene.IsReadyAsync());
        Assert.Equal(0, await scene.AskAsync(200));
        await scene.Api.StartAsync();
        await scene.WeightAsync(50);
        await scene.EndAsync();
    }
}
