// What client rate limits cost a request: one limit by address, and three by everything there is. One thread; the words of
// Known stay in its cache, those of Many do not.

using System.Buffers;
using System.Net;
using System.Text;
using BenchmarkDotNet.Attributes;
using OpenClaw.Edge.Limit;
using OpenClaw.Edge.Policy;
using OpenClaw.Protocol;

namespace OpenClaw.Bench;

[MemoryDiagnoser]
public class LimitBench
{
    private static readonly RateLimitSettings ByAddress = new(new KeySource(KeySourceKind.ClientAddress, ""), 1_000_000, TimeSpan.FromSeconds(1), 1_000_000);
    private static readonly RateLimitSettings ByHeader = ByAddress with { Key = new KeySource(KeySourceKind.Header, "X-Api-Key") };
    private static readonly RateLimitSettings ByCookie = ByAddress with { Key = new KeySource(KeySourceKind.Cookie, "user") };

    private readonly Limiter _one = Limiter.Create([ByAddress], previous: null)!;
    private readonly Limiter _three = Limiter.Create([ByAddress, ByHeader, ByCookie], previous: null)!;
    private readonly NetworkAddress _client = new(IPAddress.Parse("192.0.2.1"));
    private readonly RequestHead _head = new();
    private uint _number;
    private long _now;

    public LimitBench()
    {
        byte[] bytes = Encoding.ASCII.GetBytes("""
            GET / HTTP/1.1
            Host: shop.example
            User-Agent: curl/8.0
            Accept: */*
            X-Api-Key: 0123456789abcdef0123456789abcdef
            Cookie: theme=dark; user=0123456789abcdef


            """.ReplaceLineEndings("\r\n"));
        RequestParser.Parse(new ReadOnlySequence<byte>(bytes), _head, new ParseLimits());
    }

    [Benchmark]
    public bool Known() => Refuses(_one, _client);

    [Benchmark]
    public bool Many() => Refuses(_one, new NetworkAddress(_number++ % 100_000));

    [Benchmark]
    public bool ThreeLimits() => Refuses(_three, _client);

    private bool Refuses(Limiter limiter, NetworkAddress client) => limiter.Check(_head, client, _now += 100_000).IsRefused;
}
