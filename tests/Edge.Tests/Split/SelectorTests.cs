// The order of the rules.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class SelectorTests
{
    private static readonly RolloutPolicy Everything = new()
    {
        Canaries = [new CanarySettings("v2", 0.25), new CanarySettings("v3", 0.25)],
        Stickiness = new StickinessSettings(),
        Overrides = new OverrideSettings(new OverrideRule("X-Canary", null), null),
    };

    [Fact]
    public void Abort_SendsEverythingToStableAndTakesNoPosition()
    {
        Splitter splitter = Splitter.Create(Everything, previous: null, workers: 1, now: 0);
        Selector selector = new(Heads.Snapshot(Everything with { Abort = true }), splitter);

        Assert.Equal(new Choice(Decision.ToStable(Reason.Abort)), selector.Select());
        Assert.Equal(new Choice(Decision.ToStable(Reason.Abort)), selector.Select("X-Canary: always"));
        Assert.Equal(0, splitter.Totals().Eligible);
    }

    [Fact]
    public void Abort_LeavesSessionsAsTheyWere()
    {
        Selector selector = Heads.Selector(Everything);
        Choice first = FirstTo(selector, canary: 0);
        string cookie = Heads.Returned(selector, first);

        Selector aborted = Heads.Selector(Everything with { Abort = true }, selector);
        Assert.Equal(new Choice(Decision.ToStable(Reason.Abort)), aborted.Select(cookie));
        Assert.Equal(new Decision(0, Reason.Sticky), Heads.Selector(Everything, aborted).Select(cookie).Decision);
    }

    [Fact]
    public void EveryCanaryTripped_SendsEverythingToStableAndTakesNoPosition()
    {
        Splitter splitter = Splitter.Create(Everything, previous: null, workers: 1, now: 0);
        Selector selector = new(Heads.Snapshot(Everything), splitter);

        foreach (string[] fields in new[] { [], new[] { "X-Canary: always" } })
        {
            Assert.Equal(new Choice(Decision.ToStable(Reason.Guard)), selector.Select(Heads.Of(fields), tripped: 0b11));
        }

        Assert.Equal(0, splitter.Totals().Eligible);
    }

    [Fact]
    public void OneCanaryTripped_LosesItsTurnsSessionsAndWishes()
    {
        Selector selector = Heads.Selector(Everything);
        string cookie = Heads.Returned(selector, FirstTo(selector, canary: 0));

        Assert.Equal(Decision.ToStable(Reason.Guard), selector.Select(Heads.Of("X-Canary: v2"), tripped: 0b01).Decision);
        Assert.Equal(Decision.ToStable(Reason.Guard), selector.Select(Heads.Of(cookie), tripped: 0b01).Decision);
        Decision[] decisions = [.. Enumerable.Range(0, 400).Select(_ => selector.Select(Heads.Of(), tripped: 0b01).Decision)];
        Assert.Equal(100, decisions.Count(decision => decision.Reason == Reason.Guard), 2.0);
        Assert.Equal(100, decisions.Count(decision => decision.Canary == 1), 2.0);
        Assert.DoesNotContain(decisions, decision => decision.Canary == 0);
    }

    [Fact]
    public void NoUsableCanary_SendsEverythingToStableAndTakesNoPosition()
    {
        Splitter splitter = Splitter.Create(Everything, previous: null, workers: 1, now: 0);
        Selector selector = new(Heads.Snapshot(Everything), splitter);

        Assert.Equal(new Choice(Decision.ToStable(Reason.Unhealthy)), selector.Select(Heads.Of("X-Canary: always"), usable: 0));
        Assert.Equal(0, splitter.Totals().Eligible);
    }

    [Fact]
    public void OverrideOrSessionOfAnUnusableCanary_GoesToStable()
    {
        Selector selector = Heads.Selector(Everything);
        string cookie = Heads.Returned(selector, FirstTo(selector, canary: 0));

        Assert.Equal(new Choice(Decision.ToStable(Reason.Unhealthy), OverrideFound.Applied), selector.Select(Heads.Of("X-Canary: v2"), usable: 0b10));
        Choice sticky = selector.Select(Heads.Of(cookie), usable: 0b10);
        Assert.Equal(new Choice(Decision.ToStable(Reason.Unhealthy), Session: SessionFound.Kept), sticky);
        Assert.False(sticky.IsBroken);
    }

    [Fact]
    public void Override_GoesBeforeTheSession()
    {
        Selector selector = Heads.Selector(Everything);
        string cookie = Heads.Returned(selector, FirstTo(selector, canary: 0));

        Assert.Equal(new Choice(new Decision(1, Reason.Override), OverrideFound.Applied), selector.Select(cookie, "X-Canary: v3"));
        Assert.Equal(new Choice(Decision.ToStable(Reason.Override), OverrideFound.Applied), selector.Select(cookie, "X-Canary: never"));
    }

    [Fact]
    public void IgnoredOverride_LeavesTheRequestToItsSession()
    {
        Selector selector = Heads.Selector(Everything);
        string cookie = Heads.Returned(selector, FirstTo(selector, canary: 0));

        Assert.Equal(new Choice(new Decision(0, Reason.Sticky), OverrideFound.Unknown, SessionFound.Kept), selector.Select(cookie, "X-Canary: v9"));
    }

    [Fact]
    public void OverridesAndSessions_TakeNoPositionButATokenEach()
    {
        RolloutPolicy policy = Everything with { Bucket = new BucketSettings(2, 0) };
        Splitter splitter = Splitter.Create(policy, previous: null, workers: 1, now: 0);
        Selector selector = new(Heads.Snapshot(policy), splitter), uncapped = Heads.Selector(Everything);
        Choice first = FirstTo(uncapped, canary: 0);
        string cookie = Heads.Returned(uncapped, first);

        Assert.Equal(new Decision(0, Reason.Sticky), selector.Select(cookie).Decision);
        Assert.Equal(new Decision(0, Reason.Override), selector.Select("X-Canary: always").Decision);
        Choice session = selector.Select(cookie), wish = selector.Select("X-Canary: always");

        Assert.Equal((Decision.ToStable(Reason.Spilled), true), (session.Decision, session.IsBroken));
        Assert.Equal((Decision.ToStable(Reason.Spilled), true), (wish.Decision, wish.IsBroken));
        Assert.Null(session.Place);
        Assert.Equal(0, splitter.Totals().Eligible);
    }

    [Fact]
    public void TurnWithoutAToken_BreaksNoSession()
    {
        Selector selector = Heads.Selector(Everything with { Canaries = [new CanarySettings("v2", 0.5)], Bucket = new BucketSettings(1, 0, StartsEmpty: true) });
        Choice spilled = Enumerable.Range(0, 100).Select(_ => selector.Select()).First(choice => choice.Decision.Reason == Reason.Spilled);

        Assert.False(spilled.IsBroken);
        Assert.Equal(Reason.Sticky, selector.Select(Heads.Returned(selector, spilled)).Decision.Reason); // pinned where it was answered
    }

    /// <summary>The first choice of a new session that goes to this canary.</summary>
    private static Choice FirstTo(Selector selector, int canary) =>
        Enumerable.Range(0, 1000).Select(_ => selector.Select()).First(choice => choice.Decision.Canary == canary);
}
