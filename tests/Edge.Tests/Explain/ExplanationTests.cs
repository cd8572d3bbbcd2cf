// The words of every rule, and that they are always those of the rule that decides in the live edge.

using System.Text;
using CsCheck;
using OpenClaw.Edge.Explain;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;
using OpenClaw.Edge.Tests.Policy;
using OpenClaw.Edge.Tests.Split;

namespace OpenClaw.Edge.Tests.Explain;

public sealed class ExplanationTests
{
    private const string Edge = """
        listeners: [{address: "127.0.0.1:8080"}]
        versions:
          v1: {endpoints: ["http://127.0.0.1:9001"]}
          v2: {endpoints: ["http://127.0.0.1:9002"]}
          v3: {endpoints: ["http://127.0.0.1:9003"]}
        forwarded: {trustedCidrs: [192.0.2.0/24]}
        """;

    private const string Two = """
        bucket: {capacity: 20, refillRate: 2, initial: empty}
        canaries:
        - {version: v2, weight: 5%}
        - {version: v3, weight: 15%}
        overrides:
          header: {name: X-Canary, trustedCidrs: [10.0.0.0/8]}
          cookie: {name: canary}
        stickiness: {type: hash, key: "header:X-User", salt: s}
        """;

    private static Snapshot Load(string policy) => TestFolder.Load(Edge, policy) switch
    {
        { Snapshot: { } snapshot } => snapshot,
        var bad => throw new InvalidOperationException(string.Join('\n', bad.Faults)),
    };

    private static Explanation Explain(string policy, string[] fields, string client = "10.1.2.3", uint usable = 3) =>
        new(Load(policy), new Caller(Heads.Of(fields), Heads.Bytes(client), isTls: false), usable, hasEdge: true);

    private static string Last(Explanation explanation) => explanation.Steps.Last().Found;

    [Fact]
    public void Abort_EndsItAtOnce()
    {
        Explanation explanation = Explain("abort: true\n" + Two, ["X-Canary: v2"]);
        Assert.Equal([Rule.Abort], explanation.Steps.Select(step => step.Rule));
        Assert.Equal("v1, reason abort", explanation.Result());
    }

    [Fact]
    public void NoUsableCanary_IsUnhealthyBeforeAnybodyAsks()
    {
        Explanation explanation = Explain(Two, ["X-Canary: v2"], usable: 0);
        Assert.Equal((Rule.Unhealthy, "no canary may take traffic: v2, v3", "v1, reason unhealthy"), (explanation.Decides, Last(explanation), explanation.Result()));
    }

    [Theory]
    [InlineData("X-Canary: v3", "header X-Canary: v3; cookie canary: not there; asks for v3", "v3, reason override, drawing a token (bucket 20, refill 2/s); without one v1, reason spilled")]
    [InlineData("X-Canary: never", "header X-Canary: never; cookie canary: not there; asks for v1", "v1, reason override")]
    [InlineData("Cookie: a=1; canary=always", "header X-Canary: not there; cookie canary: always; asks for v2, which may take no traffic", "v1, reason unhealthy")]
    public void Override_DecidesAndSaysWhereItStood(string field, string found, string result)
    {
        Explanation explanation = Explain(Two, [field], usable: 2);
        Assert.Equal((Rule.Override, found, result), (explanation.Decides, Last(explanation), explanation.Result()));
        Assert.Equal("v2 may take no traffic, but others may", explanation.Steps.Single(step => step.Rule == Rule.Unhealthy).Found);
    }

    [Theory]
    [InlineData("203.0.113.9", "client 203.0.113.9 may not ask (trustedCidrs): passed over")]
    [InlineData("", "a client without an address (--client) may not ask (trustedCidrs): passed over")]
    [InlineData("192.0.2.1", "client 203.0.113.7 may not ask (trustedCidrs): passed over")] // a proxy that is believed
    public void StrangersWish_IsPassedOver(string client, string words)
    {
        Explanation explanation = Explain(Two, ["X-Canary: v2", "X-Forwarded-For: 10.0.0.1, 203.0.113.7"], client);
        Assert.Equal(Rule.Split, explanation.Decides);
        Assert.EndsWith(words, explanation.Steps.Single(step => step.Rule == Rule.Override).Found);
    }

    [Fact]
    public void UnknownVersion_IsPassedOver() =>
        Assert.EndsWith("X-Canary: v9; cookie canary: not there; no version of this rollout, always or never: passed over", Explain(Two, ["X-Canary: v9"]).Steps.Single(step => step.Rule == Rule.Override).Found);

    [Fact]
    public void HashedSession_HasItsPlaceFromTheFirstRequestOn()
    {
        Explanation explanation = Explain(Two, ["X-User: anna"]);
        Assert.Equal(Rule.Sticky, explanation.Decides);
        Assert.Matches("^header X-User: anna; its place is v[123]$", Last(explanation));
        Assert.Contains("reason sticky", explanation.Result());
    }

    [Fact]
    public void NothingFound_IsDecidedByPosition()
    {
        Explanation explanation = Explain(Two, []);
        Assert.Equal([Rule.Abort, Rule.Guard, Rule.Unhealthy, Rule.Override, Rule.Sticky, Rule.Split], explanation.Steps.Select(step => step.Rule));
        Assert.Equal("position decides: 1 of 20 requests to v2 and 15 % of the requests to v3, each drawing a token; bucket 20, refill 2/s; reason weight, stable or spilled", explanation.Result());
    }

    [Theory]
    [InlineData("{}", "v1, reason stable: there is no canary")]
    [InlineData("canary: {version: v2, weight: 0}", "v1, reason stable: the canary's weight is 0")]
    [InlineData("canary: {version: v2, weight: 100%}", "position decides: 1 of 1 requests to v2; no bucket; reason weight, stable")]
    [InlineData("canary: {version: v2, weight: 100%}\nstickiness: {type: cookie}", "position decides: 1 of 1 requests to v2; no bucket; reason weight, stable; a session begins, and keeps the place")]
    public void Position_IsToldInWords(string policy, string result) => Assert.Equal(result, Explain(policy, []).Result());

    [Fact]
    public void Cookies_AreCheckedWithTheKeyOfTheFile()
    {
        using TestFolder folder = new();
        string key = folder.Write("key", "0123456789abcdef0123456789abcdef");
        string policy = $"canary: {{version: v2, weight: 50%}}\nstickiness: {{type: cookie, keyFile: {key}}}";
        string signed = Cookie(Load(policy)), other = Cookie(Load(policy.Replace("v2", "v3")));

        Explanation kept = Explain(policy, [$"Cookie: {signed}"]);
        Assert.Equal(Rule.Sticky, kept.Decides);
        Assert.EndsWith("its place is v2", Last(kept));
        Assert.Contains("signed, but for another rollout", SessionWords(Explain(policy, [$"Cookie: {other}"])));
        Assert.Contains("not written by an edge", SessionWords(Explain(policy, ["Cookie: openclaw-session=x"])));
        folder.Write("key", "another-secret-of-some-length-00");
        Assert.Contains("no key of stickiness.keyFile signed it", SessionWords(Explain(policy, [$"Cookie: {signed}"])));
        Assert.Contains("a key that an edge made for itself cannot be checked here", SessionWords(Explain("canary: {version: v2, weight: 50%}\nstickiness: {type: cookie}", [$"Cookie: {signed}"])));
    }

    /// <summary>Who drains is known to the running edge alone.</summary>
    [Fact]
    public void SessionWhileACanaryDrains_IsToldWithReserve()
    {
        using TestFolder folder = new();
        string policy = $"canary: {{version: v2, weight: 50%}}\nstickiness: {{onWeightZero: drain, keyFile: {folder.Write("key", "0123456789abcdef0123456789abcdef")}}}";
        string signed = Cookie(Load(policy));
        Assert.EndsWith("its place is v2", SessionWords(Explain(policy, [$"Cookie: {signed}"])));
        string drained = policy.Replace("50%", "0");
        Assert.EndsWith("its place is v1, unless a running edge remembers it on a canary that drains (onWeightZero: drain)", SessionWords(Explain(drained, [$"Cookie: {signed}"])));
        Assert.EndsWith("its place is v1", SessionWords(Explain(drained.Replace("drain", "break"), [$"Cookie: {signed}"])));
    }

    private static string SessionWords(Explanation explanation) => explanation.Steps.Single(step => step.Rule == Rule.Sticky).Found;

    /// <summary>What an edge would set for a session that begins on the canary.</summary>
    private static string Cookie(Snapshot snapshot)
    {
        Sessions sessions = new(snapshot, null);
        byte[] lines = new byte[sessions.CookieLinesBytesMax];
        int length = sessions.WriteCookieLines(lines, sessions.Place(new Decision(0, Reason.Weight))!.Value, new Caller(Heads.Of(), Heads.Bytes("10.1.2.3"), isTls: false));
        return Encoding.ASCII.GetString(lines, 0, length).Split(": ")[1].Split(';')[0];
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static readonly Gen<string> Policies =
        from abort in Gen.Frequency((9, Gen.Const("abort: false\n")), (1, Gen.Const("abort: true\n")))
        from canaries in OneOf(
            "", "canary: {version: v2, weight: 0}\n", "canary: {version: v2, weight: 0.3}\n", "canary: {version: v2, weight: 1}\n",
            "canaries: [{version: v3, weight: 0.2}, {version: v2, weight: 0.5}]\n", "canaries: [{version: v2, weight: 0}, {version: v3, weight: 0}]\n")
        from bucket in OneOf("", "bucket: {capacity: 5, refillRate: 1}\n")
        from header in OneOf("", "  header: {name: X-Canary}\n", "  header: {name: X-Canary, trustedCidrs: [10.0.0.0/8]}\n", "  header: {name: X-Canary, trustedCidrs: []}\n")
        from cookie in OneOf("", "  cookie: {name: canary}\n")
        from sessions in OneOf("", "type: cookie", "type: cookie, onWeightZero: drain", "type: hash, key: clientIp, salt: s", "type: hash, key: \"header:X-User\"", "type: hash, key: \"cookie:user\"")
        select abort + canaries + bucket + (header + cookie == "" ? "" : "overrides:\n" + header + cookie) + (sessions == "" ? "" : $"stickiness: {{{sessions}}}\n");

    private static readonly Gen<string[]> Requests = OneOf(
        "X-Canary: always", "X-Canary: v3", "X-Canary: never", "X-Canary: v9", "X-Canary:", "Cookie: canary=v2; user=ben", "Cookie: canary=v9", "Cookie: user=anna",
        "Cookie: openclaw-session=AAAA", "X-User: carl", "X-User: dora", "X-Forwarded-For: 10.9.9.9", "X-Forwarded-For: 203.0.113.1").Array[0, 4];

    /// <summary>The same request asked of a selector as the live edge has it: same rule, same version, same reason.</summary>
    [Fact]
    public void AnyPolicyAndRequest_IsExplainedAsItIsDecided() =>
        Gen.Select(Policies, Requests, OneOf("", "10.1.2.3", "192.0.2.1", "203.0.113.9"), Gen.UInt[0, 3]).Sample((policy, fields, client, mask) =>
        {
            Snapshot snapshot = Load(policy);
            uint usable = mask & ((1u << snapshot.Rollout.Canaries.Count) - 1);
            Explanation explanation = new(snapshot, new Caller(Heads.Of(fields), Heads.Bytes(client), isTls: false), usable, hasEdge: true);
            Selector live = new(snapshot, Splitter.Create(snapshot.Rollout, null, workers: 1, now: 0));
            Choice choice = live.Select(new Caller(Heads.Of(fields), Heads.Bytes(client), isTls: false), usable, tripped: 0, worker: 0, now: 0);
            if (explanation.Decides == Rule.Split)
            {
                Assert.Contains(choice.Decision.Reason, new[] { Reason.Stable, Reason.Weight, Reason.Unhealthy });
                Assert.False(choice.Override == OverrideFound.Applied || choice.Session == SessionFound.Kept || (usable == 0 && choice.Decision.Reason == Reason.Unhealthy));
                return;
            }

            Assert.Equal(choice.Decision, explanation.Decision);
            Assert.EndsWith($"reason {Reasons.Label(choice.Decision.Reason)}", explanation.Result().Split(", drawing")[0]);
        }, iter: 1000);
}
