// What it costs to parse one request head, as a load generator sends it and as a browser does.

using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using OpenClaw.Protocol;

namespace OpenClaw.Bench;

[MemoryDiagnoser]
public class RequestParserBench
{
    private static readonly ReadOnlySequence<byte> Small = Bytes("GET / HTTP/1.1", "Host: 127.0.0.1:8080", "User-Agent: load", "Accept: */*");

    private static readonly ReadOnlySequence<byte> Browser = Bytes(
        "GET /api/orders/4711/items?page=2&sort=price HTTP/1.1",
        "Host: shop.example.com",
        "Connection: keep-alive",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language: en-GB,en;q=0.5",
        "Accept-Encoding: gzip, deflate, br, zstd",
        "Referer: https://shop.example.com/orders/4711",
        "Cookie: session=3f0c9a9be2a84b7f8a2d; theme=dark; consent=1; basket=eyJpdGVtcyI6WzEsMiwzXX0",
        "Sec-Fetch-Dest: document",
        "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-Site: same-origin",
        "If-None-Match: \"5d8c72a5edda8d6a\"");

    private readonly RequestHead _head = new();
    private readonly ParseLimits _limits = new();

    [Benchmark]
    public int LoadGenerator() => Parse(Small);

    [Benchmark]
    public int BrowserPage() => Parse(Browser);

    private int Parse(in ReadOnlySequence<byte> bytes)
    {
        _head.Reset();
        return RequestParser.Parse(bytes, _head, _limits).Consumed;
    }

    private static ReadOnlySequence<byte> Bytes(params string[] lines) => new(Encoding.ASCII.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n"));
}
