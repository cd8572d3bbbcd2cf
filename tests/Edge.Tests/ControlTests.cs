// What the control side does with words from outside: whose word counts for which policy, what it costs, what pages say.

using System.Diagnostics;
using System.Text.Json;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tests.Observe;
using OpenClaw.TestKit;
using TestFolder = OpenClaw.Edge.Tests.Policy.TestFolder;

namespace OpenClaw.Edge.Tests;

public sealed class ControlTests
{
    private const string FromRoute = "canary: {version: v2, weight: 0.4}\nweightFrom: {httpRoute: rating-api}\n";

    private static ExternalWeights Word(double share, params (string Version, string Release)[] releases) =>
        new(new Dictionary<string, double> { ["v2"] = share }, TimeProvider.System.GetTimestamp())
        {
            Releases = releases.ToDictionary(release => release.Version, release => release.Release),
        };

    private static (double Effective, double Policy, double? External) Weights(ControlFixture edge)
    {
        JsonElement weight = JsonDocument.Parse(new StatusPage(edge.Control, () => 0).Render()).RootElement.GetProperty("weight");
        JsonElement by = weight.GetProperty("bySource"), external = by.GetProperty("external");
        Dictionary<string, double> series = edge.Series();
        double? said = external.ValueKind == JsonValueKind.Null ? null : external.GetDouble();
        Assert.Equal(said, series.TryGetValue("openclaw_canary_weight{source=\"external\"}", out double counted) ? counted : null);
        Assert.Equal(by.GetProperty("policy").GetDouble(), series["openclaw_canary_weight{source=\"policy\"}"]);
        Assert.Equal(weight.GetProperty("effective").GetDouble(), series["openclaw_canary_weight{source=\"effective\"}"]);
        return (weight.GetProperty("effective").GetDouble(), by.GetProperty("policy").GetDouble(), said);
    }

    [Fact]
    public void PolicyThatAsksNobody_IsAlone()
    {
        using ControlFixture edge = new();
        Plan before = edge.Control.Plan;
        edge.Control.Apply(Word(0.2));

        Assert.Same(before, edge.Control.Plan);
        Assert.Equal((0.05, 0.05, null), Weights(edge));
        Assert.DoesNotContain("openclaw_release_changes_total{", edge.Metrics());
    }

    [Fact]
    public void LowerOfCeilingAndWord_IsInForce()
    {
        using ControlFixture edge = new(FromRoute);
        Assert.Equal((0, 0.4, 0), Weights(edge)); // nobody has said anything yet
        edge.Control.Apply(Word(0.2));
        Assert.Equal((0.2, 0.4, 0.2), Weights(edge));
        edge.Control.Apply(Word(0.7));
        Assert.Equal((0.4, 0.4, 0.7), Weights(edge));
        edge.Control.Abort("v2");
        Assert.Equal((0, 0.4, 0.7), Weights(edge));
        edge.Control.ResetGuard("v2");
        edge.Control.Apply(new ExternalWeights(new Dictionary<string, double>(), 0)); // the object is gone
        Assert.Equal((0, 0.4, 0), Weights(edge));
    }

    [Fact]
    public void CeilingsOfSeveral_AreTheirSum()
    {
        using ControlFixture edge = new("canaries: [{version: v2, weight: 0.1}, {version: v3, weight: 0.2}]\nweightFrom: {rollout: r}\n", TestFolder.Edge + "\n  v3: {endpoints: [\"http://127.0.0.1:9003\"]}\n");
        edge.Control.Apply(new ExternalWeights(new Dictionary<string, double> { ["v2"] = 0.5, ["v3"] = 0.1, ["other"] = 0.3 }, 0));
        Assert.Equal((0.2, 0.3, 0.6), Weights(edge));
    }

    [Fact]
    public void Reload_KeepsTheWordWhereItStillAnswers()
    {
        using ControlFixture edge = new(FromRoute);
        edge.Control.Apply(Word(0.2));
        edge.Reload(TestFolder.Edge, FromRoute + "bucket: {capacity: 5, refillRate: 1}\n");
        Assert.Equal((0.2, 0.4, 0.2), Weights(edge));
        edge.Reload(TestFolder.Edge, FromRoute.Replace("0.4", "0.1"));
        Assert.Equal((0.1, 0.1, 0.2), Weights(edge));
        edge.Reload(TestFolder.Edge, FromRoute.Replace("rating-api", "other"));
        Assert.Equal((0, 0.4, 0), Weights(edge));
        edge.Control.Apply(Word(0.3));
        edge.Reload(TestFolder.Edge, "canary: {version: v2, weight: 0.4}\n");
        Assert.Equal((0.4, 0.4, null), Weights(edge));
        edge.Reload(TestFolder.Edge, FromRoute);
        Assert.Equal((0, 0.4, 0), Weights(edge)); // what was said once is not what is said now
    }

    [Fact]
    public void Releases_AreCountedWhenTheyChange()
    {
        const string stable = "openclaw_release_changes_total{version=\"v1\"}", canary = "openclaw_release_changes_total{version=\"v2\"}";
        using ControlFixture edge = new(FromRoute);
        Assert.Equal((0, 0), (edge.Series()[stable], edge.Series()[canary]));
        edge.Control.Apply(Word(0.1, ("v1", "A"), ("v2", "B")));
        edge.Control.Apply(Word(0.2, ("v1", "A"), ("v2", "B")));
        edge.Control.Apply(Word(0.2));
        Assert.Equal((0, 0), (edge.Series()[stable], edge.Series()[canary]));
        edge.Control.Apply(Word(0.2, ("v1", "A"), ("v2", "C")));
        edge.Control.Apply(Word(0, ("v1", "C"), ("v2", "C")));
        Assert.Equal((1, 1), (edge.Series()[stable], edge.Series()[canary]));
    }

    [Fact]
    public void AnotherRelease_ClearsTheGuardAndIsToldOnThePage()
    {
        using ControlFixture edge = new(FromRoute);
        edge.Control.Apply(Word(0.1, ("v1", "A"), ("v2", "B")));
        edge.Control.Abort("v2");
        edge.Control.Apply(Word(0.1, ("v1", "A"), ("v2", "C")));

        JsonElement guard = JsonDocument.Parse(new StatusPage(edge.Control, () => 0).Render()).RootElement.GetProperty("guard");
        Assert.Equal(("learning", "C"), (guard.GetProperty("state").GetString(), guard.GetProperty("canaries")[0].GetProperty("release").GetString()));
        Assert.False(edge.Control.Plan.Canaries[0].Latch.IsTripped);
        Assert.Equal((0.1, 0.4, 0.1), Weights(edge));
    }

    /// <summary>Whoever was told that it is out hears that it no longer is; that one release follows another is no news of the guard's.</summary>
    [Fact]
    public async Task Webhook_HearsOfAReleaseThatOpensTheLatch()
    {
        await using RawUpstream hook = RawUpstream.Answering("HTTP/1.1 204 No Content\r\n\r\n");
        using ControlFixture edge = new(FromRoute + $"guard: {{webhook: {{url: \"{hook.Url}\"}}}}\n");
        edge.Control.Apply(Word(0.1, ("v1", "A"), ("v2", "B")));
        edge.Control.Apply(Word(0.1, ("v1", "A"), ("v2", "C")));
        edge.Control.Abort("v2");
        edge.Control.Apply(Word(0.1, ("v1", "A"), ("v2", "D")));
        await Deadline.UntilAsync(() => edge.Control.Guard.Webhook.Count(WebhookResult.Sent) == 2, "both to be sent");

        JsonElement[] told = [.. hook.Requests.Select(request => JsonDocument.Parse(request.Text).RootElement)];
        Assert.Equal(["tripped", "released"], told.Select(document => document.GetProperty("event").GetString()));
        Assert.All(told, document => Assert.Equal(("C", "operator"), (document.GetProperty("canary").GetProperty("release").GetString(), document.GetProperty("canary").GetProperty("cause").GetString())));
    }

    /// <summary>What opens the latch after a restart, and what does not, as it is on the disk.</summary>
    [Fact]
    public void ReleaseThatWasOut_OutlastsARestart()
    {
        using TestFolder folder = new();
        string directory = Path.Combine(folder.Root, "state");
        using (ControlFixture edge = new(FromRoute, state: StateDirectory.Open(directory)))
        {
            edge.Control.Abort("v2");
            edge.Control.Tick(1);
            edge.Control.Apply(Word(0.1, ("v1", "A"), ("v2", "B"))); // heard of later than it was out
            edge.Control.Tick(2);
        }

        foreach ((string release, bool isOut) in new[] { ("B", true), ("C", false) })
        {
            using ControlFixture again = new(FromRoute, state: StateDirectory.Open(directory));
            Assert.True(again.Control.Plan.Canaries[0].Latch.IsTripped);
            again.Control.Apply(Word(0.1, ("v1", "A"), ("v2", release)));
            Assert.Equal(isOut, again.Control.Plan.Canaries[0].Latch.IsTripped);
            again.Control.Tick(1);
            Assert.Equal(isOut ? 1 : 0, StateDirectory.Open(directory).Journal.Latched.Count);
        }
    }

    [Fact]
    public async Task Propagation_IsCountedFromTheWordToTheLastWorker()
    {
        using ControlFixture edge = new(FromRoute);
        long second = TimeProvider.System.TimestampFrequency;
        edge.Control.Apply(Word(0.2) with { NoticedAt = TimeProvider.System.GetTimestamp() - 3 * second });
        Assert.Equal(0, edge.Control.Propagation.Total); // no worker has it
        edge.StartWorkers();
        await Deadline.UntilAsync(() => edge.Control.Propagation.Total == 1, "the workers to have it");

        int from3To5 = Array.IndexOf(DurationHistogram.BoundsSeconds, 5);
        Assert.Equal(1, edge.Control.Propagation.Count(from3To5));
        Assert.All(edge.Control.Workers, worker => Assert.Equal(0.2, worker.Plan.EffectiveWeight));
    }

    /// <summary>Policies with one ceiling, with another and without a question come and go while two speak: no plan is of two minds.</summary>
    [Fact]
    public async Task WordsAndReloads_DoNotMix()
    {
        LoadResult[] loads =
        [
            TestFolder.Load(TestFolder.Edge, FromRoute),
            TestFolder.Load(TestFolder.Edge, FromRoute.Replace("0.4", "0.15")),
            TestFolder.Load(TestFolder.Edge, "canary: {version: v2, weight: 0.05}\n"),
        ];
        using ControlFixture edge = new(FromRoute);
        edge.StartWorkers();
        HashSet<(double Ceiling, double? External, double Effective)> seen = [];
        bool isOver = false;
        Task looks = Alone(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                Plan plan = edge.Control.Plan;
                seen.Add((plan.PolicyWeight, plan.ExternalWeight, plan.EffectiveWeight));
            }
        });
        Task words = Task.WhenAll(Enumerable.Range(0, 2).Select(which => Alone(() =>
        {
            for (int i = 0; i < 3000; i++)
            {
                edge.Control.Apply(Word(which == 0 ? 0.2 : 0.1, ("v2", $"{i / 100}")));
            }
        })));
        for (int i = 0; i < 300; i++)
        {
            edge.Control.Apply(loads[i % loads.Length]);
        }

        await words;
        Volatile.Write(ref isOver, true);
        await looks;
        Assert.NotEmpty(seen);
        Assert.All(seen, plan => Assert.Equal(plan.Ceiling == 0.05 ? (null, 0.05) : (plan.External, Math.Min(plan.Ceiling, plan.External!.Value)), (plan.External, plan.Effective)));

        edge.Control.Apply(loads[0]);
        edge.Control.Apply(Word(0.2));
        Assert.Equal((0.2, 0.4, 0.2), Weights(edge));
        await Deadline.UntilAsync(() => edge.Control.Workers.All(worker => worker.Plan == edge.Control.Plan), "the last plan");
    }

    private static Task Alone(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>A rollout in a hurry: 1,000 words a minute cost less than a thousandth of one core and of what a collector takes in a second, and nothing of them stays.</summary>
    [Fact]
    public async Task ThousandWords_AreNothing()
    {
        using ControlFixture edge = new(FromRoute + "bucket: {capacity: 20, refillRate: 2}\nstickiness: {type: hash, key: clientIp, salt: s}\n");
        edge.StartWorkers();
        Say(edge, 1000);
        long allocated = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
        List<WeakReference> plans = Say(edge, 1000);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        long each = (GC.GetAllocatedBytesForCurrentThread() - allocated) / 1000;
        await Deadline.UntilAsync(() => edge.Control.Propagation.Total == 2000, "the workers to have them");
        TestContext.Current.SendDiagnosticMessage($"a word from outside: {took.TotalMicroseconds / 1000:0.0} us, {each} bytes");

        Assert.InRange(each, 0, 16 * 1024);
        GC.Collect();
        Assert.InRange(plans.Count(plan => plan.IsAlive), 1, 10);
        Assert.Equal(0, edge.Series()["openclaw_release_changes_total{version=\"v2\"}"]);
    }

    private static List<WeakReference> Say(ControlFixture edge, int words)
    {
        List<WeakReference> plans = [];
        for (int i = 0; i < words; i++)
        {
            edge.Control.Apply(Word(0.01 + i % 100 * 0.001, ("v1", "A"), ("v2", "B")));
            plans.Add(new WeakReference(edge.Control.Plan));
        }

        return plans;
    }
}
