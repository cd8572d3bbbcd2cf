using System.Text;
using OpenClaw.Edge.Demo;

namespace OpenClaw.Edge.Tests.Demo;

public sealed class EdgeStatusTests
{
    [Fact]
    public void WholeStatus_IsRead()
    {
        EdgeStatus status = Read("""
            {"schemaVersion":1,"uptimeSeconds":12.3,"weight":{"effective":0.06,"bySource":{"policy":0.07}},"share":{"asked":0.05,"achieved":0.0499,"eligible":100000,"turns":5000,"errorRequests":0.4},
             "bucket":{"tokens":12.5,"capacity":20,"refillRate":2,"spilled":17},
             "versions":[{"name":"v1","role":"stable","score":0.993,"lower":0.99,"upper":0.996,"samples":95000,"endpoints":[]},
                         {"name":"v2","role":"canary","score":0.5,"lower":0.25,"upper":0.75,"samples":50,"endpoints":[]}],
             "guard":{"mode":"enforce","state":"tripped","cause":"errors","canaries":[
               {"version":"v3","state":"holding","evidence":{"errors":{"logE":99,"logThreshold":9}}},
               {"version":"v2","state":"tripped","cause":"errors","reason":"why; more","wouldTrip":null,
                "evidence":{"errors":{"logE":4.5,"logThreshold":9},"latency":{"logE":-1,"logThreshold":9}}}]}}
            """);
        Assert.Equal(0.07, status.PolicyWeight);
        Assert.Equal(new GuardSeen("enforce", "tripped", "errors", "why; more", 0.5), status.Guard);
        Assert.Equal((12.3, 0.06, 0.05, 0.0499, 0.4, 100000), (status.Uptime, status.Weight, status.Asked, status.Achieved, status.ErrorRequests, status.Eligible));
        Assert.Equal((12.5, 20, 2, 17), (status.Tokens, status.Capacity, status.RefillRate, status.Spilled));
        Assert.Equal(new VersionStatus(0.993, 0.99, 0.996, 95000), status.Stable);
        Assert.Equal(new VersionStatus(0.5, 0.25, 0.75, 50), status.Canary);
    }

    [Fact]
    public void WhatAnObservingGuardWouldDo_IsRead()
    {
        GuardSeen guard = Read("""{"guard":{"mode":"observe","canaries":[{"version":"v2","state":"holding","cause":null,"wouldTrip":{"cause":"latency","reason":"slow"}}]}}""").Guard;
        Assert.Equal(("observe", "holding", "latency", "slow", false), (guard.Mode, guard.State, guard.Cause, guard.Reason, guard.IsTripped));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"share":null,"bucket":null,"versions":null}""")]
    [InlineData("""{"share":{"asked":"5%"},"bucket":[],"versions":[{"name":null},7],"guard":{"canaries":[{"version":"v2","evidence":3}]}}""")]
    public void MissingOrForeignParts_AreNaN(string json)
    {
        EdgeStatus status = Read(json);
        Assert.Equal(("", false), (status.Guard.Cause, status.Guard.IsTripped));
        Assert.All([status.Guard.Proof, status.Asked, status.Tokens, status.Stable.Score, status.Canary.Samples], value => Assert.Equal(double.NaN, value));
    }

    private static EdgeStatus Read(string json) => EdgeStatus.Read(Encoding.UTF8.GetBytes(json));
}
