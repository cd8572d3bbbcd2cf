// What it costs to look at a request before the split does: a session's cookie, a new session, a hash, a tester's header.

using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;
using OpenClaw.Protocol;

namespace OpenClaw.Bench;

[MemoryDiagnoser]
public class SelectorBench
{
    private const string Browser = "Accept: text/html\r\nAccept-Encoding: gzip, br\r\nAccept-Language: de\r\nUser-Agent: a browser of some length\r\nReferer: https://h/\r\n";

    private static readonly byte[] Peer = "192.0.2.9"u8.ToArray();
    private static readonly RolloutPolicy Rollout = new() { Canaries = [new CanarySettings("v2", 0.05)] };

    private readonly Selector _plain = Make(Rollout);
    private readonly Selector _cookies = Make(Rollout with { Stickiness = new StickinessSettings() });
    private readonly Selector _hashes = Make(Rollout with { Stickiness = new StickinessSettings { HashOf = new KeySource(KeySourceKind.ClientAddress, "") } });
    private readonly Selector _testers = Make(Rollout with { Overrides = new OverrideSettings(new OverrideRule("X-Canary", null), null) });
    private readonly RequestHead _new = Head("");
    private readonly RequestHead _known;
    private readonly byte[] _lines;

    public SelectorBench()
    {
        _lines = new byte[_cookies.Sessions!.CookieLinesBytesMax];
        string set = Encoding.ASCII.GetString(_lines, 0, NewSession());
        _known = Head($"Cookie: a=b; {set["Set-Cookie: ".Length..set.IndexOf(';')]}\r\n");
    }

    [Benchmark]
    public bool Plain() => Choose(_plain, _new).Decision.ToCanary;

    [Benchmark]
    public bool OverrideThatIsNotThere() => Choose(_testers, _new).Decision.ToCanary;

    [Benchmark]
    public bool KnownSession() => Choose(_cookies, _known).Decision.ToCanary;

    [Benchmark]
    public int NewSession() => _cookies.Sessions!.WriteCookieLines(_lines, Choose(_cookies, _new).Place!.Value, new Caller(_new, Peer, isTls: true));

    [Benchmark]
    public bool HashedAddress() => Choose(_hashes, _new).Decision.ToCanary;

    private static Choice Choose(Selector selector, RequestHead head) => selector.Select(new Caller(head, Peer, isTls: true), usable: 1, tripped: 0, worker: 0, now: 0);

    private static Selector Make(RolloutPolicy policy) =>
        new(new Snapshot(new EdgeSettings { Listeners = [], Versions = [], Stable = "v1" }, policy, "", 0), Splitter.Create(policy, previous: null, workers: 1, now: 0));

    private static RequestHead Head(string fields)
    {
        RequestHead head = new();
        RequestParser.Parse(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: h\r\n{Browser}{fields}\r\n")), head, new ParseLimits());
        return head;
    }
}
