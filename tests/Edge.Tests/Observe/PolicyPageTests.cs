// /policy says the policy in force in full, so that what an operator saves of it is that policy.

using System.Text;
using System.Text.Json;
using CsCheck;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tests.Policy;

namespace OpenClaw.Edge.Tests.Observe;

public sealed class PolicyPageTests
{
    private const string Edge = TestFolder.Edge + "\n  v3: {endpoints: [\"http://127.0.0.1:9003\"]}";

    [Theory]
    [InlineData("{}")]
    [InlineData("abort: true")]
    [InlineData("bucket: {capacity: 4.5, refillRate: 0.001, initial: empty}\ncanary: {version: v2, weight: 12.5%}\nrating: {window: 90s, latencyTarget: 1500ms, minSamples: 0, weights: {latency: 0}}")]
    [InlineData("bucket: {capacity: 4.5, refillRate: 1}\ncanaries: []")]
    [InlineData("canary: {version: v2, weight: 100%, priority: -3}")]
    [InlineData("bucket: {capacity: 25, refillRate: 2, replicas: 3}\ncanaries: [{version: v2, weight: 1e-7, floor: 22}, {version: v3, weight: 90%, priority: 7}]")]
    [InlineData("canary: {version: v2, weight: 0}\nstickiness: {}")]
    [InlineData("canary: {version: v2, weight: 0}\nstickiness: {name: s, maxAge: 100100ms, keyFile: KEY, onWeightZero: drain}")]
    [InlineData("canary: {version: v2, weight: 0}\nstickiness: {type: hash, key: header:X-User, salt: \"\"}")]
    [InlineData("canary: {version: v2, weight: 0}\nstickiness: {type: hash, key: cookie:user, salt: \"a 'b' <c>\"}")]
    [InlineData("canary: {version: v2, weight: 0}\nstickiness: {type: hash, key: clientIp}")]
    [InlineData("canary: {version: v2, weight: 0}\noverrides: {header: {name: X-C, trustedCidrs: []}, cookie: {name: c, trustedCidrs: [10.0.0.0/8, \"fd00::/8\"]}}")]
    [InlineData("canary: {version: v2, weight: 0}\noverrides: {cookie: {name: c}}")]
    [InlineData("mirror: {version: v3, fraction: 1}")]
    [InlineData("rateLimit: [{key: clientIp, average: 7}, {key: header:X-Key, average: 100, period: 90s, burst: 3, mode: observe, headers: draft}, {key: cookie:u, average: 1, headers: x}]")]
    [InlineData("rating: {issueFraction: 1, maxHeuristicWeight: 25%, feedback: {path: \"\", tokenMaxAge: 90s, halfLife: 30s, limit: {average: 3, period: 90s, burst: 7}}}")]
    [InlineData("guard: {mode: observe, failBelow: 0.5, passAbove: 0.9, interval: 2s, alpha: 0.01, consecutiveFailures: 0, rampOver: 0s}")]
    [InlineData("weightFrom: {httpRoute: rating-api, rollout: rating-api, namespace: shop, services: {v2: rating-api-canary}, hostnames: [a.example, \"b 'c'\"], staleAfter: 10m}\ncanary: {version: v2}")]
    [InlineData("weightFrom: {rollout: rating-api}\nbucket: {capacity: 20, refillRate: 2}\ncanaries: [{version: v2, weight: 1}, {version: v3, weight: 60%}]")]
    public void PageSavedAsAFile_IsThePolicy(string policy)
    {
        using TestFolder folder = new();
        LoadResult first = TestFolder.Load(Edge, policy.Replace("KEY", folder.Write("session.key", "a secret of 20 bytes")));
        Assert.Empty(first.Faults);
        AssertReadsBack(first);
    }

    [Fact]
    public void Tokens_ReadBackExactly() =>
        Gen.Select(Gen.Double[2, 1e6], Gen.Double[0, 1e6], Gen.Int[1, 50], Gen.Double[0, 1], Gen.Int[-2, 2], Gen.Int[1, 1_000_000])
            .Where((capacity, _, replicas, _, _, _) => capacity / replicas >= 1)
            .Sample((capacity, rate, replicas, part, priority, milliseconds) =>
            {
                string floor = Text(Math.Floor((capacity - replicas) * part));
                LoadResult first = TestFolder.Load(Edge, $$"""
                    bucket: {capacity: {{Text(capacity)}}, refillRate: {{Text(rate)}}, replicas: {{replicas}}}
                    canaries: [{version: v2, weight: {{Text(part / 3)}}, floor: {{floor}}}, {version: v3, weight: {{Text(part / 2)}}, priority: {{priority}}}]
                    stickiness: {maxAge: {{1000 + milliseconds}}ms}
                    """);
                Assert.Empty(first.Faults);
                AssertReadsBack(first);
            }, iter: 300);

    [Fact]
    public void EveryDefault_StandsInThePage()
    {
        RolloutPolicy policy = TestFolder.Load(Edge, TestFolder.Policy + "\nstickiness: {}\nmirror: {version: v3, fraction: 1}").Snapshot!.Rollout;
        JsonElement page = JsonDocument.Parse(PolicyPage.Render(policy)).RootElement;
        Assert.Equal("""[{"version":"v2","weight":0.05,"priority":0,"floor":0}]""", JsonSerializer.Serialize(page.GetProperty("canaries")));
        Assert.Equal("""{"capacity":20,"refillRate":2,"initial":"full","replicas":1}""", JsonSerializer.Serialize(page.GetProperty("bucket")));
        Assert.Equal("""{"type":"cookie","name":"openclaw-session","maxAge":"24h","onWeightZero":"break"}""", JsonSerializer.Serialize(page.GetProperty("stickiness")));
        Assert.Equal("""{"version":"v3","fraction":"100%"}""", JsonSerializer.Serialize(page.GetProperty("mirror")));
        Assert.False(page.GetProperty("abort").GetBoolean());
    }

    /// <summary>Where a webhook's path is its password, whoever may read the page must not call it.</summary>
    [Fact]
    public void Webhook_IsNamedByItsHostAlone()
    {
        RolloutPolicy policy = TestFolder.Load(Edge, "guard: {webhook: {url: \"https://hooks.example:8443/secret?token=secret\"}}").Snapshot!.Rollout;
        string page = Encoding.UTF8.GetString(PolicyPage.Render(policy));
        Assert.Contains("https://hooks.example:8443", page);
        Assert.DoesNotContain("secret", page);
    }

    /// <summary>With no warning that was not there before: a missing keyFile, for one, is still missing.</summary>
    private static void AssertReadsBack(LoadResult first)
    {
        RolloutPolicy inForce = first.Snapshot!.Rollout;
        LoadResult again = TestFolder.Load(Edge, Encoding.UTF8.GetString(PolicyPage.Render(inForce)), strict: true);
        Assert.Empty(again.Faults);
        Assert.Empty(again.Warnings.Select(warning => warning.Message).Except(first.Warnings.Select(warning => warning.Message)));
        RolloutPolicy read = again.Snapshot!.Rollout;
        // Lists compare by reference: what is in them first, then the rest.
        Assert.Equal(inForce.Canaries, read.Canaries);
        Assert.Equal(inForce.RateLimits, read.RateLimits);
        Assert.Equal(inForce.Overrides.Header?.TrustedNetworks, read.Overrides.Header?.TrustedNetworks);
        Assert.Equal(inForce.Overrides.Cookie?.TrustedNetworks, read.Overrides.Cookie?.TrustedNetworks);
        Assert.Equal((inForce.Overrides.Header?.Name, inForce.Overrides.Cookie?.Name), (read.Overrides.Header?.Name, read.Overrides.Cookie?.Name));
        Assert.True(inForce.WeightFrom?.AsksTheSame(read.WeightFrom) ?? read.WeightFrom is null);
        Assert.Equal(inForce.WeightFrom?.StaleAfter, read.WeightFrom?.StaleAfter);
        Assert.Equal(inForce with { Canaries = read.Canaries, Overrides = read.Overrides, RateLimits = read.RateLimits, WeightFrom = read.WeightFrom }, read);
    }

    private static string Text(double number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
