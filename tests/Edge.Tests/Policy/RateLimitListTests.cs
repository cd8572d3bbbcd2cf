// How client rate limits are written, and what a wrong word is told.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Policy;

public sealed class RateLimitListTests
{
    [Fact]
    public void EveryKey_IsTaken()
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, """
            apiVersion: openclaw.io/v1
            rateLimit:
            - {key: "header:X-Api-Key", average: 100, period: 1m, burst: 20, mode: observe, headers: draft}
            - {key: "cookie:user", average: 5, headers: x}
            - {key: clientIp, average: 10, period: 10s}
            """);
        Assert.Empty(result.Faults);
        Assert.Equal(
            [
                new(new KeySource(KeySourceKind.Header, "X-Api-Key"), 100, TimeSpan.FromMinutes(1), 20, Enforces: false, RateLimitFields.Draft),
                new(new KeySource(KeySourceKind.Cookie, "user"), 5, TimeSpan.FromSeconds(1), 5, Enforces: true, RateLimitFields.X),
                new(new KeySource(KeySourceKind.ClientAddress, ""), 10, TimeSpan.FromSeconds(10), 10),
            ],
            result.Snapshot!.Rollout.RateLimits);
    }

    [Theory]
    [InlineData("rateLimit: []")]
    [InlineData("abort: false")]
    public void NoLimits_AreNone(string policy) => Assert.Empty(TestFolder.Load(TestFolder.Edge, policy).Snapshot!.Rollout.RateLimits);

    [Theory]
    [InlineData("rateLimit: {key: clientIp}", "1:12: rateLimit: a list belongs here: [first, second]")]
    [InlineData("rateLimit:\n- average: 1", "2:3: key: missing here; write key: header:X-Api-Key, key: cookie:user or key: clientIp")]
    [InlineData("rateLimit:\n- key: clientIp", "2:3: average: missing here; write the requests that a key may make per period: average: 10")]
    [InlineData("rateLimit:\n- {key: ip, average: 1}", "2:9: key: ip is no key source; write header:NAME, cookie:NAME or clientIp")]
    [InlineData("rateLimit:\n- {key: clientIp, average: 0}", "2:28: average: 0 is below 1")]
    [InlineData("rateLimit:\n- {key: clientIp, average: 0.5}", "2:28: average: 0.5 is not a whole number")]
    [InlineData("rateLimit:\n- {key: clientIp, average: 1, period: 25h}", "2:39: period: 25h is above 24h")]
    [InlineData("rateLimit:\n- {key: clientIp, average: 1, burst: 0}", "2:38: burst: 0 is below 1")]
    [InlineData("rateLimit:\n- {key: clientIp, average: 1, period: 24h, burst: 367}", "2:51: burst: 367 would take more than 366 days to come back at 1 per 24h; lower it")]
    [InlineData("rateLimit:\n- {key: clientIp, average: 1, mode: off}", "2:37: mode: off is none of enforce, observe")]
    [InlineData("rateLimit:\n- {key: clientIp, average: 1, headers: all}", "2:40: headers: all is none of none, draft, x")]
    public void WrongValue_IsRefusedWhereItStands(string policy, string expected)
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, policy);
        Assert.Null(result.Snapshot);
        Assert.Equal([expected], TestFolder.Brief(result.Faults));
    }

    [Fact]
    public void NinthLimit_IsOneTooMany()
    {
        string limits = string.Concat(Enumerable.Range(1, 9).Select(average => $"\n- {{key: clientIp, average: {average}}}"));
        Assert.Equal(["2:1: rateLimit: has 9 entries; 8 is the most"], TestFolder.Brief(TestFolder.Load(TestFolder.Edge, "rateLimit:" + limits).Faults));
    }

    [Fact]
    public void SameLimitTwice_Warns()
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge, "rateLimit:\n- {key: clientIp, average: 1}\n- {key: clientIp, average: 1, mode: observe}");
        Assert.Equal(["3:9: key: this limit is there already, and has no effect beside itself"], TestFolder.Brief(result.Warnings));
    }
}
