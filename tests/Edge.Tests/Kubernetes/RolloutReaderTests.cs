// What a Rollout says of the traffic, event by event of a release, and what is refused of it.

using OpenClaw.Edge.Kubernetes;
using static OpenClaw.Edge.Tests.Kubernetes.Objects;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class RolloutReaderTests
{
    private const string Settled = "\"currentPodHash\":\"5d8c7f6b4\",\"phase\":\"Healthy\",\"stableRS\":\"5d8c7f6b4\"";
    private const string OnTrial = "\"currentPodHash\":\"7bf84f9696\",\"phase\":\"Progressing\",\"stableRS\":\"5d8c7f6b4\"";

    private static void AssertRefused(string place, string json)
    {
        TrafficReading reading = ReadRollout(json);
        Assert.StartsWith(place + ": ", reading.Refusal, StringComparison.Ordinal);
        Assert.Empty(reading.Shares);
        Assert.Empty(reading.Releases);
    }

    private static double Canary(string json)
    {
        TrafficReading reading = ReadRollout(json);
        Assert.Null(reading.Refusal);
        return reading.Shares["v2"];
    }

    private static (string? Canary, string? Stable) Releases(string json)
    {
        IReadOnlyDictionary<string, string> releases = ReadRollout(json).Releases;
        return (releases.GetValueOrDefault("v2"), releases.GetValueOrDefault("v1"));
    }

    [Fact]
    public void Installed_HasNoWeightsAndNothingOnTrial()
    {
        Assert.Equal(0, Canary(Rollout("\"phase\":\"Progressing\",\"currentPodHash\":\"5d8c7f6b4\""))); // the first deploy
        Assert.Equal(0, Canary(Rollout(Settled)));
        Assert.Equal(0, Canary("""{"spec":{"strategy":{"canary":{}}}}""")); // nobody has looked at it yet
        Assert.Equal(("5d8c7f6b4", "5d8c7f6b4"), Releases(Rollout(Settled)));
    }

    [Theory]
    [InlineData(0, 100, 0)] // pods of the new template start
    [InlineData(5, 95, 0.05)]
    [InlineData(100, 0, 1)]
    [InlineData(1, 999, 0.001)] // maxTrafficWeight: 1000
    public void Step_SetsTheShare(int canary, int stable, double expected)
    {
        string json = Rollout($"{OnTrial},{Weights(canary, stable)}");
        Assert.Equal(expected, Canary(json));
        Assert.Equal(("7bf84f9696", "5d8c7f6b4"), Releases(json));
    }

    [Theory]
    [InlineData("a\\nb")] // in JSON a line's end
    [InlineData("a b")]
    [InlineData("é")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void HashThatIsNone_IsRefused(string hash)
    {
        AssertRefused("status.currentPodHash", Rollout($"\"currentPodHash\":\"{hash}\",\"stableRS\":\"a\",{Weights(5, 95)}"));
        AssertRefused("status.canary.weights.canary.podTemplateHash", Rollout($"{OnTrial},{Weights(5, 95, hash)}"));
        AssertRefused("status.stableRS", Rollout($"\"currentPodHash\":\"a\",\"stableRS\":\"{hash}\",{Weights(5, 95)}"));
    }

    [Fact]
    public void Promoted_IsZeroWithTheNewHashForBoth()
    {
        string json = Rollout($"\"currentPodHash\":\"7bf84f9696\",\"stableRS\":\"7bf84f9696\",{Weights(0, 100)}");
        Assert.Equal(0, Canary(json));
        Assert.Equal(("7bf84f9696", "7bf84f9696"), Releases(json));
    }

    [Fact]
    public void Abort_IsZeroAtOnce()
    {
        TrafficReading reading = ReadRollout(Rollout($"\"abort\":true,\"abortedAt\":\"2026-11-23T05:59:40Z\",{OnTrial},{Weights(20, 80)}"));
        Assert.Equal((null, 0, "7bf84f9696"), (reading.Refusal, reading.Shares["v2"], reading.Releases["v2"]));
        Assert.StartsWith("status.abort", Assert.Single(reading.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void AbortWithDynamicStableScale_StepsDownAsStablePodsCome() =>
        Assert.Equal(0.6, Canary(Rollout($"\"abort\":true,{OnTrial},{Weights(60, 40)}", ",\"dynamicStableScale\":true")));

    [Fact]
    public void Abort_NeedsNoWeights() => Assert.Equal(0, Canary(Rollout($"\"abort\":true,{OnTrial}")));

    /// <summary>The hash that stands in the status may be ahead of where requests go.</summary>
    [Fact]
    public void Release_IsTheOneThatTheWeightWasSetFor()
    {
        Assert.Equal("aaaa", Releases(Rollout($"\"currentPodHash\":\"bbbb\",\"stableRS\":\"5d8c7f6b4\",{Weights(20, 80, "aaaa")}")).Canary);
        Assert.Equal("bbbb", Releases(Rollout($"\"currentPodHash\":\"bbbb\",\"stableRS\":\"5d8c7f6b4\",{Weights(0, 100, "bbbb")}")).Canary);
        Assert.Equal("bbbb", Releases(Rollout($"\"currentPodHash\":\"bbbb\",\"stableRS\":\"5d8c7f6b4\",{Weights(0, 100, "")}")).Canary);
    }

    [Fact]
    public void Experiments_AreStables()
    {
        TrafficReading reading = ReadRollout(Rollout($"{OnTrial},{Weights(20, 70, more: """,  "additional":[{"serviceName":"rating-api-exp","weight":10,"podTemplateHash":"x"}]""")}"));
        Assert.Equal((0.2, 0.8), (reading.Shares["v2"], reading.Shares["v1"]));
        Assert.StartsWith("status.canary.weights.additional[0]: rating-api-exp", Assert.Single(reading.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutTrafficRouting_IsRefused()
    {
        AssertRefused("status.canary.weights", Rollout(OnTrial));
        Assert.Contains("trafficRouting", ReadRollout(Rollout(OnTrial)).Refusal, StringComparison.Ordinal);
        AssertRefused("spec.strategy.canary", """{"spec":{"strategy":{"blueGreen":{"activeService":"rating-api-stable"}}},"status":{}}""");
    }

    [Fact]
    public void BesideARoute_NeedsNoWeights()
    {
        TrafficReading reading = RolloutReader.ReadReleases(Sequence(Rollout(OnTrial)), Question);
        Assert.Equal((null, "7bf84f9696", "5d8c7f6b4"), (reading.Refusal, reading.Releases["v2"], reading.Releases["v1"]));
        Assert.Empty(reading.Shares);
    }

    [Fact]
    public void ServiceThatIsNobodys_IsRefused()
    {
        TrafficQuestion other = Question with { Services = new Dictionary<string, string> { ["v1"] = "rating-api-stable", ["v2"] = "v2" } };
        Assert.StartsWith("spec.strategy.canary.canaryService: rating-api-canary is no version", ReadRollout(Rollout(Settled), other).Refusal, StringComparison.Ordinal);
        TrafficQuestion turned = Question with { Stable = "v2", Canaries = ["v1"] };
        Assert.StartsWith("spec.strategy.canary.canaryService: rating-api-canary is the Service of v2, which is the stable version", ReadRollout(Rollout(Settled), turned).Refusal, StringComparison.Ordinal);
        AssertRefused("status.canary.weights.canary.serviceName", Rollout($"{OnTrial},{Weights(5, 95).Replace("\"serviceName\":\"rating-api-canary\"", "\"serviceName\":\"rating-api-pong\"", StringComparison.Ordinal)}"));
    }

    [Theory]
    [InlineData("\"weight\":-1", "status.canary.weights.canary.weight")]
    [InlineData("\"weight\":2.5", "status.canary.weights.canary.weight")]
    [InlineData("\"weight\":3000000000", "status.canary.weights.canary.weight")]
    [InlineData("\"weight\":\"NaN\"", "status.canary.weights.canary.weight")]
    [InlineData("\"wait\":5", "status.canary.weights.canary.weight")]
    public void WeightThatIsNone_IsRefusedByItsPlace(string weight, string place) =>
        AssertRefused(place, Rollout($"{OnTrial},{Weights(5, 95).Replace("\"weight\":5", weight, StringComparison.Ordinal)}"));

    [Fact]
    public void WrongTypes_AreRefusedByTheirPlace()
    {
        AssertRefused("status.abort", Rollout($"\"abort\":\"yes\",{OnTrial}"));
        AssertRefused("status.canary.weights.stable", Rollout($"{OnTrial},\"canary\":{{\"weights\":{{\"canary\":{{\"weight\":5,\"serviceName\":\"rating-api-canary\"}}}}}}"));
        AssertRefused("kind", """{"kind":"Deployment","spec":{}}""");
    }
}
