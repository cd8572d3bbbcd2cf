// How sessions find and keep their place.

using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;
using OpenClaw.Protocol;

namespace OpenClaw.Edge.Tests.Split;

public sealed class SessionsTests
{
    private static readonly KeySource User = new(KeySourceKind.Header, "X-User");

    private static RolloutPolicy Policy(StickinessSettings? stickiness = null, params double[] weights) => new()
    {
        Canaries = [.. weights.Select((weight, i) => new CanarySettings($"v{i + 2}", weight))],
        Stickiness = stickiness ?? new StickinessSettings(),
    };

    private static (int, Reason) Place(Choice choice) => (choice.Decision.Canary, choice.Decision.Reason);

    [Fact]
    public void SessionThatBegins_StaysWhereTheSplitSentIt() => Gen.Double[0.01, 0.3].Array[1, 3].Sample(weights =>
    {
        Selector selector = Heads.Selector(Policy(null, weights));
        for (int i = 0; i < 50; i++)
        {
            Choice first = selector.Select();
            Choice later = selector.Select(Heads.Returned(selector, first));
            if (Place(later) != (first.Decision.Canary, Reason.Sticky) || later.Session != SessionFound.Kept || later.Place is not null)
            {
                return false;
            }
        }

        return true;
    }, iter: 50);

    [Fact]
    public void RaisedWeight_KeepsEveryoneOnTheCanary()
    {
        Selector selector = Heads.Selector(Policy(null, 0.125));
        string[] canary = [.. Enumerable.Range(0, 400).Select(_ => selector.Select()).Where(choice => choice.Decision.ToCanary).Select(choice => Heads.Returned(selector, choice))];
        Assert.Equal(50, canary.Length);
        foreach (double weight in new[] { 0.2, 0.5, 1 })
        {
            selector = Heads.Selector(Policy(null, weight), selector);
            Assert.All(canary, cookie => Assert.Equal((0, Reason.Sticky), Place(selector.Select(cookie))));
        }
    }

    [Fact]
    public void WeightZero_BreaksOrDrains()
    {
        StickinessSettings drain = new() { DrainsAtZero = true };
        Selector before = Heads.Selector(Policy(drain, 0.5));
        Choice first = Enumerable.Range(0, 10).Select(_ => before.Select()).First(choice => choice.Decision.ToCanary);
        string cookie = Heads.Returned(before, first);

        Assert.Equal((Decision.Stable, Reason.Sticky), Place(Heads.Selector(Policy(null, 0), before).Select(cookie)));
        Selector drained = Heads.Selector(Policy(drain, 0), before);
        Assert.Equal((0, Reason.Sticky), Place(drained.Select(cookie)));
        Assert.Equal((Decision.Stable, Reason.Sticky), Place(Heads.Selector(Policy(drain, 0)).Select(cookie))); // after a restart

        for (int i = 0; i < 100; i++)
        {
            Choice fresh = drained.Select();
            Assert.Equal((Decision.Stable, Reason.Stable), (fresh.Decision.Canary, fresh.Decision.Reason));
            Decision later = drained.Select(Heads.Returned(drained, fresh)).Decision;
            Assert.Equal((Decision.Stable, Reason.Sticky), (later.Canary, later.Reason));
        }
    }

    [Fact]
    public void NextRollout_DrawsAnew()
    {
        Selector selector = Heads.Selector(Policy(null, 0.5));
        string cookie = Heads.Returned(selector, selector.Select());
        Selector next = Heads.Selector(Policy(null, 0.5) with { Canaries = [new CanarySettings("v9", 0.5)] }, selector);

        Choice choice = next.Select(cookie);
        Assert.Equal(SessionFound.Foreign, choice.Session);
        Assert.NotNull(choice.Place);
    }

    [Fact]
    public void ForgedCookie_IsDecidedByTheSplit()
    {
        SigningKeys others = Heads.Keys("a key that this edge does not have");
        SessionCookie forger = new("openclaw-session", TimeSpan.FromHours(1), 0, others);
        Selector selector = Heads.Selector(Policy(null, 1e-9));
        Gen.ULong.Sample(point => selector.Select("Cookie: openclaw-session=" + Heads.Cookie(forger, point)) is
        { Decision: { Reason: Reason.Stable, ToCanary: false }, Session: SessionFound.Forged, Place: not null });
    }

    [Fact]
    public void SessionWithoutAnInterval_BeginsNot()
    {
        // At weight 1 there is no place on stable where a turn without a token could be kept.
        Selector selector = Heads.Selector(Policy(null, 1) with { Bucket = new BucketSettings(1, 0, StartsEmpty: true) });
        Assert.Equal(new Choice(Decision.ToStable(Reason.Spilled)), selector.Select());
    }

    [Fact]
    public void TurnOfACanaryThatIsDown_BeginsNoSession()
    {
        Selector selector = Heads.Selector(Policy(null, 0.5, 0.5));
        Choice[] choices = [.. Enumerable.Range(0, 100).Select(_ => selector.Select(Heads.Of(), usable: 0b01))];
        Assert.All(choices, choice => Assert.Equal(choice.Decision.Reason == Reason.Unhealthy, choice.Place is null));
    }

    [Fact]
    public void CookieLines_AreThoseOfTheStandard()
    {
        Selector selector = Heads.Selector(Heads.Snapshot(Policy(new StickinessSettings { CookieName = "place", MaxAge = TimeSpan.FromHours(2) }, 0.5), "10.0.0.0/8"));
        Choice choice = selector.Select();
        Assert.Matches(@"^Set-Cookie: place=[\w-]{44}; Path=/; Max-Age=7200; HttpOnly; SameSite=Lax\r\nCache-Control: private\r\n$", Heads.CookieLines(selector, choice, Heads.Of()));
        Assert.Contains("; SameSite=Lax; Secure\r\n", Heads.CookieLines(selector, choice, Heads.Of(), isTls: true));
        RequestHead behind = Heads.Of("X-Forwarded-Proto: https");
        Assert.Contains("; Secure\r\n", Heads.CookieLines(selector, choice, behind, peer: "10.0.0.1"));
        Assert.DoesNotContain("Secure", Heads.CookieLines(selector, choice, behind, peer: "11.0.0.1"));
    }

    /// <summary>For each canary request of a session that is compared, a stable request of another is its counterpart.</summary>
    [Fact]
    public void KeptSessions_HaveTheirBaseline()
    {
        Selector selector = Heads.Selector(Policy(new StickinessSettings { HashOf = User }, 0.3));
        Decision[] decisions = [.. Enumerable.Range(0, 10_000).Select(user => Ask(selector, $"{user}", user * 20_000_000L))];
        int canary = decisions.Count(decision => decision.ToCanary && decision.IsMatched), baseline = decisions.Count(decision => decision.IsBaseline);
        Assert.InRange(canary, 2500, 3200); // a few share a slot
        Assert.InRange(baseline, canary - 64, canary);
        Assert.All(decisions, decision => Assert.False(decision.IsRepeat && decision.IsMatched));
    }

    [Fact]
    public void OneSession_IsComparedOnceInTenSeconds()
    {
        const long second = 1_000_000_000;
        Selector selector = Heads.Selector(Policy(new StickinessSettings { HashOf = User }, 0.5));
        string user = Enumerable.Range(0, 100).Select(i => $"{i}").First(user => Ask(selector, user, 0).ToCanary);
        Decision[] decisions = [.. Enumerable.Range(0, 3000).Select(i => Ask(selector, user, 20 * second + i * second / 100))];
        Assert.All(decisions, decision => Assert.Equal((0, Reason.Sticky), (decision.Canary, decision.Reason)));
        Assert.Equal(3, decisions.Count(decision => decision.IsMatched));
    }

    private static Decision Ask(Selector selector, string user, long now) =>
        selector.Select(new Caller(Heads.Of("X-User: " + user), Heads.Bytes("192.0.2.9"), isTls: false), usable: uint.MaxValue, tripped: 0, worker: 0, now).Decision;

    [Fact]
    public void HashedPlace_IsWhatIsDocumented()
    {
        const string rollout = "v1\0v2";
        string salt = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(rollout))[..8]);
        Selector own = Heads.Selector(Policy(new StickinessSettings { HashOf = User }, 0.3));
        Selector salted = Heads.Selector(Policy(new StickinessSettings { HashOf = User, Salt = "grün" }, 0.3));
        Gen.String[Gen.Char.AlphaNumeric, 1, 20].Sample(user =>
            Place(own.Select("X-User: " + user)) == Expected(salt, user) && Place(salted.Select("x-user: " + user)) == Expected("grün", user));

        static (int, Reason) Expected(string salt, string value)
        {
            ulong u = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{salt}\0{value}")));
            return u / 18446744073709551616.0 < 0.3 ? (0, Reason.Sticky) : (Decision.Stable, Reason.Sticky);
        }
    }

    [Fact]
    public void HashedAddress_IsItsBytes()
    {
        Selector selector = Heads.Selector(Policy(new StickinessSettings { HashOf = new KeySource(KeySourceKind.ClientAddress, ""), Salt = "s" }, 0.5));
        foreach (string address in new[] { "192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2", "2001:db8::3" })
        {
            byte[] input = [(byte)'s', 0, .. IPAddress.Parse(address).GetAddressBytes()];
            Assert.Equal((SHA256.HashData(input)[0] & 0x80) == 0, selector.Select(Heads.Of(), peer: address).Decision.ToCanary);
        }
    }

    [Fact]
    public void HashedCookie_IsItsValue()
    {
        Selector byCookie = Heads.Selector(Policy(new StickinessSettings { HashOf = new KeySource(KeySourceKind.Cookie, "user"), Salt = "s" }, 0.5));
        Selector byHeader = Heads.Selector(Policy(new StickinessSettings { HashOf = User, Salt = "s" }, 0.5));
        string longest = new('x', 9000);
        foreach (string user in new[] { "a", "b", "c", "d", longest })
        {
            Assert.Equal(byHeader.Select("X-User: " + user), byCookie.Select($"Cookie: x=y; user=\"{user}\""));
        }
    }

    [Fact]
    public void RequestWithoutTheHashedPart_IsDecidedByTheSplitAndGetsNoCookie()
    {
        Selector selector = Heads.Selector(Policy(new StickinessSettings { HashOf = User }, 1));
        Assert.Equal(new Choice(new Decision(0, Reason.Weight)), selector.Select());
        Assert.Equal(new Choice(new Decision(0, Reason.Weight)), selector.Select("X-User:"));
    }

    [Fact]
    public void HashAtWeightZero_BreaksAlways()
    {
        StickinessSettings settings = new() { HashOf = User, DrainsAtZero = true };
        Selector before = Heads.Selector(Policy(settings, 1));
        Assert.Equal((Decision.Stable, Reason.Sticky), Place(Heads.Selector(Policy(settings, 0), before).Select("X-User: a")));
    }

    [Fact]
    public void Choices_AllocateNothing()
    {
        RolloutPolicy policy = Policy(null, 0.5) with { Overrides = new OverrideSettings(new OverrideRule("X-Canary", Heads.Networks("10.0.0.0/8", "fd00::/8")), new OverrideRule("c", null)) };
        Selector cookies = Heads.Selector(Heads.Snapshot(policy, "192.0.2.0/24"));
        Selector hashes = Heads.Selector(Heads.Snapshot(Policy(new StickinessSettings { HashOf = new KeySource(KeySourceKind.ClientAddress, "") }, 0.5), "192.0.2.0/24"));
        RequestHead fresh = Heads.Of("Accept: */*"), bad = Heads.Of("Cookie: openclaw-session=" + Heads.Cookie(new SessionCookie("x", TimeSpan.FromHours(1), 1, Heads.Keys("0123456789abcdef")), 1));
        RequestHead known = Heads.Of(Heads.Returned(cookies, cookies.Select())), wish = Heads.Of("X-Canary: v2", "X-Forwarded-For: fd00::5, 192.0.2.1");
        byte[] peer = Heads.Bytes("192.0.2.9"), lines = new byte[cookies.Sessions!.CookieLinesBytesMax];

        Allocations.AssertNone(1000, _ => Turn());

        void Turn()
        {
            Choice first = cookies.Select(new Caller(fresh, peer, false), 1, 0, 0, 0);
            cookies.Sessions!.WriteCookieLines(lines, first.Place!.Value, new Caller(fresh, peer, false));
            if (cookies.Select(new Caller(bad, peer, false), 1, 0, 0, 0).Session != SessionFound.Forged
                || cookies.Select(new Caller(known, peer, false), 1, 0, 0, 0).Session != SessionFound.Kept
                || cookies.Select(new Caller(wish, peer, false), 1, 0, 0, 0).Override != OverrideFound.Applied
                || hashes.Select(new Caller(wish, peer, false), 1, 0, 0, 0).Session != SessionFound.Kept)
            {
                Assert.Fail("not the path that was meant");
            }
        }
    }
}
