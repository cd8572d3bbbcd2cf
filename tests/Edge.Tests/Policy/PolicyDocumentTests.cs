using System.Net;
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
        { "canary:\n  version: v2\n  weight: 500", "3:11: weight: 500 is above 1; a share is 0..1 or \"0%\"..\"100%\"" },
        { "canary:\n  version: v2\n  weight: 101%", "3:11: weight: 101% is above 100%" },
        { "canary:\n  version: v2\n  weight: -0.1", "3:11: weight: -0.1 is below 0" },
        { "canary:\n  version: v2\n  weight: .nan", "3:11: weight: .nan is not a finite number; write 0.05 or 5%" },
        { "canary:\n  version: v2\n  weight: NaN", "3:11: weight: NaN is not a finite number; write 0.05 or 5%" },
        { "canary:\n  version: v2\n  weight: .inf", "3:11: weight: .inf is not a finite number; write 0.05 or 5%" },
        { "canary:\n  version: v2\n  weight: 1e999", "3:11: weight: 1e999 is not a finite number; write 0.05 or 5%" },
        { "canary:\n  version: v2\n  weight: few", "3:11: weight: few is not a number; write 0.05 or 5%" },
        { "canary:\n  version: v2\n  weight: 5 %", "3:11: weight: \"5 %\" has a blank before its sign; write 5%" },
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
        { "rating: {latencyTarget: 5sec}", "1:25: latencyTarget: 5sec is not how a duration is written; write 5s" },
        { "rating: {latencyTarget: soon}", "1:25: latencyTarget: soon is not a duration; write 500ms, 5s, 2m or 1h" },
        { "rating: {latencyTarget: 0.5 S}", "1:25: latencyTarget: \"0.5 S\" is not how a duration is written; write 0.5s" },
        { "rating: {latencyTarget: 1 hour}", "1:25: latencyTarget: \"1 hour\" is not how a duration is written; write 1h" },
        { "rating: {window: 1h}", "1:18: window: 1h is above 10m" },
        { "rating: {minSamples: 1.5}", "1:22: minSamples: 1.5 is not a whole number" },
        { "rating: {weights: {success: 0, latency: 0}}", "1:19: weights: success and latency are both 0; one must count" },
        { "stickiness: {type: header}\ncanaries: []", "1:20: type: header is none of cookie, hash" },
        { "stickiness: {name: \"a b\"}\ncanaries: []", "1:20: name: \"a b\" is no cookie name (RFC 6265, section 4.1.1)" },
        { "stickiness: {maxAge: 0s}\ncanaries: []", "1:22: maxAge: 0s is below 1s" },
        { "stickiness: {maxAge: 500 days}\ncanaries: []", "1:22: maxAge: \"500 days\" is not how a duration is written; write 12000h" },
        { "stickiness: {maxAge: 12000h}\ncanaries: []", "1:22: maxAge: 12000h is above 9600h" },
        { "stickiness: {onWeightZero: stay}\ncanaries: []", "1:28: onWeightZero: stay is none of break, drain" },
        { "stickiness: {type: hash}\ncanaries: []", "1:1: key: missing here; write key: header:X-User, key: cookie:user or key: clientIp" },
        { "stickiness: {type: hash, key: user}\ncanaries: []", "1:31: key: user is no key source; write header:NAME, cookie:NAME or clientIp" },
        { "stickiness: {type: hash, key: \"header:\"}\ncanaries: []", "1:31: key: header: names \"\", which is no field name (RFC 9110, section 5.1)" },
        { "stickiness: {type: hash, key: \"cookie:a;b\"}\ncanaries: []", "1:31: key: cookie:a;b names a;b, which is no cookie name (RFC 6265, section 4.1.1)" },
        { "stickiness: {type: hash, key: header:X-OpenClaw-User}\ncanaries: []", "1:31: key: header:X-OpenClaw-User names X-OpenClaw-User, which is a field the edge itself answers for; choose another" },
        { "overrides: {header: {}}\ncanaries: []", "1:13: name: missing here; name the header that asks for a version: name: X-Canary" },
        { "overrides: {cookie: {}}\ncanaries: []", "1:13: name: missing here; name the cookie that asks for a version: name: canary" },
        { "overrides: {header: {name: \"X Canary\"}}\ncanaries: []", "1:28: name: \"X Canary\" is no field name (RFC 9110, section 5.1)" },
        { "overrides: {header: {name: X-OpenClaw-Canary}}\ncanaries: []", "1:28: name: X-OpenClaw-Canary is a field the edge itself answers for; choose another" },
        { "overrides: {cookie: {name: c, trustedCidrs: [10.0.0.1/8]}}\ncanaries: []", "1:46: trustedCidrs[0]: 10.0.0.1/8 has bits set behind its prefix; use 10.0.0.0/8" },
        { "overrides: {cookie: {name: c, trustedCidrs: 10.0.0.0/8}}\ncanaries: []", "1:45: trustedCidrs: a list belongs here: [first, second]" },
        { "mirror: {version: v2}", "1:1: fraction: missing here; write fraction: 0.1 or fraction: 10%" },
        { "mirror: {fraction: 10%}", "1:1: version: missing here; name a version of edge.yaml" },
        { "mirror: {version: v22, fraction: 10%}", "1:19: version: v22 is no version of edge.yaml; known here: v1, v2" },
        { "mirror: {version: v2, fraction: 10}", "1:33: fraction: 10 is above 1; use 0.1 or \"10%\"" },
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
    public void Stickiness_HasItsDefaults()
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, "stickiness: {}\n" + TestFolder.Policy);
        Assert.Equal(["1:1: keyFile: none; sessions end with this process, and other edges do not know them"], TestFolder.Brief(result.Warnings));
        Assert.Equal(new StickinessSettings(), result.Snapshot!.Rollout.Stickiness);
        Assert.Equal(("openclaw-session", TimeSpan.FromHours(24), null, null, false), result.Snapshot.Rollout.Stickiness switch
        {
            { } s => (s.CookieName, s.MaxAge, s.KeyFile, s.HashOf, s.DrainsAtZero),
            null => default,
        });
    }

    [Theory]
    [InlineData("header:X-User", KeySourceKind.Header, "X-User")]
    [InlineData("cookie:user", KeySourceKind.Cookie, "user")]
    [InlineData("clientIp", KeySourceKind.ClientAddress, "")]
    public void Hash_TakesItsKeyFromAPartOfTheRequest(string written, KeySourceKind kind, string name)
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, TestFolder.Policy + $"\nstickiness: {{type: hash, key: \"{written}\", salt: 2024, onWeightZero: break}}");
        Assert.Empty(result.Warnings);
        Assert.Equal(new StickinessSettings { HashOf = new KeySource(kind, name), Salt = "2024" }, result.Snapshot!.Rollout.Stickiness);
    }

    [Fact]
    public void OverridesAndMirror_AreTaken()
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, TestFolder.Policy + """

            overrides: {header: {name: X-Canary, trustedCidrs: [10.0.0.0/8, "fd00::/8"]}, cookie: {name: canary}}
            mirror: {version: v2, fraction: 10%}
            """);
        Assert.Empty(result.Faults);
        Assert.Empty(result.Warnings);
        RolloutPolicy rollout = result.Snapshot!.Rollout;
        Assert.Equal([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8")], rollout.Overrides.Header!.TrustedNetworks);
        Assert.Equal(("X-Canary", new OverrideRule("canary", null)), (rollout.Overrides.Header.Name, rollout.Overrides.Cookie));
        Assert.Equal(new MirrorSettings("v2", 0.1), rollout.Mirror);
    }

    /// <summary>An empty list trusts nobody; no list trusts everybody.</summary>
    [Fact]
    public void EmptyTrustedCidrs_AreNotNone() =>
        Assert.Empty(TestFolder.Load(TestFolder.Edge, TestFolder.Policy + "\noverrides: {header: {name: X-Canary, trustedCidrs: []}}").Snapshot!.Rollout.Overrides.Header!.TrustedNetworks!);

    [Theory]
    [InlineData("bucket: {capacity: 5, refillRate: 1}", "1:9: bucket: has no effect without canary")]
    [InlineData("stickiness: {type: hash, key: clientIp}", "1:13: stickiness: has no effect without canary")]
    [InlineData("stickiness: {type: hash, key: clientIp, onWeightZero: drain}\ncanaries: []", "1:55: onWeightZero: drain needs type: cookie; a hash cannot tell a session that was there from one that begins")]
    [InlineData("overrides: {header: {name: X-Canary}}", "1:12: overrides: has no effect without canary")]
    [InlineData("overrides: {}\ncanaries: []", "1:12: overrides: has no effect without header or cookie")]
    [InlineData("stickiness: {key: clientIp}\ncanaries: []", "1:19: key: has no effect with type: cookie")]
    [InlineData("stickiness: {salt: pepper}\ncanaries: []", "1:20: salt: has no effect with type: cookie")]
    [InlineData("stickiness: {type: hash, key: clientIp, name: c}\ncanaries: []", "1:47: name: has no effect with type: hash")]
    [InlineData("stickiness: {type: hash, key: clientIp, maxAge: 1h}\ncanaries: []", "1:49: maxAge: has no effect with type: hash")]
    [InlineData("stickiness: {type: hash, key: clientIp, keyFile: /run/key}\ncanaries: []", "1:50: keyFile: has no effect with type: hash")]
    [InlineData("canary: {version: v2, weight: 5%, floor: 1}", "1:42: floor: has no effect without bucket")]
    public void KeyWithoutEffect_Warns(string policy, string expected)
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, policy);
        Assert.NotNull(result.Snapshot);
        Assert.Contains(expected, TestFolder.Brief(result.Warnings));
    }

    /// <summary>A key has one type, so quotes tell nothing; least of all may they stop an abort.</summary>
    [Theory]
    [InlineData("abort: \"true\"")]
    [InlineData("abort: 'true'")]
    [InlineData("\"abort\": TRUE")]
    public void Quotes_ChangeNothing(string policy)
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, policy + "\nbucket: {capacity: \"20\", refillRate: '2'}\ncanaries: []");
        Assert.Empty(result.Faults);
        Assert.True(result.Snapshot!.Rollout.Abort);
        Assert.Equal(new BucketSettings(20, 2), result.Snapshot.Rollout.Bucket);
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
        Assert.Contains("extra: unknown key", Assert.Single(TestFolder.Load(TestFolder.Edge, "extra: {}\napiVersion: openclaw.io/v1").Faults).Message);
    }
}
