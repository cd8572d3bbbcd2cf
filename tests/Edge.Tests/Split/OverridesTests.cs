// What a request may ask for, who may ask, and where it is written.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class OverridesTests
{
    private static Overrides Overrides(OverrideRule? header, OverrideRule? cookie = null, string[]? trustedProxies = null, params string[] canaries) =>
        new(Heads.Snapshot(new RolloutPolicy
        {
            Canaries = [.. canaries.Select(canary => new CanarySettings(canary, 0))],
            Overrides = new OverrideSettings(header, cookie),
        }, trustedProxies ?? []));

    private static (OverrideFound, int) Find(Overrides overrides, string[] fields, string peer = "192.0.2.9")
    {
        OverrideFound found = overrides.Find(new Caller(Heads.Of(fields), Heads.Bytes(peer), isTls: false), out int canary);
        return (found, canary);
    }

    [Theory]
    [InlineData("always", OverrideFound.Applied, 0)]
    [InlineData("never", OverrideFound.Applied, Decision.Stable)]
    [InlineData("v1", OverrideFound.Applied, Decision.Stable)]
    [InlineData("v2", OverrideFound.Applied, 0)]
    [InlineData("v3", OverrideFound.Applied, 1)]
    [InlineData("V3", OverrideFound.Unknown, Decision.Stable)]
    [InlineData("Always", OverrideFound.Unknown, Decision.Stable)]
    [InlineData("v2,v3", OverrideFound.Unknown, Decision.Stable)]
    [InlineData("v22", OverrideFound.Unknown, Decision.Stable)]
    [InlineData("", OverrideFound.None, Decision.Stable)]
    public void Value_IsAWordOrAVersionOfTheRollout(string value, OverrideFound expected, int canary)
    {
        Overrides overrides = Overrides(new OverrideRule("X-Canary", null), new OverrideRule("canary", null), canaries: ["v2", "v3"]);
        Assert.Equal((expected, canary), Find(overrides, [$"x-CANARY:  {value} "]));
        Assert.Equal((expected, canary), Find(overrides, [$"Cookie: canary={value}"]));
    }

    [Fact]
    public void AlwaysWithoutACanary_IsUnknown() =>
        Assert.Equal((OverrideFound.Unknown, Decision.Stable), Find(Overrides(new OverrideRule("X-Canary", null)), ["X-Canary: always"]));

    [Fact]
    public void Header_GoesBeforeTheCookie()
    {
        Overrides overrides = Overrides(new OverrideRule("X-Canary", null), new OverrideRule("canary", null), canaries: ["v2", "v3"]);
        Assert.Equal((OverrideFound.Applied, 1), Find(overrides, ["Cookie: canary=v2", "X-Canary: v3"]));
        Assert.Equal((OverrideFound.Applied, 0), Find(overrides, ["Cookie: canary=v2", "X-Canary: v9"])); // ignored: as if it were not there
        Assert.Equal((OverrideFound.Unknown, Decision.Stable), Find(overrides, ["Cookie: other=1", "X-Canary: v9"]));
    }

    [Fact]
    public void OfSeveral_TheFirstSpeaks()
    {
        Overrides overrides = Overrides(new OverrideRule("X-Canary", null), new OverrideRule("canary", null), canaries: ["v2", "v3"]);
        Assert.Equal((OverrideFound.Applied, 1), Find(overrides, ["X-Canary: v3", "X-Canary: v2"]));
        Assert.Equal((OverrideFound.Unknown, Decision.Stable), Find(overrides, ["X-Canary: v9", "X-Canary: v2"]));
        Assert.Equal((OverrideFound.Applied, 1), Find(overrides, ["Cookie: canary=v3; canary=v2"]));
    }

    [Fact]
    public void TrustedNetworks_DecideWhoMayAsk()
    {
        OverrideRule office = new("X-Canary", Heads.Networks("10.0.0.0/8")), nobody = new("X-Canary", []);
        Assert.Equal((OverrideFound.Applied, 0), Find(Overrides(office, canaries: "v2"), ["X-Canary: v2"], peer: "10.1.2.3"));
        Assert.Equal((OverrideFound.Untrusted, Decision.Stable), Find(Overrides(office, canaries: "v2"), ["X-Canary: v2"], peer: "11.1.2.3"));
        Assert.Equal((OverrideFound.Untrusted, Decision.Stable), Find(Overrides(office, canaries: "v2"), ["X-Canary: v2"], peer: "unknown"));
        Assert.Equal((OverrideFound.Untrusted, Decision.Stable), Find(Overrides(nobody, canaries: "v2"), ["X-Canary: v2"], peer: "10.1.2.3"));
        Assert.Equal((OverrideFound.None, Decision.Stable), Find(Overrides(office, canaries: "v2"), [], peer: "11.1.2.3"));
    }

    [Fact]
    public void BehindATrustedProxy_TheClientsAddressCounts()
    {
        Overrides overrides = Overrides(new OverrideRule("X-Canary", Heads.Networks("10.0.0.0/8")), trustedProxies: ["192.0.2.0/24"], canaries: "v2");
        Assert.Equal((OverrideFound.Applied, 0), Find(overrides, ["X-Canary: v2", "X-Forwarded-For: 10.1.2.3"], peer: "192.0.2.9"));
        Assert.Equal((OverrideFound.Untrusted, Decision.Stable), Find(overrides, ["X-Canary: v2", "X-Forwarded-For: 10.1.2.3, 203.0.113.4"], peer: "192.0.2.9"));
        Assert.Equal((OverrideFound.Untrusted, Decision.Stable), Find(overrides, ["X-Canary: v2", "X-Forwarded-For: 10.1.2.3"], peer: "203.0.113.4"));
    }
}
