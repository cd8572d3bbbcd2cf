// Header routes: which requests they take, where they stand among the rules, and what they cost.

using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Tests.Split;

public sealed class HeaderRoutesTests
{
    private static readonly RolloutPolicy Policy = new()
    {
        WeightFrom = new WeightFromSettings { HttpRoute = "r", Services = new Dictionary<string, string>() },
        Canaries = [new CanarySettings("v2", 1), new CanarySettings("v3", 1)],
        Overrides = new OverrideSettings(new OverrideRule("X-Ask", null), null),
        Stickiness = new StickinessSettings(),
    };

    private static HeaderRoute Route(string? version, params HeaderCondition[] conditions) => new("", conditions, version);

    private static HeaderRoute Route(string? version, string name, string value, bool isPattern = false) => Route(version, new HeaderCondition(name, value, isPattern));

    private static Snapshot Under(RolloutPolicy policy, double v2, params HeaderRoute[] routes) =>
        Heads.Snapshot(policy).Under(new ExternalWeights(new Dictionary<string, double> { ["v2"] = v2 }, 0) { HeaderRoutes = routes });

    private static Selector Selector(params HeaderRoute[] routes) => Heads.Selector(Under(Policy, 0, routes));

    private static Decision Select(Selector selector, params string[] fields) => selector.Select(fields).Decision;

    [Fact]
    public void Match_GoesToItsVersionWithReasonOverride()
    {
        Selector selector = Selector(Route("v3", "x-canary", "always"), Route("v1", "x-canary", "never"));
        Assert.Equal(new Choice(new Decision(1, Reason.Override), OverrideFound.Applied), selector.Select("X-Canary: always"));
        Assert.Equal(new Choice(Decision.ToStable(Reason.Override), OverrideFound.Applied), selector.Select("X-CANARY:  never "));
        Assert.Equal(Reason.Stable, Select(selector, "X-Canary: Always").Reason); // a value's case counts
        Assert.Equal(Reason.Stable, Select(selector, "X-Canaries: always").Reason);
        Assert.Equal(Reason.Stable, Select(selector).Reason);
    }

    [Fact]
    public void AllConditions_HaveToHold()
    {
        Selector selector = Selector(Route("v2", new HeaderCondition("x-a", "1"), new HeaderCondition("x-b", "b.*", IsPattern: true)));
        Assert.Equal(0, Select(selector, "X-B: beta", "X-A: 1").Canary);
        Assert.Equal(Decision.Stable, Select(selector, "X-A: 1").Canary);
        Assert.Equal(Decision.Stable, Select(selector, "X-A: 1", "X-B: alpha").Canary);
    }

    [Fact]
    public void FirstRoute_Counts()
    {
        Selector selector = Selector(Route("v2", "x-a", "1"), Route("v3", "x-a", ".*", isPattern: true));
        Assert.Equal((0, 1), (Select(selector, "X-A: 1").Canary, Select(selector, "X-A: 2").Canary));
    }

    /// <summary>A table of some hundred states takes its time, under a lock that the guard's thread waits for.</summary>
    [Fact]
    public void WeightThatMoves_CompilesNothingAnew()
    {
        HeaderRoute route = Route("v2", "x-a", ".*a.{7}", isPattern: true);
        long begun = GC.GetAllocatedBytesForCurrentThread();
        HeaderRoutes first = HeaderRoutes.Of(Under(Policy, 0.1, route), before: null)!;
        long compiled = GC.GetAllocatedBytesForCurrentThread() - begun;
        HeaderRoutes second = HeaderRoutes.Of(Under(Policy, 0.2, route), first)!;
        long moved = GC.GetAllocatedBytesForCurrentThread() - begun - compiled;
        Assert.True(moved < compiled / 4, $"{moved} bytes after {compiled}");
        Assert.True(second.TryFind(Heads.Of("X-A: a1234567"), out _));
    }

    [Fact]
    public void RouteThatChanges_HasItsOwnPattern()
    {
        Selector first = Selector(Route("v2", "x-a", "1+", isPattern: true));
        Selector second = Heads.Selector(Under(Policy, 0, Route("v3", "x-a", "2+", isPattern: true), Route("v2", "x-a", "1+", isPattern: true)), first);
        Assert.Equal((1, 0), (Select(second, "X-A: 22").Canary, Select(second, "X-A: 11").Canary));
        Assert.Equal(Decision.Stable, Select(first, "X-A: 22").Canary);
    }

    [Theory]
    [InlineData(new[] { "X-A: 1", "X-A: 2" }, true)]
    [InlineData(new[] { "X-A: 1, 2" }, true)]
    [InlineData(new[] { "X-A: 2", "X-A: 1" }, false)]
    [InlineData(new[] { "X-A: 1" }, false)]
    [InlineData(new[] { "X-A: 1", "X-A: 2", "X-A: 3" }, false)]
    [InlineData(new[] { "X-A: 1", "X-A: 2, " }, false)]
    [InlineData(new[] { "X-A:", "X-A: 1, 2" }, false)]
    public void SeveralLines_AreOneValueJoined(string[] lines, bool expected)
    {
        Assert.Equal(expected, Select(Selector(Route("v2", "x-a", "1, 2")), lines).ToCanary);
        Assert.Equal(expected, Select(Selector(Route("v2", "x-a", "1, [2]", isPattern: true)), lines).ToCanary);
    }

    [Fact]
    public void AbsentField_MatchesNoPattern()
    {
        Selector selector = Selector(Route("v2", "x-a", ".*", isPattern: true));
        Assert.False(Select(selector).ToCanary);
        Assert.True(Select(selector, "X-A:").ToCanary);
    }

    [Fact]
    public void RouteToTheSplit_EndsTheSearch()
    {
        Selector selector = Heads.Selector(Under(Policy, 1, Route(null, new HeaderCondition("x-a", "1"), new HeaderCondition("x-b", "1")), Route("v3", "x-a", "1")));
        Assert.Equal(new Decision(1, Reason.Override), Select(selector, "X-A: 1"));
        Assert.Equal(new Decision(0, Reason.Weight), Select(selector, "X-A: 1", "X-B: 1"));
    }

    [Fact]
    public void Order_IsOverridesThenRoutesThenSessions()
    {
        Selector all = Heads.Selector(Under(Policy, 1));
        string cookie = Heads.Returned(all, all.Select());
        Selector selector = Heads.Selector(Under(Policy, 1, Route("v3", "x-canary", "always")), all);
        Assert.Equal(new Decision(0, Reason.Sticky), Select(selector, cookie));
        Assert.Equal(new Decision(1, Reason.Override), Select(selector, cookie, "X-Canary: always"));
        Assert.Equal(Decision.ToStable(Reason.Override), Select(selector, cookie, "X-Canary: always", "X-Ask: never"));
        Assert.Equal(new Decision(1, Reason.Override), Select(selector, cookie, "X-Canary: always", "X-Ask: v9")); // an unknown wish is as if absent
    }

    [Fact]
    public void CanaryThatIsOutOrDown_GetsNone()
    {
        Selector selector = Selector(Route("v2", "x-canary", "always"));
        Assert.Equal(Decision.ToStable(Reason.Guard), selector.Select(Heads.Of("X-Canary: always"), tripped: 0b01).Decision);
        Assert.Equal(Decision.ToStable(Reason.Unhealthy), selector.Select(Heads.Of("X-Canary: always"), usable: 0b10).Decision);
        Assert.Equal(Decision.ToStable(Reason.Abort), Select(Heads.Selector(Under(Policy with { Abort = true }, 0, Route("v2", "x-canary", "always"))), "X-Canary: always"));
    }

    /// <summary>An operator's weight of 0, or a version that is not on trial, is not opened from outside.</summary>
    [Fact]
    public void CanaryThatTheFileCloses_IsStables()
    {
        RolloutPolicy closed = Policy with { Canaries = [new CanarySettings("v2", 0), new CanarySettings("v3", 1)] };
        Selector selector = Heads.Selector(Under(closed, 1, Route("v2", "x-canary", "always"), Route("v7", "x-canary", "seven")));
        Assert.Equal(Decision.ToStable(Reason.Override), Select(selector, "X-Canary: always"));
        Assert.Equal(Decision.ToStable(Reason.Override), Select(selector, "X-Canary: seven"));
    }

    [Fact]
    public void Match_TakesNoPositionButAToken()
    {
        Snapshot snapshot = Under(Policy with { Bucket = new BucketSettings(2, 0) }, 0, Route("v2", "x-canary", "always"));
        Splitter splitter = Splitter.Create(snapshot.Rollout, previous: null, workers: 1, now: 0);
        Selector selector = new(snapshot, splitter);
        Assert.Equal([0, 0, Decision.Stable], Enumerable.Range(0, 3).Select(_ => Select(selector, "X-Canary: always").Canary));
        Choice spilled = selector.Select("X-Canary: always");
        Assert.Equal((Decision.ToStable(Reason.Spilled), true), (spilled.Decision, spilled.IsBroken));
        Assert.Equal(0, splitter.Totals().Eligible);
    }

    /// <summary>The rule as one would write it down, against any head and routes.</summary>
    [Fact]
    public void AnyRoutes_TakeWhatTheirWordsSay()
    {
        Gen<HeaderCondition> condition = Gen.Select(Gen.OneOf(Gen.Const("x-a"), Gen.Const("x-b")), Gen.Char["12"], Gen.Bool, (name, value, isPattern) => new HeaderCondition(name, $"{value}", isPattern));
        Gen<HeaderRoute> route = Gen.Select(condition.Array[1, 2], Gen.OneOf(Gen.Const("v1"), Gen.Const("v2"), Gen.Const("v3"), Gen.Const("")), (conditions, version) => Route(version == "" ? null : version, conditions));
        Gen.Select(route.Array[1, 4], Gen.Select(Gen.OneOf(Gen.Const("X-A"), Gen.Const("X-B")), Gen.Char["12"], (name, value) => (Name: name, Value: value)).Array[0, 3]).Sample((routes, fields) =>
        {
            string Value(string name) => string.Join(", ", fields.Where(field => string.Equals(field.Name, name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value));
            HeaderRoute? taken = routes.FirstOrDefault(one => one.Conditions.All(wanted => Value(wanted.Name) == wanted.Value));
            bool found = HeaderRoutes.Of(Under(Policy, 0, routes), before: null)!.TryFind(Heads.Of([.. fields.Select(field => $"{field.Name}: {field.Value}")]), out int canary);
            return found == taken?.Version is not null && (!found || canary == (taken!.Version switch { "v2" => 0, "v3" => 1, _ => Decision.Stable }));
        }, iter: 1000);
    }

    [Fact]
    public void WithoutRoutes_ThereIsNothingToLookAt()
    {
        Assert.Null(HeaderRoutes.Of(Under(Policy, 0), before: null));
        Assert.Null(HeaderRoutes.Of(Heads.Snapshot(Policy).Under(null), before: null));
        Assert.Null(HeaderRoutes.Of(Heads.Snapshot(Policy), before: null));
    }

    [Fact]
    public void Search_AllocatesNothing()
    {
        HeaderRoutes routes = HeaderRoutes.Of(Under(Policy, 0, Route("v2", "x-a", "9"), Route("v2", "cookie", ".*beta=(yes|1).*", isPattern: true)), before: null)!;
        RequestHead head = Heads.Of("X-A: 1", "Cookie: a=b; beta=yes", "Accept: */*");
        Assert.True(routes.TryFind(head, out _));
        Allocations.AssertNone(1000, _ => routes.TryFind(head, out int _));
    }
}
