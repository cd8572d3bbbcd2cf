// What an HTTPRoute says of the traffic, in every state that a rollout controller leaves it in, and what is refused of it.

using CsCheck;
using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Policy;
using static OpenClaw.Edge.Tests.Kubernetes.Objects;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class HttpRouteReaderTests
{
    private static readonly string[] Changing = ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "CORS"];

    private static void AssertRefused(string place, string json)
    {
        TrafficReading reading = ReadRoute(json);
        Assert.StartsWith(place + ": ", reading.Refusal, StringComparison.Ordinal);
        Assert.Empty(reading.Shares);
        Assert.Empty(reading.HeaderRoutes);
    }

    private static double Canary(string json)
    {
        TrafficReading reading = ReadRoute(json);
        Assert.Null(reading.Refusal);
        Assert.Equal(1, reading.Shares["v1"] + reading.Shares["v2"], 12);
        return reading.Shares["v2"];
    }

    [Theory]
    [InlineData(0, 100, 0)] // installed; and after an abort or a promotion
    [InlineData(5, 95, 0.05)]
    [InlineData(100, 0, 1)] // the last step is done
    [InlineData(1, 999, 0.001)]
    [InlineData(1_000_000, 1_000_000, 0.5)]
    public void Share_IsTheWeightOverTheSumOfTheRule(int canary, int stable, double expected) => Assert.Equal(expected, Canary(Route(Rule(canary, stable))));

    [Fact]
    public void MissingWeights_AreOneEach() => Assert.Equal(0.5, Canary(Route(Rule($"{Backend("stable")},{Backend("canary")}"))));

    [Fact]
    public void RuleWithoutMatchesAndWithoutAType_TakesEverything()
    {
        Assert.Equal(0.25, Canary(Route($$"""{"backendRefs":[{"name":"rating-api-stable","weight":3},{"name":"rating-api-canary"}]}""")));
        Assert.Equal(0.25, Canary(Route($$"""{"matches":[{"path":{"value":"/"} }],"backendRefs":[{"name":"rating-api-stable","weight":3},{"name":"rating-api-canary","weight":1}]}""")));
        Assert.Equal(0.25, Canary(Route($$"""{"matches":[{}],"backendRefs":[{"name":"rating-api-stable","weight":3},{"name":"rating-api-canary","weight":1}]}""")));
    }

    [Fact]
    public void ServiceTwice_AddsUp() => Assert.Equal(0.3, Canary(Route(Rule($"{Backend("canary", 10)},{Backend("stable", 70)},{Backend("canary", 20)}"))), 15);

    [Fact]
    public void ExperimentsBackend_IsStablesAndNoted()
    {
        TrafficReading reading = ReadRoute(Route(Rule($"{Backend("stable", 70)},{Backend("canary", 20)},{Backend("experiment", 10)}")));
        Assert.Null(reading.Refusal);
        Assert.Equal((0.2, 0.8), (reading.Shares["v2"], reading.Shares["v1"]));
        Assert.Contains("spec.rules[0].backendRefs[2]: rating-api-experiment", Assert.Single(reading.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"namespace\":\"other\"")]
    [InlineData("\"kind\":\"ServiceImport\",\"group\":\"multicluster.x-k8s.io\"")]
    [InlineData("\"group\":\"example.com\"")]
    public void SameNameOfAnotherKindOrPlace_IsNoVersion(string what) =>
        Assert.Equal(0, Canary(Route(Rule($$"""{{Backend("stable", 50)}},{"name":"rating-api-canary","weight":50,{{what}} }"""))));

    [Fact]
    public void OwnNamespaceWritten_IsTheSame() => Assert.Equal(0.5, Canary(Route(Rule($$"""{{Backend("stable", 50)}},{"name":"rating-api-canary","weight":50,"namespace":"openclaw"}"""))));

    [Fact]
    public void AbsentCanary_GetsNothingAndIsNoted()
    {
        TrafficReading reading = ReadRoute(Route(Rule(Backend("stable", 100))));
        Assert.Equal(0, reading.Shares["v2"]);
        Assert.Contains("rating-api-canary is not there", Assert.Single(reading.Notes), StringComparison.Ordinal);
        Assert.Equal(1, Canary(Route(Rule(Backend("canary", 1)))));
    }

    [Fact]
    public void AllWeightsZero_LeaveTheCanariesNothing()
    {
        TrafficReading reading = ReadRoute(Route(Rule(0, 0)));
        Assert.Equal((null, 0, 1), (reading.Refusal, reading.Shares["v2"], reading.Shares["v1"]));
        Assert.Contains("every weight is 0", Assert.Single(reading.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void SeveralCanaries_HaveAShareEach()
    {
        TrafficReading reading = ReadRoute(Route(Rule($"{Backend("stable", 70)},{Backend("canary", 20)},{Backend("next", 10)}")), TwoCanaries);
        Assert.Equal((0.7, 0.2, 0.1), (reading.Shares["v1"], reading.Shares["v2"], reading.Shares["v3"]));
    }

    [Fact]
    public void ManagedHeaderRoute_GoesToTheCanaryAndCountsInNoShare()
    {
        TrafficReading reading = ReadRoute(Route(Rule(0, 100), Managed(Header("x-canary", "always"))));
        Assert.Null(reading.Refusal);
        Assert.Equal(0, reading.Shares["v2"]);
        HeaderRoute route = Assert.Single(reading.HeaderRoutes);
        Assert.Equal(("canary-header", "v2"), (route.Name, route.Version));
        Assert.Equal(new HeaderCondition("x-canary", "always"), Assert.Single(route.Conditions));
    }

    [Fact]
    public void HeaderRoutes_StandInTheOrderInWhichTheyAreTried()
    {
        TrafficReading reading = ReadRoute(Route(
            $$"""{"name":"a","matches":[{"headers":[{{Header("x-a", "1")}}]},{"headers":[{{Header("x-a", "2")}},{{Header("x-b", "2")}}]}],"backendRefs":[{{Backend("canary")}}]}""",
            $$"""{"name":"b","matches":[{"headers":[{{Header("x-b", "1")}}]}],"backendRefs":[{{Backend("stable", 5)}},{{Backend("canary", 0)}}]}""",
            $$"""{"name":"c","matches":[{"headers":[{{Header("x-c", "1")}},{{Header("x-d", "pre.*", "RegularExpression")}},{{Header("x-e", "1")}}]}],"backendRefs":[{{Backend("canary")}}]}""",
            Rule(5, 95)));
        Assert.Null(reading.Refusal);
        Assert.Equal(["c", "a", "a", "b"], reading.HeaderRoutes.Select(route => route.Name));
        Assert.Equal(["v2", "v2", "v2", "v1"], reading.HeaderRoutes.Select(route => route.Version));
        Assert.Equal(new HeaderCondition("x-d", "pre.*", IsPattern: true), reading.HeaderRoutes[0].Conditions[1]);
    }

    [Fact]
    public void SameHeaderTwice_TheFirstCounts()
    {
        HeaderRoute route = Assert.Single(ReadRoute(Route(Rule(0, 100), Managed($"{Header("X-Canary", "a")},{Header("x-canary", "b")},{Header("x-b", "c")}"))).HeaderRoutes);
        Assert.Equal([new HeaderCondition("X-Canary", "a"), new HeaderCondition("x-b", "c")], route.Conditions);
    }

    /// <summary>The controller writes its weights into every rule that it does not manage.</summary>
    [Theory]
    [InlineData(5, 95)]
    [InlineData(0, 100)]
    [InlineData(100, 0)]
    public void HeaderRuleWithTheSplitsOwnWeights_IsASplit(int canary, int stable)
    {
        string own = $$"""{"name":"own","matches":[{"headers":[{{Header("x-a", "1")}},{{Header("x-b", "1")}}]}],"backendRefs":[{{Backend("stable", stable)}},{{Backend("canary", canary)}}]}""";
        Assert.Empty(ReadRoute(Route(own, Rule(canary, stable))).HeaderRoutes);

        // Ahead of one that leads elsewhere it has to be known.
        TrafficReading both = ReadRoute(Route(own, Rule(canary, stable), Managed(Header("x-a", "1"))));
        Assert.Equal([null, "v2"], both.HeaderRoutes.Select(route => route.Version));
    }

    [Fact]
    public void HeaderRuleWithSharesOfItsOwn_IsRefused() => AssertRefused(
        "spec.rules[0].backendRefs",
        Route($$"""{"matches":[{"headers":[{{Header("x-a", "1")}}]}],"backendRefs":[{{Backend("stable", 50)}},{{Backend("canary", 50)}}]}""", Rule(5, 95)));

    [Fact]
    public void WeightedRulesThatAgree_AreOneSplit()
    {
        Assert.Equal(0.05, Canary(Route(Rule(5, 95), Rule(10, 190))));
        AssertRefused("spec.rules[1].backendRefs", Route(Rule(5, 95), Rule(6, 94)));
        AssertRefused("spec.rules[1].backendRefs", Route(Rule(5, 95), Rule(Backend("other", 1))));
    }

    [Fact]
    public void Hostnames_AreThoseThatThePolicyNames()
    {
        Assert.Null(ReadRoute(RouteOf("\"hostnames\":[\"API.example.com\"],", Rule(5, 95))).Refusal);
        AssertRefused("spec.hostnames[1]", RouteOf("\"hostnames\":[\"api.example.com\",\"shop.example.com\"],", Rule(5, 95)));
        AssertRefused("spec.hostnames[0]", RouteOf("\"hostnames\":[7],", Rule(5, 95)));
    }

    [Theory]
    [InlineData("{\"path\":{\"type\":\"PathPrefix\",\"value\":\"/api\"}}", "path")]
    [InlineData("{\"path\":{\"type\":\"Exact\",\"value\":\"/\"}}", "path")]
    [InlineData("{\"path\":{\"type\":\"RegularExpression\",\"value\":\"/.*\"}}", "path")]
    [InlineData("{\"method\":\"GET\"}", "method")]
    [InlineData("{\"queryParams\":[{\"name\":\"a\",\"value\":\"b\"}]}", "queryParams")]
    [InlineData("{\"weather\":\"rain\"}", "weather")]
    [InlineData("{\"headers\":[{\"type\":\"Present\",\"name\":\"x-a\",\"value\":\"b\"}]}", "headers[0].type")]
    [InlineData("{\"headers\":[{\"name\":\"x a\",\"value\":\"b\"}]}", "headers[0].name")]
    [InlineData("{\"headers\":[{\"value\":\"b\"}]}", "headers[0].name")]
    [InlineData("{\"headers\":[{\"name\":\"x-a\"}]}", "headers[0].value")]
    [InlineData("{\"headers\":[{\"name\":\"x-a\",\"value\":5}]}", "headers[0].value")]
    [InlineData("{\"headers\":[{\"name\":\"x-a\",\"value\":\"(a\",\"type\":\"RegularExpression\"}]}", "headers[0].value")]
    [InlineData("{\"headers\":{}}", "headers")]
    public void WhatThisEdgeDoesNotLookAt_IsRefused(string match, string place) =>
        AssertRefused($"spec.rules[1].matches[0].{place}", Route(Rule(5, 95), $$"""{"matches":[{{match}}],"backendRefs":[{{Backend("canary")}}]}"""));

    [Theory]
    [InlineData("RequestRedirect")]
    [InlineData("URLRewrite")]
    [InlineData("ExtensionRef")]
    [InlineData("ExternalAuth")]
    [InlineData("SomethingNew")]
    public void FilterThatMaySendRequestsElsewhere_IsRefused(string type)
    {
        AssertRefused("spec.rules[0].filters[0].type", Route($$"""{"filters":[{"type":"{{type}}"}],"backendRefs":[{{Backend("stable")}}]}"""));
        AssertRefused("spec.rules[0].backendRefs[0].filters[0].type", Route($$"""{"backendRefs":[{"name":"rating-api-stable","filters":[{"type":"{{type}}"}]}]}"""));
    }

    [Fact]
    public void FilterThatOnlyChangesWhatPasses_IsNoted() => Assert.All(Changing, type =>
    {
        TrafficReading reading = ReadRoute(Route(Rule($$"""{{Backend("stable", 95)}},{"name":"rating-api-canary","weight":5,"filters":[{"type":"{{type}}","responseHeaderModifier":{"add":[{"name":"Set-Cookie","value":"a=b"}]} }]}""")));
        Assert.Equal((null, 0.05), (reading.Refusal, reading.Shares["v2"]));
        Assert.StartsWith($"spec.rules[0].backendRefs[1].filters[0]: {type}", Assert.Single(reading.Notes), StringComparison.Ordinal);
    });

    /// <summary>Flagger keeps sessions by a cookie that the canary's backend sets, and a rule that looks for it.</summary>
    [Fact]
    public void FlaggersSessionAffinity_IsFollowedInItsRules()
    {
        string cookie = Header("Cookie", ".*flagger-cookie.*=.*AbCdEfGhIj.*", "RegularExpression");
        TrafficReading reading = ReadRoute(Route(
            $$"""{"matches":[{"path":{"type":"PathPrefix","value":"/"},"headers":[{{cookie}}]}],"backendRefs":[{{Backend("stable", 0)}},{{Backend("canary", 100)}}]}""",
            Rule($$"""{{Backend("stable", 90)}},{"name":"rating-api-canary","weight":10,"filters":[{"type":"ResponseHeaderModifier"}]}""")));
        Assert.Equal((null, 0.1, "v2"), (reading.Refusal, reading.Shares["v2"], Assert.Single(reading.HeaderRoutes).Version));
    }

    [Theory]
    [InlineData("-5", "-5 is below 0")]
    [InlineData("1.5", "1.5 is no whole number")]
    [InlineData("1000001", "1000001 is above 1000000")]
    [InlineData("1e300", "1e300 is above 1000000")]
    [InlineData("99999999999999999999999999", "is above 1000000")]
    [InlineData("\"5\"", "is text")]
    [InlineData("true", "is a switch")]
    [InlineData("[5]", "is a list")]
    [InlineData("{}", "is a mapping")]
    public void WeightThatIsNone_IsRefusedByItsPlace(string weight, string what)
    {
        string json = Route(Rule(5, 95), Rule($$"""{"name":"rating-api-canary","weight":{{weight}} },{{Backend("stable", 95)}}"""));
        AssertRefused("spec.rules[1].backendRefs[0].weight", json);
        Assert.Contains(what, ReadRoute(json).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void RouteWithoutOurService_NamesThoseThatWereLookedForAndFound()
    {
        string json = Route(Rule($"{Backend("stabel", 95)},{Backend("kanary", 5)}"));
        AssertRefused("spec.rules[0].backendRefs", json);
        string refusal = ReadRoute(json).Refusal!;
        Assert.All(["rating-api-stable (v1)", "rating-api-canary (v2)", "rating-api-stabel", "rating-api-kanary"], name => Assert.Contains(name, refusal, StringComparison.Ordinal));
    }

    [Fact]
    public void RouteThatDoesNotTakeEveryRequest_IsRefused()
    {
        AssertRefused("spec.rules", Route());
        AssertRefused("spec.rules", Route(Managed(Header("x-canary", "always"))));
        AssertRefused("spec.rules", """{"kind":"HTTPRoute"}""");
    }

    [Fact]
    public void OneServiceForTwoVersions_IsRefused()
    {
        TrafficQuestion question = Question with { Services = new Dictionary<string, string> { ["v1"] = "rating-api", ["v2"] = "rating-api" } };
        Assert.Contains("weightFrom.services", ReadRoute(Route(Rule(5, 95)), question).Refusal, StringComparison.Ordinal);
        question = Question with { Services = new Dictionary<string, string> { ["v1"] = "rating-api" } };
        Assert.StartsWith("nothing says which Service is behind v2", ReadRoute(Route(Rule(5, 95)), question).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void MoreHeaderRulesThanAreTriedOnARequest_AreRefused()
    {
        string[] Rules(int count, string type) => [Rule(5, 95), .. Enumerable.Range(0, count).Select(i => Managed(Header("x-a", $"{i}", type)))];
        Assert.Null(ReadRoute(Route(Rules(HeaderRoute.Most, "Exact"))).Refusal);
        AssertRefused("spec.rules", Route(Rules(HeaderRoute.Most + 1, "Exact")));
        Assert.Null(ReadRoute(Route(Rules(HeaderRoute.PatternsMost, "RegularExpression"))).Refusal);
        AssertRefused($"spec.rules[{HeaderRoute.PatternsMost + 1}].matches[0].headers[0].value", Route(Rules(HeaderRoute.PatternsMost + 1, "RegularExpression")));
        AssertRefused("spec.rules", Route([Rule(5, 95), .. Enumerable.Repeat(Managed(Header("x-a", "a.*", "RegularExpression")), HeaderRoute.PatternsMost + 1)]));
    }

    /// <summary>Each would take a millisecond and 250 KiB.</summary>
    [Fact]
    public void PatternsBeyondTheMost_AreNotCompiled()
    {
        RoutePatterns patterns = new();
        Assert.All(Enumerable.Range(0, HeaderRoute.PatternsMost), i => Assert.Null(patterns.Judge($"a{i}")));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("a route has 32 regular expressions at most", patterns.Judge(".{100}"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
        Assert.Null(patterns.Judge("a0"));
    }

    [Fact]
    public void HugeRoute_IsRefusedInFewWords()
    {
        string backends = string.Join(",", Enumerable.Range(0, 5000).Select(i => Backend($"other-{i}", 1)));
        Assert.InRange(ReadRoute(Route(Rule(backends))).Refusal!.Length, 100, 1100);
        string headers = string.Join(",", Enumerable.Range(0, 17).Select(i => $$"""{"name":"x-{{i}}","value":"1"}"""));
        AssertRefused("spec.rules[1].matches[0].headers", Route(Rule(5, 95), $$"""{"matches":[{"headers":[{{headers}}]}],"backendRefs":[{{Backend("canary")}}]}"""));
    }

    [Fact]
    public void NameOfARule_IsOneShortLine()
    {
        string rule = Managed(Header("x-canary", "always"));
        HeaderRoute route = Assert.Single(ReadRoute(Route(Rule(5, 95), $$"""{"name":"a\u001b[2J\n{{new string('x', 500)}}",{{rule[(rule.IndexOf("\"matches\"", StringComparison.Ordinal))..]}}""")).HeaderRoutes);
        Assert.DoesNotContain(route.Name, char.IsControl);
        Assert.InRange(route.Name.Length, 1, 100);
    }

    [Fact]
    public void AnyWeights_ComeToSharesThatSumToOne() =>
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[0, 1_000_000], Gen.Int[0, 1_000_000]).Where((a, b, c) => a + b + c > 0).Sample((stable, canary, next) =>
        {
            TrafficReading reading = ReadRoute(Route(Rule($"{Backend("stable", stable)},{Backend("canary", canary)},{Backend("next", next)}")), TwoCanaries);
            double sum = (double)stable + canary + next;
            return reading.Refusal is null && reading.Shares["v2"] == canary / sum && reading.Shares["v3"] == next / sum && Math.Abs(reading.Shares.Values.Sum() - 1) < 1e-12;
        }, iter: 300);
}
