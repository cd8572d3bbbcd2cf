using System.Net;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Policy;

public sealed class EdgeDocumentTests
{
    [Fact]
    public void SmallestForm_HasEveryDefault()
    {
        EdgeSettings edge = TestFolder.Load(TestFolder.Edge, TestFolder.Policy).Snapshot!.Edge;
        ListenerSettings listener = Assert.Single(edge.Listeners);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 8080), listener.EndPoint);
        Assert.Null(listener.Tls);
        Assert.Equal(new AdminSettings(new IPEndPoint(IPAddress.Loopback, 9901), null), edge.Admin);
        Assert.Equal(0, edge.Workers);
        Assert.Equal("v1", edge.Stable);
        Assert.Equal(new LimitSettings(), edge.Limits);
        Assert.Equal(new TimeoutSettings(), edge.Timeouts);
        Assert.Equal(new AccessLogSettings(), edge.AccessLog);
        Assert.Empty(edge.TrustedNetworks);
        VersionSettings v1 = edge.Versions[0];
        Assert.Equal([new EndpointSettings("127.0.0.1", 9001, false)], v1.Endpoints);
        Assert.Equal((new RetrySettings(), new PoolSettings(), new UpstreamTimeoutSettings(), new UpstreamTlsSettings()), (v1.Retry, v1.Pool, v1.Timeouts, v1.Tls));
        Assert.True(edge.Fields is { Via: true, Version: true, Rating: true, Reason: false });
        Assert.Empty(edge.Fields.Request.Set.Concat(edge.Fields.Response.Set));
        Assert.Empty(edge.Fields.Request.Remove.Concat(edge.Fields.Response.Remove));
    }

    [Fact]
    public void EveryKeyOfThisRelease_IsTaken()
    {
        LoadResult result = TestFolder.Load("""
            listeners:
            - {address: "[::]:8080", redirectToHttps: true}
            - address: "0.0.0.0:8443"
              tls:
                certificates: [{certFile: a.crt, keyFile: a.key}, {certFile: b.crt, keyFile: b.key}]
                minVersion: "1.3"
                clientAuth: {mode: none, caFile: ""}
              proxyProtocol: {mode: "off", trustedCidrs: []}
            - address: unix:/run/openclaw.sock
            admin: {address: "0.0.0.0:9900", tokenFile: /run/token}
            workers: 3
            versions:
              blue: {endpoints: ["http://Blue.example:80", "https://[::1]:9443/"], tls: {caFile: ca.pem, certFile: c.pem, keyFile: k.pem, serverName: blue}}
              green: {endpoints: [https://green], retry: {attempts: 0}, pool: {maxAge: 1m}, timeouts: {connect: 100ms}}
            stable: green
            upstream:
              healthCheck: {path: "", interval: 5s}
              retry: {attempts: 3}
              pool: {maxConnections: 7, maxPending: 0, idleTimeout: 1m}
              timeouts: {response: 1.5s, idle: 1h}
            limits: {headBytes: 4096, lineBytes: 2048, fields: 7, bodyBytes: 9999999999, connections: 5, connectionsPerAddress: 2}
            timeouts: {head: 1s, bodyStall: 2s, idle: 3s, writeStall: 4s, handshake: 5s, drain: 0s}
            forwarded: {trustedCidrs: [10.0.0.0/8, "fd00::/8"]}
            fields: {via: false, version: false, rating: false, reason: true, request: {set: {X-Env: "a b"}, remove: [X-Old]}, response: {set: {}, remove: [Server]}}
            accessLog: {path: stdout, format: text}
            """, "{}");
        Assert.Empty(result.Faults);
        Assert.Empty(result.Warnings);
        EdgeSettings edge = result.Snapshot!.Edge;
        Assert.Equal([new IPEndPoint(IPAddress.IPv6Any, 8080), new IPEndPoint(IPAddress.Any, 8443), null], edge.Listeners.Select(l => l.EndPoint));
        Assert.True(edge.Listeners[0].RedirectToHttps);
        Assert.Equal([new("a.crt", "a.key"), new("b.crt", "b.key")], edge.Listeners[1].Tls!.Certificates);
        Assert.False(edge.Listeners[1].Tls!.AllowTls12);
        Assert.Equal("/run/openclaw.sock", edge.Listeners[2].UnixPath);
        Assert.Equal("/run/token", edge.Admin!.TokenFile);
        Assert.Equal((3, "green"), (edge.Workers, edge.Stable));
        Assert.Equal([new("blue.example", 80, false), new("::1", 9443, true)], edge.Versions[0].Endpoints);
        Assert.Equal(new UpstreamTlsSettings { CaFile = "ca.pem", CertFile = "c.pem", KeyFile = "k.pem", ServerName = "blue" }, edge.Versions[0].Tls);
        Assert.Equal([new("green", 443, true)], edge.Versions[1].Endpoints);
        Assert.Equal([3, 0], edge.Versions.Select(v => v.Retry.Attempts));
        Assert.Equal(new PoolSettings { MaxConnections = 7, MaxPending = 0, IdleTimeout = TimeSpan.FromMinutes(1), MaxAge = TimeSpan.FromMinutes(1) }, edge.Versions[1].Pool);
        Assert.Equal(
            new UpstreamTimeoutSettings { Connect = TimeSpan.FromSeconds(0.1), Response = TimeSpan.FromSeconds(1.5), Idle = TimeSpan.FromHours(1) },
            edge.Versions[1].Timeouts);
        Assert.Equal(
            new LimitSettings { HeadBytes = 4096, LineBytes = 2048, Fields = 7, BodyBytes = 9999999999, Connections = 5, ConnectionsPerAddress = 2 },
            edge.Limits);
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.Zero), (edge.Timeouts.Head, edge.Timeouts.Drain));
        Assert.Equal([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8")], edge.TrustedNetworks);
        Assert.True(edge.Fields is { Via: false, Version: false, Rating: false, Reason: true });
        Assert.Equal([new("X-Env", "a b")], edge.Fields.Request.Set);
        Assert.Equal(["Server"], edge.Fields.Response.Remove);
        Assert.Equal(new AccessLogSettings { Path = "stdout", Format = AccessLogFormat.Text }, edge.AccessLog);
    }

    /// <summary>One line each, put below a valid document (whose lines are 1 to 5).</summary>
    public static TheoryData<string, string> RefusedBelow => new()
    {
        { "workers: many", "6:10: workers: many is not a whole number" },
        { "workers: -1", "6:10: workers: -1 is below 0" },
        { "workers: 99999", "6:10: workers: 99999 is above 1024" },
        { "stable: v3", "6:9: stable: v3 is no version; known here: v1, v2" },
        { "admin: 127.0.0.1:9901", "6:8: admin: keys with values belong here" },
        { "admin: {address: \"9901\"}", "6:18: address: 9901 has no port; write 0.0.0.0:8080 or [::]:8080" },
        { "limits: {headBytes: 32k}", "6:21: headBytes: 32k is not a whole number" },
        { "limits: {headBytes: 10}", "6:21: headBytes: 10 is below 1024" },
        { "limits: {headBytes: 1024, lineBytes: 2000}", "6:38: lineBytes: 2000 is above headBytes (1024), which holds the line" },
        { "timeouts: {head: 10}", "6:18: head: 10 has no unit; write 10s or 10ms" },
        { "timeouts: {head: 0s}", "6:18: head: 0s is below 1ms" },
        { "timeouts: {head: -5s}", "6:18: head: -5s is below 1ms" },
        { "timeouts: {head: 1h1s}", "6:18: head: 1h1s is not a duration; write 500ms, 5s, 2m or 1h" },
        { "timeouts: {head: 30 seconds}", "6:18: head: \"30 seconds\" is not how a duration is written; write 30s" },
        { "timeouts: {idle: 2d}", "6:18: idle: 2d is not how a duration is written; write 48h" },
        { "timeouts: {idle: 2w}", "6:18: idle: 2w has the unit w; use ms, s, m or h" },
        { "timeouts: {idle: 1e300s}", "6:18: idle: 1e300s is above 24h" },
        { "upstream: {pool: {maxConnections: 0}}", "6:35: maxConnections: 0 is below 1" },
        { "forwarded: {trustedCidrs: [10.0.0.1]}", "6:28: trustedCidrs[0]: 10.0.0.1 has no prefix length; use 10.0.0.1/32" },
        { "forwarded: {trustedCidrs: [10.0.0.1/8]}", "6:28: trustedCidrs[0]: 10.0.0.1/8 has bits set behind its prefix; use 10.0.0.0/8" },
        { "forwarded: {trustedCidrs: [here]}", "6:28: trustedCidrs[0]: here is no network; write 10.0.0.0/8 or fd00::/8" },
        { "forwarded: {trustedCidrs: [10.0.0.0/33]}", "6:28: trustedCidrs[0]: 10.0.0.0/33 has the prefix length 33; it is 0..32" },
        { "forwarded: {trustedCidrs: 10.0.0.0/8}", "6:27: trustedCidrs: a list belongs here: [first, second]" },
        { "fields: {request: {set: {\"X A\": b}}}", "6:26: set: \"X A\" is no field name (RFC 9110, section 5.1)" },
        { "fields: {request: {set: {X-A: \"a\\nb\"}}}", "6:31: X-A: \"a?b\" holds a character that a field value cannot carry (RFC 9110, section 5.5)" },
        { "fields: {request: {set: {X-A: a, x-a: b}}}", "6:34: set: x-a is given twice; field names know no case" },
        { "fields: {request: {remove: [transfer-encoding]}}", "6:29: remove[0]: transfer-encoding is a field the edge itself answers for; leave it out" },
        { "fields: {response: {set: {X-OpenClaw-Rating: 1}}}", "6:27: set: X-OpenClaw-Rating is a field the edge itself answers for; leave it out" },
        { "accessLog: {format: xml}", "6:21: format: xml is none of json, text" },
    };

    [Theory, MemberData(nameof(RefusedBelow))]
    public void WrongValue_IsRefusedWhereItStands(string line, string expected)
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge + "\n" + line, "{}");
        Assert.Null(result.Snapshot);
        Assert.Equal([expected], TestFolder.Brief(result.Faults));
    }

    [Theory]
    [InlineData("127.0.0.1", "has no port; write 0.0.0.0:8080 or [::]:8080")]
    [InlineData(":8080", "names no host; use 0.0.0.0:8080")]
    [InlineData("*:8080", "names no host; use 0.0.0.0:8080")]
    [InlineData("::1:8080", "looks like IPv6 without brackets; write [::1]:8080")]
    [InlineData("[::1", "has no closing bracket; write [::1]:8080")]
    [InlineData("[127.0.0.1]:80", "has brackets around what is no IPv6 address")]
    [InlineData("0.0.0.0:65536", "has the port 65536; a port is 0..65535")]
    [InlineData("0.0.0.0:-1", "has the port -1; a port is 0..65535")]
    [InlineData("0.0.0.0:+80", "has the port +80; a port is 0..65535")]
    [InlineData("127.1:80", "has a host that is no IP address; listen on an address of this machine")]
    [InlineData("example.org:80", "has a host that is no IP address; listen on an address of this machine")]
    [InlineData("http://0.0.0.0:80", "is a URL; write 0.0.0.0:8080 or [::]:8080")]
    [InlineData("unix:run/x", "needs an absolute path: unix:/run/openclaw.sock")]
    public void WrongListenAddress_SaysWhatIsRight(string address, string problem)
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge.Replace("127.0.0.1:8080", address), "{}");
        Assert.Equal([$"2:12: address: {address} {problem}"], TestFolder.Brief(result.Faults));
    }

    [Theory]
    [InlineData("127.0.0.1:9001", "is no endpoint; write http://host:port or https://host:port")]
    [InlineData("ftp://h:1", "is no endpoint; write http://host:port or https://host:port")]
    [InlineData("http://h:1/path", "carries a path or query; an endpoint is only scheme, host and port")]
    [InlineData("http://h:1?q", "carries a path or query; an endpoint is only scheme, host and port")]
    [InlineData("http://u:p@h:1", "carries user information; an endpoint is only scheme, host and port")]
    [InlineData("http://h:0", "has the port 0; a port is 1..65535")]
    [InlineData("http://", "has a host that is neither a name nor an IP address")]
    [InlineData("http://a_b.-c:1", "has a host that is neither a name nor an IP address")]
    [InlineData("http://300.1.1.1:1", "has a host that is neither a name nor an IP address")]
    public void WrongEndpoint_SaysWhatIsRight(string url, string problem)
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge.Replace("http://127.0.0.1:9001", url), "{}");
        Assert.Equal([$"4:20: endpoints[0]: {url} {problem}"], TestFolder.Brief(result.Faults));
    }

    public static TheoryData<string, string, string> Replaced => new()
    {
        { "- address: \"127.0.0.1:8080\"", "- {}", "2:3: address: missing here; write address: \"0.0.0.0:8080\"" },
        { "- address: \"127.0.0.1:8080\"", "  []", "2:3: listeners: names none; name a place to listen on: listeners in edge.yaml, or --listen http://0.0.0.0:8080" },
        { "- address: \"127.0.0.1:8080\"", "- {address: \"[::]:1\", tls: {}}", "2:23: certificates: missing here; write certificates: [{certFile: tls.crt, keyFile: tls.key}]" },
        { "- address: \"127.0.0.1:8080\"", "- {address: \"[::]:1\", tls: {certificates: []}}", "2:43: certificates: names none; write certificates: [{certFile: tls.crt, keyFile: tls.key}]" },
        { "- address: \"127.0.0.1:8080\"", "- {address: \"[::]:1\", tls: {certificates: [{certFile: a}]}}", "2:44: keyFile: missing here; name the PEM file of the private key" },
        { "- address: \"127.0.0.1:8080\"", "- {address: \"[::]:1\", tls: {certificates: [{certFile: a, keyFile: b}], minVersion: 1.1}}", "2:84: minVersion: 1.1 is none of 1.2, 1.3" },
        { "- address: \"127.0.0.1:8080\"", "- {address: \"[::]:1\", tls: {certificates: [{certFile: a, keyFile: b}], clientAuth: {mode: require}}}", "2:91: mode: require is not supported by this release; a listener that must check its clients cannot be served" },
        { "- address: \"127.0.0.1:8080\"", "- address: \"[::]:1\"\n- address: \"[::]:1\"", "3:12: address: [::]:1 is listened on twice" },
        { "[\"http://127.0.0.1:9001\"]", "[]", "4:19: endpoints: names none; write endpoints: [\"http://127.0.0.1:9001\"]" },
        { "{endpoints: [\"http://127.0.0.1:9001\"]}", "{}", "4:3: endpoints: missing here; write endpoints: [\"http://127.0.0.1:9001\"]" },
        { "[\"http://127.0.0.1:9001\"]", "[http://h, http://H:80]", "4:30: endpoints: h:80 is named twice" },
        { "[\"http://127.0.0.1:9001\"]}", "[http://h], tls: {certFile: a}}", "4:31: keyFile: missing here; certFile comes with the keyFile of its private key" },
        { "v2:", "v1:", "5:3: v1: given twice, first in line 4; keep one" },
        { "v2:", "v 2:", "5:3: \"v 2\" is no version name; use up to 63 letters, digits, '-', '_' and '.'" },
        { "v2:", "none:", "5:3: none is a word with a meaning of its own; choose another name" },
    };

    [Theory, MemberData(nameof(Replaced))]
    public void WrongShape_IsRefusedWhereItStands(string good, string bad, string expected)
    {
        LoadResult result = TestFolder.Load(TestFolder.Edge.Replace(good, bad), "{}");
        Assert.Equal([expected], TestFolder.Brief(result.Faults));
    }

    [Fact]
    public void NothingAtAll_NamesWhatIsMissing()
    {
        LoadResult result = TestFolder.Load("{}", "{}");
        Assert.Equal(["1:1: listeners: missing here;", "1:1: versions: missing here;"], result.Faults.Select(f => TestFolder.Brief(f).Split(" name")[0]));
    }

    [Theory]
    [InlineData("upstream: {outlierDetection: {consecutive5xx: 5}}", "6:12: outlierDetection")]
    [InlineData("upstream: {healthCheck: {path: /healthz}}", "6:26: path")]
    [InlineData("upstream: {retry: {budgetPercent: 20}}", "6:20: budgetPercent")]
    public void KeyOfALaterRelease_IsNeverSilentlyTaken(string line, string where)
    {
        string edge = TestFolder.Edge + "\n" + line;
        string expected = where + ": not supported by this release, has no effect";
        Assert.Equal([expected], TestFolder.Brief(TestFolder.Load(edge, "{}").Warnings));
        Assert.Equal([expected], TestFolder.Brief(TestFolder.Load(edge, "{}", strict: true).Faults));
    }

    [Fact]
    public void SmallHeadLimit_TakesTheUnwrittenLineLimitAlong()
    {
        LimitSettings limits = TestFolder.Load(TestFolder.Edge + "\nlimits: {headBytes: 2048}", "{}").Snapshot!.Edge.Limits;
        Assert.Equal((2048, 2048), (limits.HeadBytes, limits.LineBytes));
    }

    [Fact]
    public void AdminNone_SwitchesTheSidePortOff() =>
        Assert.Null(TestFolder.Load(TestFolder.Edge + "\nadmin: none", "{}").Snapshot!.Edge.Admin);
}
