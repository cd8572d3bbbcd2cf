// The limits together: what they ask of a request, that a refusal costs nothing, what a reload keeps, and the bound itself.

using System.Net;
using System.Text;
using CsCheck;
using OpenClaw.Edge.Limit;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tests.Split;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Tests.Limit;

public sealed class LimiterTests
{
    private const long Second = 1_000_000_000;

    private static readonly KeySource Address = new(KeySourceKind.ClientAddress, "");
    private static readonly KeySource ApiKey = new(KeySourceKind.Header, "X-Api-Key");
    private static readonly KeySource User = new(KeySourceKind.Cookie, "user");

    [Fact]
    public void Keys_AreLimitedEachForItself()
    {
        Limiter limiter = Limiter.Create([PerSecond(ApiKey, 2)], previous: null)!;
        Assert.Equal([true, true, false], Ask(limiter, 3, "X-Api-Key: a"));
        Assert.Equal([true, true, false], Ask(limiter, 3, "x-api-key:  b "));
        Assert.Equal([false, true, false], [Passes(limiter, Second / 2 - 1, "X-Api-Key: a"), Passes(limiter, Second / 2, "X-Api-Key: a"), Passes(limiter, Second / 2, "X-Api-Key: a")]);
    }

    [Theory]
    [InlineData("Cookie: user=u1; other=1", "Cookie: a=b;  user = u1", true)]
    [InlineData("Cookie: user=u1", "Cookie: x=y\r\nCookie: user=u1", true)]
    [InlineData("Cookie: user=u1", "Cookie: user=u2", false)]
    [InlineData("Cookie: user=u1", "Cookie: User=u1", false)]
    [InlineData("Cookie: user=u1", "Cookie: user=", false)]
    [InlineData("Cookie: user=u1", "Accept: */*", false)]
    public void Cookie_IsFoundByItsName(string first, string second, bool same)
    {
        Limiter limiter = Limiter.Create([PerSecond(User, 1)], previous: null)!;
        Assert.True(Passes(limiter, 0, first));
        Assert.Equal(!same, Passes(limiter, 0, second));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void Address_OfAnIpv6ClientIsItsNetwork(string first, string second, bool same)
    {
        Limiter limiter = Limiter.Create([PerSecond(Address, 1)], previous: null)!;
        Assert.True(Passes(limiter, 0, "", first));
        Assert.Equal(!same, Passes(limiter, 0, "", second));
    }

    [Fact]
    public void RequestWithoutTheKey_IsNotLimited()
    {
        Limiter limiter = Limiter.Create([PerSecond(ApiKey, 1), PerSecond(Address, 1)], previous: null)!;
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(new Verdict(Verdict.None, 0, 0, 0, 0), limiter.Check(Head("X-Api-Key:"), client: null, now: 0));
        }
    }

    [Fact]
    public void RequestThatOneLimitRefuses_IsChargedToNone()
    {
        Limiter limiter = Limiter.Create([PerSecond(ApiKey, 5), PerSecond(Address, 2)], previous: null)!;
        Assert.Equal([true, true, false, false, false], Ask(limiter, 5, "X-Api-Key: a", "10.0.0.1"));
        Assert.Equal([true, true, false], Ask(limiter, 3, "X-Api-Key: a", "10.0.0.2"));
        Assert.Equal([true, false], Ask(limiter, 2, "X-Api-Key: a", "10.0.0.3"));
    }

    [Fact]
    public void Verdict_NamesTheLongestWaitAndEveryRefusal()
    {
        Limiter limiter = Limiter.Create([PerSecond(ApiKey, 1), new(ApiKey, 1, TimeSpan.FromMinutes(1), 1), PerSecond(Address, 100), new(ApiKey, 1, TimeSpan.FromHours(1), 1, Enforces: false)], previous: null)!;
        Assert.Equal(new Verdict(Verdict.None, 0, 0, 0, 0), limiter.Check(Head("X-Api-Key: a"), Client("10.0.0.1"), 0));
        Assert.Equal(new Verdict(1, 60 * Second, 0b0011, 0b1000, 0), limiter.Check(Head("X-Api-Key: a"), Client("10.0.0.1"), 0));
        Assert.Equal(new Verdict(Verdict.None, 0, 0, 0b1000, 0), limiter.Check(Head("X-Api-Key: a"), Client("10.0.0.1"), 60 * Second));
    }

    [Theory]
    [InlineData(RateLimitFields.None, "Retry-After: 7\r\n")]
    [InlineData(RateLimitFields.X, "Retry-After: 7\r\nX-RateLimit-Limit: 3\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 7\r\n")]
    [InlineData(RateLimitFields.Draft, "Retry-After: 7\r\nRateLimit-Policy: \"1\";q=3;w=30\r\nRateLimit: \"1\";r=0;t=7\r\n")]
    public void Fields_TellWhenToComeAgain(RateLimitFields fields, string expected)
    {
        Limiter limiter = Limiter.Create([PerSecond(ApiKey, 1), new(Address, 1, TimeSpan.FromSeconds(10), 3, Fields: fields)], previous: null)!;
        Assert.Equal([true, true, true], Ask(limiter, 3, "", "10.0.0.1"));
        Verdict verdict = limiter.Check(Head(""), Client("10.0.0.1"), (3 * Second) + 1);
        Span<byte> written = stackalloc byte[Limiter.FieldsBytesMax];
        Assert.Equal(expected, Encoding.ASCII.GetString(written[..limiter.WriteFields(written, verdict)]));
    }

    [Fact]
    public void LongestFields_Fit()
    {
        RateLimitSettings[] settings = [.. Enumerable.Range(0, RateLimitList.Max).Select(i => new RateLimitSettings(Address, 1, TimeSpan.FromSeconds(1), 31_000_000 - i, Fields: RateLimitFields.X))];
        Span<byte> exact = stackalloc byte[Limiter.FieldsBytesMax], wide = stackalloc byte[2 * Limiter.FieldsBytesMax];
        foreach (RateLimitFields fields in Enum.GetValues<RateLimitFields>())
        {
            Limiter limiter = Limiter.Create([.. settings.Select(limit => limit with { Fields = fields })], previous: null)!;
            Verdict verdict = new(RateLimitList.Max - 1, long.MaxValue / 2, 0, 0, 0);
            Assert.Equal(limiter.WriteFields(wide, verdict), limiter.WriteFields(exact, verdict));
        }
    }

    [Fact]
    public void Reload_KeepsWhatALimitHasCounted()
    {
        Limiter first = Limiter.Create([PerSecond(ApiKey, 2), PerSecond(Address, 5)], previous: null)!;
        Ask(first, 2, "X-Api-Key: a");

        // Another place, other fields, other mode: the same count. Another average: a count of its own.
        Limiter second = Limiter.Create([PerSecond(User, 1), PerSecond(ApiKey, 2) with { Fields = RateLimitFields.X }], first)!;
        Assert.Equal(1, second.Check(Head("X-Api-Key: a"), null, 0).Limit);
        Limiter third = Limiter.Create([PerSecond(ApiKey, 2) with { Enforces = false }], second)!;
        Assert.Equal(1u, third.Check(Head("X-Api-Key: a"), null, 0).Observed);
        Assert.Equal([true, true, true, false], Ask(Limiter.Create([PerSecond(ApiKey, 3)], third)!, 4, "X-Api-Key: a"));
        Assert.Null(Limiter.Create([], third));
    }

    [Fact]
    public void ReloadInAnotherOrderUnderLoad_HoldsNobodyUp()
    {
        RateLimitSettings[] one = [PerSecond(ApiKey, 1_000_000), PerSecond(Address, 1_000_000)], other = [one[1], one[0]];
        Limiter published = Limiter.Create(one, previous: null)!;
        RequestHead[] heads = [.. Enumerable.Range(0, 4).Select(_ => Head("X-Api-Key: a"))];
        Race.Run(3, id =>
        {
            for (int i = 0; i < 20; i++)
            {
                Volatile.Read(ref published).Check(heads[id], Client("10.0.0.1"), now: 0);
            }
        }, turns: 5_000, turn => Volatile.Write(ref published, Limiter.Create(turn % 2 == 0 ? other : one, published)!));
        Assert.False(published.Check(heads[3], Client("10.0.0.1"), now: 0).IsRefused && published.Check(heads[3], Client("10.0.0.2"), Second).IsRefused);
    }

    [Fact]
    public void Check_AllocatesNothing()
    {
        Limiter limiter = Limiter.Create([PerSecond(ApiKey, 5), PerSecond(User, 5), PerSecond(Address, 5)], previous: null)!;
        RequestHead head = Head("X-Api-Key: a\r\nCookie: a=b; user=u");
        NetworkAddress client = Client("10.0.0.1");
        Allocations.AssertNone(1_000, i => limiter.Check(head, client, i));
    }

    /// <summary>
    /// Threads with clocks of their own, more keys than the table has places: in every window a key gets at most burst + average / period x
    /// length. (With so few places keys give way, come back and share all the time.)
    /// </summary>
    [Fact]
    public void AnyTrafficOverThreads_KeepsTheBoundOfEveryKey() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 20], Gen.Int[1, 6], Gen.Int[1, 24], Gen.Int[0, 2]).Sample(
            (average, milliseconds, burst, keyCount, setBits) =>
            {
                const int threads = 3, perThread = 400;
                RateLimitSettings settings = new(ApiKey, average, TimeSpan.FromMilliseconds(milliseconds), burst);
                Limiter limiter = Limiter.Create([settings], previous: null, () => new KeyTable(setBits, SipHash.WithNewSecret()));
                AdmissionLog[] logs = [.. Enumerable.Range(0, keyCount).Select(_ => new AdmissionLog())];
                foreach (AdmissionLog log in logs)
                {
                    log.SettingsFrom(0, new BucketSettings(burst, average * 1000.0 / milliseconds));
                }

                long clock = 0;
                Thread[] crowd = [.. Enumerable.Range(0, threads).Select(id => new Thread(() =>
                {
                    RequestHead[] heads = [.. Enumerable.Range(0, keyCount).Select(key => Head($"X-Api-Key: {key}"))];
                    Random random = new(id);
                    for (int i = 0; i < perThread; i++)
                    {
                        long now = Interlocked.Add(ref clock, random.Next(200_000)); // by the time it is used, others are ahead
                        int key = random.Next(keyCount);
                        if (!limiter.Check(heads[key], null, now).IsRefused)
                        {
                            lock (logs[key])
                            {
                                logs[key].Admit(now);
                            }
                        }
                    }
                }))];
                Array.ForEach(crowd, thread => thread.Start());
                Array.ForEach(crowd, thread => thread.Join());
                Assert.All(logs.Where(log => log.Count > 0), log => Assert.InRange(log.WorstExcess(), decimal.MinValue, 1e-9m));
            }, iter: 60, threads: 1);

    private static RateLimitSettings PerSecond(KeySource key, int average) => new(key, average, TimeSpan.FromSeconds(1), average);

    private static bool[] Ask(Limiter limiter, int times, string fields, string client = "") =>
        [.. Enumerable.Range(0, times).Select(_ => Passes(limiter, 0, fields, client))];

    private static bool Passes(Limiter limiter, long now, string fields, string client = "") =>
        !limiter.Check(Head(fields), client == "" ? null : Client(client), now).IsRefused;

    private static NetworkAddress Client(string text) => new(IPAddress.Parse(text));

    private static RequestHead Head(string fields) => fields == "" ? Heads.Of() : Heads.Of(fields);
}
