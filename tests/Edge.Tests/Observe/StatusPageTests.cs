// The shape of /status.

using System.Text.Json;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Split;
using OpenClaw.Edge.Tests.Policy;

namespace OpenClaw.Edge.Tests.Observe;

public sealed class StatusPageTests
{
    private const string TwoCanaries = "canaries: [{version: v2, weight: 0.05}, {version: v3, weight: 0.1}]";

    private static JsonElement Status(ControlFixture edge) => JsonDocument.Parse(new StatusPage(edge.Control, () => edge.Now).Render()).RootElement;

    [Fact]
    public void Status_HasTheFieldsOfSchemaVersion1()
    {
        using ControlFixture edge = new();
        edge.Control.Addresses = ["http://127.0.0.1:8080"];
        edge.Now = 12_300_000_000;
        for (int i = 0; i < 100; i++)
        {
            edge.Control.Plan.Splitter.Decide(0, 0);
        }

        JsonElement status = Status(edge);

        Assert.Equal(1, status.GetProperty("schemaVersion").GetInt32());
        Assert.Equal(edge.Control.Plan.Snapshot.Revision, status.GetProperty("revision").GetString());
        Assert.Equal(12.3, status.GetProperty("uptimeSeconds").GetDouble());
        Assert.Equal("starting", status.GetProperty("phase").GetString());
        Assert.Equal("http://127.0.0.1:8080", Assert.Single(status.GetProperty("listeners").EnumerateArray()).GetString());
        Assert.Equal(0.05, status.GetProperty("weight").GetProperty("effective").GetDouble());
        Assert.Equal(0.05, status.GetProperty("weight").GetProperty("bySource").GetProperty("policy").GetDouble());
        Assert.Equal(JsonValueKind.Null, status.GetProperty("weight").GetProperty("bySource").GetProperty("external").ValueKind);
        JsonElement share = status.GetProperty("share");
        Assert.Equal((0.05, 0.05, 100, 5), (Math.Round(share.GetProperty("asked").GetDouble(), 9), share.GetProperty("achieved").GetDouble(), share.GetProperty("eligible").GetInt64(), share.GetProperty("turns").GetInt64()));
        Assert.Equal(0, share.GetProperty("errorRequests").GetDouble(), 9);
        JsonElement bucket = status.GetProperty("bucket");
        Assert.Equal((20, 2, 0), (bucket.GetProperty("capacity").GetDouble(), bucket.GetProperty("refillRate").GetDouble(), bucket.GetProperty("spilled").GetInt64()));
        JsonElement guard = status.GetProperty("guard");
        Assert.Equal(("enforce", "learning", JsonValueKind.Null), (guard.GetProperty("mode").GetString(), guard.GetProperty("state").GetString(), guard.GetProperty("cause").ValueKind));
        Assert.InRange(guard.GetProperty("since").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);
        Assert.Equal(1, status.GetProperty("weight").GetProperty("bySource").GetProperty("guard").GetDouble());
    }

    /// <summary>200 requests a second ask for ten tokens and there are two.</summary>
    [Fact]
    public void Advice_IsThereWhileTheBucketRules()
    {
        using ControlFixture edge = new();
        Assert.Equal(0, Status(edge).GetProperty("advice").GetArrayLength());
        for (int second = 1; second <= 20; second++)
        {
            for (int i = 0; i < 200; i++)
            {
                edge.Control.Plan.Splitter.Decide(0, second * 1_000_000_000L);
            }

            edge.Control.Tick(second * 1_000_000_000L);
        }

        string advice = Assert.Single(Status(edge).GetProperty("advice").EnumerateArray()).GetString()!;
        Assert.StartsWith("the bucket decides, not the weight: at 200 requests/s a weight of 5 %", advice);
    }

    [Fact]
    public void Versions_ComeWithRoleScoreAndEndpoints()
    {
        using ControlFixture edge = new(edge: TestFolder.Edge + "\n  v3: {endpoints: [\"http://nowhere.invalid:1\"]}");
        JsonElement[] versions = [.. Status(edge).GetProperty("versions").EnumerateArray()];

        Assert.Equal(["v1 stable", "v2 canary", "v3 none"], versions.Select(v => $"{v.GetProperty("name")} {v.GetProperty("role")}"));
        Assert.Equal((1, 0, 1, 0), (versions[0].GetProperty("score").GetDouble(), versions[0].GetProperty("lower").GetDouble(), versions[0].GetProperty("upper").GetDouble(), versions[0].GetProperty("samples").GetInt64()));
        JsonElement endpoint = Assert.Single(versions[0].GetProperty("endpoints").EnumerateArray());
        Assert.Equal(("127.0.0.1:9001", true), (endpoint.GetProperty("address").GetString(), endpoint.GetProperty("healthy").GetBoolean()));
        Assert.False(versions[2].GetProperty("endpoints")[0].GetProperty("healthy").GetBoolean()); // a name that has not been resolved
    }

    /// <summary>Stable rates by all of its traffic; beside a canary stands the part that was matched with it.</summary>
    [Fact]
    public void Versions_ShowWhatIsMatchedOnItsOwn()
    {
        using ControlFixture edge = new();
        for (int i = 0; i < 200; i++)
        {
            edge.Control.Plan.Versions[0].Rating.Tally(0).Record(i < 10 ? Outcome.Error : Outcome.Success, 1, 2, isMatched: i is < 5 or >= 105);
        }

        edge.Control.Tick(0);
        JsonElement[] versions = [.. Status(edge).GetProperty("versions").EnumerateArray()];

        Assert.Equal((200, 100), (versions[0].GetProperty("samples").GetInt64(), versions[0].GetProperty("matched").GetProperty("samples").GetInt64()));
        Assert.Equal((0.6 * 0.5 + 0.25 * 0.95) / 0.85, versions[0].GetProperty("matched").GetProperty("score").GetDouble(), 9);
        Assert.Equal(0, versions[1].GetProperty("matched").GetProperty("samples").GetInt64());
    }

    [Fact]
    public void VoicesAndLearnedPart_AreThereWithFeedbackOnly()
    {
        using ControlFixture silent = new();
        silent.Control.Tick(0);
        Assert.Equal(JsonValueKind.Null, Status(silent).GetProperty("heuristic").ValueKind);
        Assert.Equal(JsonValueKind.Null, Status(silent).GetProperty("versions")[1].GetProperty("voices").ValueKind);

        using ControlFixture edge = new(TestFolder.Policy + "\nrating: {issueFraction: 0.1}");
        edge.Control.Plan.Versions[1].Rating.Hear(0.25, TimeSpan.FromMinutes(10), 0);
        edge.Control.Tick(0);
        JsonElement heuristic = Status(edge).GetProperty("heuristic"), voices = Status(edge).GetProperty("versions")[1].GetProperty("voices");
        Assert.Equal((0, 0), (heuristic.GetProperty("weight").GetDouble(), heuristic.GetProperty("evidence").GetDouble()));
        Assert.Equal(2, heuristic.GetProperty("coefficients").GetProperty("error").GetArrayLength());
        Assert.Equal((1, 0.25), (voices.GetProperty("weight").GetDouble(), voices.GetProperty("score").GetDouble()));
    }

    [Fact]
    public void Canaries_ComeAsThePolicyHasThem()
    {
        using ControlFixture edge = new("bucket: {capacity: 20, refillRate: 2}\ncanaries: [{version: v2, weight: 0.05, priority: 1}, {version: v3, weight: 0.1}]",
            TestFolder.Edge + "\n  v3: {endpoints: [\"http://127.0.0.1:9003\"]}");
        Assert.Equal("""[{"version":"v2","weight":0.05,"priority":1,"floor":0},{"version":"v3","weight":0.1,"priority":0,"floor":10}]""", Status(edge).GetProperty("canaries").GetRawText());
    }

    [Fact]
    public void Reasons_AreCountedOverVersionsRolesAndWorkers()
    {
        using ControlFixture edge = new();
        edge.Counters("v1", worker: 0).CountRequest(Role.Stable, 200, Reason.Stable, 1);
        edge.Counters("v1", worker: 1).CountRequest(Role.Baseline, 0, Reason.Stable, 1);
        edge.Counters("v2", worker: 1).CountRequest(Role.Canary, 500, Reason.Sticky, 1);
        edge.Control.Workers[1].Counters.None.CountRequest(Role.Stable, 400, Reason.Rejected, 1);

        JsonElement reasons = Status(edge).GetProperty("reasons");

        Assert.Equal(["stable", "weight", "spilled", "sticky", "override", "unhealthy", "guard", "abort", "limited", "rejected"], reasons.EnumerateObject().Select(reason => reason.Name));
        Assert.Equal([2, 0, 0, 1, 0, 0, 0, 0, 0, 1], reasons.EnumerateObject().Select(reason => reason.Value.GetInt64()));
    }

    [Fact]
    public void CanaryThatIsOut_HasCauseReasonAndNoWeight()
    {
        using ControlFixture edge = new(TwoCanaries, TestFolder.Edge + "\n  v3: {endpoints: [\"http://127.0.0.1:9003\"]}");
        edge.Control.Abort("v3");
        JsonElement status = Status(edge);

        JsonElement guard = status.GetProperty("guard"), canary = guard.GetProperty("canaries")[1];
        Assert.Equal(("tripped", "operator"), (guard.GetProperty("state").GetString(), guard.GetProperty("cause").GetString()));
        Assert.Equal(("v3", "tripped", "fail", "an operator took it out"), (canary.GetProperty("version").GetString(), canary.GetProperty("state").GetString(), canary.GetProperty("verdict").GetString(), canary.GetProperty("reason").GetString()));
        Assert.Equal(0, canary.GetProperty("evidence").GetProperty("errors").GetProperty("pairs").GetInt64());
        Assert.Equal("learning", guard.GetProperty("canaries")[0].GetProperty("state").GetString());
        Assert.Equal((0.05, 0.05), (Weight(status, "guard"), status.GetProperty("weight").GetProperty("effective").GetDouble()));

        edge.Control.Abort(null);
        Assert.Equal((0, 0), (Weight(Status(edge), "guard"), Status(edge).GetProperty("weight").GetProperty("effective").GetDouble()));
        edge.Control.ResetGuard(null);
        Assert.Equal((1, 0.15), (Weight(Status(edge), "guard"), Status(edge).GetProperty("weight").GetProperty("effective").GetDouble()));
    }

    [Fact]
    public void CanaryOnItsRamp_HasTheWeightThatIsKept()
    {
        using ControlFixture edge = new("canary: {version: v2, weight: 0.2}");
        edge.Control.Plan.Canaries[0].Latch.TryTrip(TripCause.Errors, kept: 0.25);
        JsonElement status = Status(edge);
        Assert.Equal((0.05, 0.05), (Weight(status, "guard"), status.GetProperty("weight").GetProperty("effective").GetDouble()));
    }

    [Fact]
    public void GuardThatIsOff_LimitsNothing()
    {
        using ControlFixture edge = new("canary: {version: v2, weight: 0.2}\nguard: {mode: off}");
        Assert.Null(Weight(Status(edge), "guard"));
        Assert.Equal("off", Status(edge).GetProperty("guard").GetProperty("state").GetString());
    }

    private static double? Weight(JsonElement status, string source) =>
        status.GetProperty("weight").GetProperty("bySource").GetProperty(source) is { ValueKind: JsonValueKind.Number } weight ? weight.GetDouble() : null;

    [Fact]
    public void WithoutPolicy_NothingIsAskedAndThereIsNoBucket()
    {
        using ControlFixture edge = new(policy: null);
        JsonElement status = Status(edge);
        Assert.Equal(0, status.GetProperty("weight").GetProperty("effective").GetDouble());
        Assert.Equal(0, status.GetProperty("share").GetProperty("asked").GetDouble());
        Assert.Equal(JsonValueKind.Null, status.GetProperty("bucket").ValueKind);
    }

    [Fact]
    public void Abort_IsASourceThatAllowsNothing()
    {
        using ControlFixture edge = new("abort: true\ncanary: {version: v2, weight: 0.25}");
        JsonElement weight = Status(edge).GetProperty("weight");
        Assert.Equal(0, weight.GetProperty("effective").GetDouble());
        Assert.Equal(0.25, weight.GetProperty("bySource").GetProperty("policy").GetDouble());
        Assert.Equal(0, weight.GetProperty("bySource").GetProperty("abort").GetDouble());
    }
}
