using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Policy;

public sealed class PolicyDocumentTests
{
    [Fact]
    public void SmallestForm_IsReadWhole()
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, TestFolder.Policy);
        Assert.Empty(result.Faults);
        Assert.Empty(result.Warnings);
        RolloutPolicy rollout = result.Snapshot!.Rollout;
        Assert.Equal(new CanarySettings("v2", 0.05), Assert.Single(rollout.Canaries));
        Assert.Equal(new BucketSettings(20, 2), rollout.Bucket);
        Assert.Equal(new RatingSettings(), rollout.Rating);
        Assert.False(rollout.Abort);
    }

    [Theory]
    [InlineData("0.05", 0.05)]
    [InlineData("5%", 0.05)]
    [InlineData("\"5%\"", 0.05)]
    [InlineData("0", 0)]
    [InlineData(".5", 0.5)]
    [InlineData("1e-3", 0.001)]
    [InlineData("0.25%", 0.0025)]
    [InlineData("100%", 1)]
    public void Weight_IsShareOrPercent(string written, double weight)
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, "canary: {version: v2, weight: " + written + "}");
        Assert.Empty(result.Faults);
        Assert.Empty(result.Warnings);
        Assert.Equal(weight, result.Snapshot!.Rollout.Canaries[0].Weight, 12);
    }

    [Fact]
    public void BareOne_MeansAllAndWarns()
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, "canary: {version: v2, weight: 1}");
        Assert.Equal(1, result.Snapshot!.Rollout.Canaries[0].Weight);
        Assert.Contains("100 %", Assert.Single(result.Warnings).Message);
    }

    [Fact]
    public void EveryOptionalKey_IsTaken()
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, """
            apiVersion: openclaw.io/v1
            bucket: {capacity: 30, refillRate: 6, replicas: 3, initial: empty}
            canary: {version: v2, weight: 10%}
            rating: {window: 30s, errorRateAtZero: 0.2, latencyTarget: 250ms, minSamples: 10, weights: {success: 0.7, latency: 0.3}}
            abort: true
            """);
        Assert.Empty(result.Faults);
        RolloutPolicy rollout = result.Snapshot!.Rollout;
        Assert.Equal(new BucketSettings(10, 2, StartsEmpty: true), rollout.Bucket);
        Assert.True(rollout.Abort);
        RatingSettings rating = new RatingSettings
        {
            Window = TimeSpan.FromSeconds(30), ErrorRateAtZero = 0.2, LatencyTarget = TimeSpan.FromMilliseconds(250),
            MinSamples = 10, SuccessWeight = 0.7, LatencyWeight = 0.3,
        };
        Assert.Equal(rating, rollout.Rating);
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "canary:\n  version: v2\n  weight: 5", "3:11: weight: 5 is above 1; use 0.05 or \"5%\"" },
        { "canary:\n  version: v2\n  weight: 500", "3:11: weight: 500 is above 1; a weight is 0..1 or \"0%\"..\"100%\"" },
        { "canary:\n  version: v2\n  weight: 101%", "3:11: weight: 101% is above 100%" },
        { "canary:\n  version: v2\n  weight: -0.1", "3:11: weight: -0.1 is below 0" },
        { "canary:\n  version: v2\n  weight: .nan", "3:11: weight: .nan is not a finite number" },
        { "canary:\n  version: v2\n  weight: NaN", "3:11: weight: NaN is not a finite number" },
        { "canary:\n  version: v2\n  weight: .inf", "3:11: weight: .inf is not a finite number" },
        { "canary:\n  version: v2\n  weight: 1e999", "3:11: weight: 1e999 is not a finite number" },
        { "canary:\n  version: v2\n  weight: few", "3:11: weight: few is not a number" },
        { "canary:\n  version: v2\n  weight: [1]", "3:11: weight: a single value belongs here, not keys or a list" },
        { "canary:\n  version: v2\n  weight:", "3:10: weight: no value; write one or leave the key out" },
        { "canary:\n  weight: 0", "1:1: version: missing here; name a version of edge.yaml" },
        { "canary:\n  version: v2", "1:1: weight: missing here; write weight: 0.05 or weight: 5%" },
        { "canary:\n  version: v9\n  weight: 0", "2:12: version: v9 is no version of edge.yaml; known here: v1, v2" },
        { "canary:\n  version: v1\n  weight: 0", "2:12: version: v1 is the stable version; a canary is another one" },
        { "canary:", "1:1: canary: nothing stands below it; write its keys or leave it out" },
        { "canary: v2", "1:9: canary: keys with values belong here" },
        { "abort: true\nabort: false", "2:1: abort: given twice, first in line 1; keep one" },
        { "abort: yes", "1:8: abort: yes is neither true nor false" },
        { "bucket: {capacity: 0.5, refillRate: 1}", "1:20: capacity: 0.5 is below 1" },
        { "bucket: {capacity: 5, refillRate: -1}", "1:35: refillRate: -1 is below 0" },
        { "bucket: {capacity: 5}", "1:1: refillRate: missing here; write tokens per second: refillRate: 2" },
        { "bucket: {capacity: 5, refillRate: 1, initial: half}", "1:47: initial: half is none of full, empty" },
        { "bucket: {capacity: 2, refillRate: 1, replicas: 3}", "1:48: replicas: 3 edges cannot share a capacity of 2; each needs one token at least" },
        { "rating: {latencyTarget: 500}", "1:25: latencyTarget: 500 has no unit; write 500s or 500ms" },
        { "rating: {latencyTarget: 5sec}", "1:25: latencyTarget: 5sec has the unit sec; use ms, s, m or h" },
        { "rating: {latencyTarget: soon}", "1:25: latencyTarget: soon is not a duration; write 500ms, 5s, 2m or 1h" },
        { "rating: {window: 1h}", "1:18: window: 1h is above 10m" },
        { "rating: {minSamples: 1.5}", "1:22: minSamples: 1.5 is not a whole number" },
        { "rating: {weights: {success: 0, latency: 0}}", "1:19: weights: success and latency are both 0; one must count" },
        { "apiVersion: v2", "1:13: apiVersion: v2 is none of openclaw.io/v1" },
    };

    [Theory, MemberData(nameof(Refused))]
    public void WrongValue_IsRefusedWhereItStands(string policy, string expected)
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, policy);
        Assert.Null(result.Snapshot);
        Assert.Equal([expected], TestFolder.Brief(result.Faults));
    }

    [Fact]
    public void TenFaults_AreAllListedInOrder()
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, """
            bucket:
              capacity: 0
              refillRate: -1
              initial: half
            canary:
              version: v3
              weight: 5
            rating:
              window: 60
              errorRateAtZero: 2
              minSamples: many
            abort: maybe
            bucket: {}
            """);
        Assert.Equal([2, 3, 4, 6, 7, 9, 10, 11, 12, 13], result.Faults.Select(f => f.Line));
        Assert.All(result.Faults, f => Assert.EndsWith("policy.yaml", f.File));
    }

    [Fact]
    public void UnknownKey_WarnsAndIsAnErrorUnderStrict()
    {
        const string policy = "canary:\n  version: v2\n  weight: 0\n  wieght: 1";
        const string message = "4:3: wieght: unknown key; did you mean weight?";
        LoadResult lenient = TestFolder.Load(TestFolder.Edge, policy);
        Assert.NotNull(lenient.Snapshot);
        Assert.Equal([message], TestFolder.Brief(lenient.Warnings));
        Assert.Equal([message], TestFolder.Brief(TestFolder.Load(TestFolder.Edge, policy, strict: true).Faults));
    }

    [Fact]
    public void ApiVersion_MakesThePolicyStrictAndNotTheEdge()
    {
        string edge = TestFolder.Edge + "\nextra: 1";
        LoadResult fine = TestFolder.Load(edge, "apiVersion: openclaw.io/v1");
        Assert.NotNull(fine.Snapshot);
        Assert.Contains("extra: unknown key", Assert.Single(fine.Warnings).Message);
        Assert.Contains("guard: not supported", Assert.Single(TestFolder.Load(edge, "guard: {}\napiVersion: openclaw.io/v1").Faults).Message);
    }

    [Theory]
    [InlineData("guard: {mode: enforce}")]
    [InlineData("weightFrom: {}")]
    [InlineData("rating: {feedback: {}}")]
    [InlineData("rating: {weights: {feedback: 0.15}}")]
    public void KeyOfALaterRelease_IsNeverSilentlyTaken(string policy)
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, policy);
        Assert.NotNull(result.Snapshot);
        Assert.EndsWith("not supported by this release, has no effect", Assert.Single(result.Warnings).Message);
        Assert.Single(TestFolder.Load(TestFolder.Edge, policy, strict: true).Faults);
    }
}
