// A release in a cluster, from its first step to promotion or abort: the traffic follows what the controller writes, exactly and soon, from either source.

using System.Diagnostics;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

[Collection(nameof(Alone))]
public sealed class RolloutTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    [Theory, InlineData(true), InlineData(false)]
    public async Task Steps_GetTheirShareExactly(bool hasRoute)
    {
        await using ClusterScene scene = await ClusterScene.StartAsync(new ClusterSetup { HasRoute = hasRoute });
        Assert.Equal(0, await scene.AskAsync(200));
        await scene.Controller.ReleaseAsync("two");
        Assert.Equal(0, await scene.AskAsync(200));
        foreach (int weight in (int[])[5, 20, 50, 75])
        {
            await scene.Controller.SetWeightAsync(weight);
            await scene.WeightAsync(weight);
            await scene.Controller.PauseAsync();
            Assert.InRange(await scene.AskAsync(1000) - 10 * weight, -1, 1);
        }

        await scene.Controller.FinishStepsAsync();
        await scene.WeightAsync(100);
        Assert.Equal(500, await scene.AskAsync(500));
        await scene.Controller.PromoteAsync();
        await scene.WeightAsync(0);
        Assert.Equal(0, await scene.AskAsync(500));
        await scene.EndAsync();
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task AbortAtEachStep_TakesEffectWithinASecond(bool hasRoute)
    {
        await using ClusterScene scene = await ClusterScene.StartAsync(new ClusterSetup { HasRoute = hasRoute });
        LoadGenerator load = scene.Load();
        foreach (int weight in (int[])[5, 20, 50, 100])
        {
            await scene.Controller.ReleaseAsync($"release-{weight}");
            long begun = Stopwatch.GetTimestamp();
            await (weight == 100 ? scene.Controller.FinishStepsAsync() : scene.Controller.SetWeightAsync(weight));
            await scene.WeightAsync(weight);
            await Deadline.UntilAsync(() => load.Answers.Any(answer => answer.Version == "v2" && answer.SentAt > begun), "traffic at the canary");

            long aborted = Stopwatch.GetTimestamp();
            await scene.Controller.AbortAsync();
            await Task.Delay(Soon); // what goes to the canary after that is too late
            long late = Stopwatch.GetTimestamp();
            await Deadline.UntilAsync(() => load.Answers.Count(answer => answer.SentAt > late) > 200, "traffic after the abort");
            long last = load.Answers.Where(answer => answer.Version == "v2").Max(answer => answer.SentAt);
            Assert.InRange(Stopwatch.GetElapsedTime(aborted, last), TimeSpan.MinValue, Soon);
        }

        await scene.EndAsync();
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task AllSteps_BypassTheBucketAtTheEnd(bool hasRoute)
    {
        await using ClusterScene scene = await ClusterScene.StartAsync(new ClusterSetup { HasRoute = hasRoute });
        await scene.Edge.ReloadAsync(() => scene.Folder.Replace("policy.yaml", scene.PolicyOf("").Replace("{capacity: 1000000, refillRate: 1000000}", "{capacity: 5, refillRate: 0.01}")));
        await scene.Controller.ReleaseAsync("two");
        await scene.Controller.SetWeightAsync(50);
        await scene.WeightAsync(50);
        Assert.InRange(await scene.AskAsync(200), 1, 6);
        Assert.Equal(0, await scene.MetricAsync("openclaw_bucket_bypassed_total"));

        await scene.Controller.FinishStepsAsync();
        await scene.WeightAsync(100);
        Assert.Equal(200, await scene.AskAsync(200));
        Assert.Equal(200, await scene.MetricAsync("openclaw_bucket_bypassed_total"));
        await scene.EndAsync();
    }

    [Fact]
    public async Task HeaderRoute_TakesThoseWhoCarryTheHeaders()
    {
        await using ClusterScene scene = await ClusterScene.StartAsync();
        LoadGenerator load = scene.Load();
        await scene.Controller.ReleaseAsync("two");
        await scene.Controller.SetHeaderRouteAsync("testers", ("X-Tester", "yes", false), ("X-Region", "eu-.*", true));
        async Task<string> AskAsync(params string[] fields) => await scene.GetAsync(fields) is { } answer ? $"{answer["X-OpenClaw-Version"]} {answer["X-OpenClaw-Reason"]}" : "";
        await Deadline.UntilAsync(async () => await AskAsync("X-Tester: yes", "X-Region: eu-west") == "v2 override", "the header route to be in force");
        Assert.Equal("v2 override", await AskAsync("x-tester: yes", "x-region: eu-"));
        Assert.Equal("v1 stable", await AskAsync("X-Tester: yes"));
        Assert.Equal("v1 stable", await AskAsync("X-Tester: yes", "X-Region: us-east"));
        Assert.Equal("v1 stable", await AskAsync("X-Tester: yes", "X-Region: not-eu-west"));
        await scene.Controller.SetWeightAsync(20); // the rule stays as it is
        await scene.WeightAsync(20);
        Assert.Equal("v2 override", await AskAsync("X-Tester: yes", "X-Region: eu-west"));
        Assert.Equal(0, await scene.MetricAsync("openclaw_kubernetes_objects_refused_total"));

        await scene.Controller.AbortAsync();
        await scene.WeightAsync(0);
        Assert.Equal("v1 stable", await AskAsync("X-Tester: yes", "X-Region: eu-west"));
        await scene.EndAsync();
        Assert.Contains(load.Answers, answer => answer.Version == "v2");
    }

    [Fact]
    public async Task Experiment_TakesItsShareFromStable()
    {
        await using ClusterScene scene = await ClusterScene.StartAsync();
        await scene.Controller.ReleaseAsync("two");
        await scene.Controller.SetWeightAsync(20);
        await scene.Controller.ExperimentAsync("rating-api-experiment", 30);
        await scene.Edge.Process.WaitForLineAsync("rating-api-experiment");
        await scene.WeightAsync(20);
        Assert.InRange(await scene.AskAsync(500), 99, 101);
        await scene.EndAsync();
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task AnotherTemplateInMidCanary_IsJudgedAnew(bool hasRoute)
    {
        bool isBad = true;
        await using ClusterScene scene = await ClusterScene.StartAsync(new ClusterSetup
        {
            HasRoute = hasRoute,
            Canary = RawUpstream.Answering(_ => Volatile.Read(ref isBad) ? "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n" : Scene.Ok),
        });
        await scene.Edge.ReloadAsync(() => scene.Folder.Replace("policy.yaml", scene.PolicyOf("").Replace("guard: {mode: off}", "guard: {mode: enforce, rampOver: 0s}")));
        await scene.Controller.ReleaseAsync("two");
        await scene.Controller.SetWeightAsync(50);
        await scene.WeightAsync(50);
        LoadGenerator bad = LoadGenerator.Start(scene.Edge.Port, 4);
        await scene.ReachesAsync(1, "openclaw_guard_state", "state=\"tripped\"");
        await bad.StopAsync();
        await scene.WeightAsync(0);

        Volatile.Write(ref isBad, false);
        double releases = await scene.MetricAsync("openclaw_release_changes_total", "version=\"v2\"");
        await scene.Controller.ReleaseAsync("three");
        await scene.Controller.SetWeightAsync(20);
        await scene.WeightAsync(20);
        Assert.Equal(releases + 1, await scene.MetricAsync("openclaw_release_changes_total", "version=\"v2\""));
        Assert.Equal(0, await scene.MetricAsync("openclaw_guard_state", "state=\"tripped\""));
        Assert.InRange(await scene.AskAsync(500), 99, 101);
        await scene.EndAsync();
    }
}
