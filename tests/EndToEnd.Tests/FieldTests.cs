// Which fields cross the edge, which are its own, and which stop there.

namespace OpenClaw.EndToEnd.Tests;

public sealed class FieldTests
{
    private static async Task<(RawMessage Forwarded, RawMessage Answer)> PassAsync(string request, string answer = Scene.Ok, string more = "")
    {
        await using Scene scene = await Scene.StartAsync(answer, more);
        RawMessage response = await scene.AskAsync(request);
        return (Assert.Single(scene.Upstream.Requests), response);
    }

    [Fact]
    public async Task SpoofedOwnFields_AreReplacedInBothDirections()
    {
        (RawMessage forwarded, RawMessage answer) = await PassAsync(
            "GET / HTTP/1.1\r\nHost: h\r\nX-OpenClaw-Version: v9\r\nx-openclaw-rating: 1\r\nX-OPENCLAW-ANYTHING: a\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX-OpenClaw-Version: v9\r\nX-OpenClaw-Reason: b\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal("v1", forwarded["X-OpenClaw-Version"]);
        Assert.NotEqual("1", forwarded["X-OpenClaw-Rating"]);
        Assert.Null(forwarded["X-OpenClaw-Anything"]);
        Assert.Equal("v1", answer["X-OpenClaw-Version"]);
        Assert.Null(answer["X-OpenClaw-Reason"]);
        Assert.NotNull(answer["X-OpenClaw-Rating"]);
    }

    [Fact]
    public async Task HopByHopFields_StopInBothDirections()
    {
        (RawMessage forwarded, RawMessage answer) = await PassAsync(
            "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, X-Hop, Upgrade, HTTP2-Settings\r\nX-Hop: 1\r\nX-Stays: 2\r\nKeep-Alive: timeout=5\r\n"
            + "TE: trailers\r\nProxy-Connection: keep-alive\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
            "HTTP/1.1 200 OK\r\nConnection: X-Back\r\nX-Back: 1\r\nX-Stays: 2\r\nKeep-Alive: timeout=5\r\nUpgrade: h2\r\nContent-Length: 0\r\n\r\n");
        foreach (string name in (string[])["Connection", "X-Hop", "Keep-Alive", "TE", "Proxy-Connection", "Upgrade", "HTTP2-Settings"])
        {
            Assert.Null(forwarded[name]);
        }

        foreach (string name in (string[])["Connection", "X-Back", "Keep-Alive", "Upgrade"])
        {
            Assert.Null(answer[name]);
        }

        Assert.Equal("2", forwarded["X-Stays"]);
        Assert.Equal("2", answer["X-Stays"]);
    }

    [Fact]
    public async Task NominatedHostAndLength_StayWhereTheyAre()
    {
        (RawMessage forwarded, RawMessage answer) = await PassAsync(
            "POST / HTTP/1.1\r\nHost: h\r\nConnection: Host, Content-Length, close\r\nContent-Length: 4\r\n\r\nbody",
            "HTTP/1.1 200 OK\r\nConnection: Content-Length\r\nContent-Length: 2\r\n\r\nok");
        Assert.Equal("h", forwarded["Host"]);
        Assert.Equal("body", forwarded.Text);
        Assert.Equal("ok", answer.Text);
        Assert.Equal("2", answer["Content-Length"]);
    }

    [Fact]
    public async Task ForwardedFieldsOfAStranger_AreReplaced()
    {
        (RawMessage forwarded, _) = await PassAsync(
            "GET / HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\nX_Forwarded_Prefix: /evil\r\n"
            + "Forwarded: for=6.6.6.6\r\nX-Request-Id: mine\r\ntraceparent: 00-a-b-01\r\n\r\n");
        Assert.Equal("127.0.0.1", forwarded["X-Forwarded-For"]);
        Assert.Equal("http", forwarded["X-Forwarded-Proto"]);
        Assert.Equal("shop.example", forwarded["X-Forwarded-Host"]);
        Assert.Null(forwarded["Forwarded"]);
        Assert.Null(forwarded["X-Forwarded-Port"]);
        Assert.Null(forwarded["X_Forwarded_Prefix"]);
        Assert.NotEqual("mine", forwarded["X-Request-Id"]);
        Assert.NotEmpty(forwarded["X-Request-Id"]!);
        Assert.Equal("00-a-b-01", forwarded["traceparent"]);
    }

    [Fact]
    public async Task ForwardedFieldsOfATrustedNetwork_AreKeptAndExtended()
    {
        (RawMessage forwarded, _) = await PassAsync(
            "GET / HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-For: 10.1.1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: public.example\r\nX-Request-Id: mine\r\n\r\n",
            more: "forwarded: {trustedCidrs: [127.0.0.0/8]}");
        Assert.Equal("10.1.1.1, 127.0.0.1", forwarded["X-Forwarded-For"]);
        Assert.Equal("https", forwarded["X-Forwarded-Proto"]);
        Assert.Equal("public.example", forwarded["X-Forwarded-Host"]);
        Assert.Equal("mine", forwarded["X-Request-Id"]);
    }

    /// <summary>What the trusted proxy let through may be its own client's.</summary>
    [Fact]
    public async Task LookalikesBehindATrustedNetwork_AreNotBelievedAndNotPassedOn()
    {
        (RawMessage forwarded, _) = await PassAsync(
            "GET / HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-For: 10.1.1.1\r\nX_Forwarded_For: 6.6.6.6\r\nX-Forwarded_Proto: https\r\nX_Forwarded_Prefix: /evil\r\nX_Request_Id: mine\r\n\r\n",
            more: "forwarded: {trustedCidrs: [127.0.0.0/8]}");
        Assert.Equal("10.1.1.1, 127.0.0.1", forwarded["X-Forwarded-For"]);
        Assert.Equal("http", forwarded["X-Forwarded-Proto"]);
        Assert.NotEqual("mine", forwarded["X-Request-Id"]);
        Assert.All(["X_Forwarded_For", "X-Forwarded_Proto", "X_Forwarded_Prefix", "X_Request_Id"], name => Assert.Null(forwarded[name]));
    }

    [Fact]
    public async Task Via_IsAppendedAfterThatOfOthers()
    {
        (RawMessage forwarded, _) = await PassAsync("GET / HTTP/1.1\r\nHost: h\r\nVia: 1.0 first\r\n\r\n");
        Assert.Equal(["1.0 first", "1.1 openclaw-edge"], forwarded.All("Via"));
    }

    [Fact]
    public async Task SwitchedOffFields_AreNotWritten()
    {
        (RawMessage forwarded, RawMessage answer) = await PassAsync(Scene.Get, more: "fields: {via: false, version: false, rating: false}");
        Assert.Null(forwarded["Via"]);
        Assert.Null(forwarded["X-OpenClaw-Version"]);
        Assert.Null(answer["X-OpenClaw-Version"]);
        Assert.Null(answer["X-OpenClaw-Rating"]);
    }

    [Fact]
    public async Task ConfiguredEdits_ApplyToBothMessages()
    {
        (RawMessage forwarded, RawMessage answer) = await PassAsync(
            "GET / HTTP/1.1\r\nHost: h\r\nX-Env: test\r\nX-Gone: 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nServer: secret/1.0\r\nX-Frame-Options: none\r\nContent-Length: 0\r\n\r\n",
            "fields: {request: {set: {X-Env: prod}, remove: [X-Gone]}, response: {set: {X-Frame-Options: DENY}, remove: [Server]}}");
        Assert.Equal("prod", forwarded["X-Env"]);
        Assert.Null(forwarded["X-Gone"]);
        Assert.Equal("DENY", answer["X-Frame-Options"]);
        Assert.Null(answer["Server"]);
    }

    [Fact]
    public async Task MissingDate_IsAdded()
    {
        (_, RawMessage answer) = await PassAsync(Scene.Get);
        DateTimeOffset date = DateTimeOffset.ParseExact(answer["Date"]!, "R", null);
        Assert.InRange((DateTimeOffset.UtcNow - date).TotalSeconds, -1, 10);
    }

    [Fact]
    public async Task GivenDate_IsKept()
    {
        (_, RawMessage answer) = await PassAsync(Scene.Get, "HTTP/1.1 200 OK\r\nDate: Tue, 15 Nov 1994 08:12:31 GMT\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal("Tue, 15 Nov 1994 08:12:31 GMT", answer["Date"]);
    }

    [Fact]
    public async Task RepeatedFields_KeepTheirOrderAndAreNotJoined()
    {
        (RawMessage forwarded, RawMessage answer) = await PassAsync(
            "GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nX-B: 2\r\nX-A: 3\r\n\r\n",
            "HTTP/1.1 200 OK\r\nSet-Cookie: a=1, x\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(["1", "3"], forwarded.All("X-A"));
        Assert.Equal(["a=1, x", "b=2"], answer.All("Set-Cookie"));
    }

    [Fact]
    public async Task HighBytesAndTabsInValues_CrossUnchanged()
    {
        (RawMessage forwarded, RawMessage answer) = await PassAsync(
            "GET / HTTP/1.1\r\nHost: h\r\nX-A: caf\xe9\tx\r\nX-Empty:\r\n\r\n", "HTTP/1.1 200 OK\r\nX-B: \xff\xfe\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal("caf\xe9\tx", forwarded["X-A"]);
        Assert.Equal("", forwarded["X-Empty"]);
        Assert.Equal("\xff\xfe", answer["X-B"]);
    }

    [Theory]
    [InlineData("/a%0d%0ab%00%2e%2e//c?x=%2f")]
    [InlineData("/?")]
    [InlineData("//double")]
    public async Task Target_CrossesByteForByte(string target)
    {
        (RawMessage forwarded, _) = await PassAsync($"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal($"GET {target} HTTP/1.1", forwarded.StartLine);
    }

    [Fact]
    public async Task AbsoluteTarget_GoesOnInOriginForm()
    {
        (RawMessage forwarded, _) = await PassAsync("GET http://a.example:80/x?y HTTP/1.1\r\nHost: a.example:80\r\n\r\n");
        Assert.Equal("GET /x?y HTTP/1.1", forwarded.StartLine);
        Assert.Equal("a.example:80", forwarded["Host"]);
    }

    [Fact]
    public async Task MaxForwards_IsOneLessUpstreamAndAnsweredAtZero()
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok);
        Assert.Equal(200, (await scene.AskAsync("OPTIONS / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 5\r\n\r\n")).Status);
        Assert.Equal("4", Assert.Single(scene.Upstream.Requests)["Max-Forwards"]);
        Assert.Equal(200, (await scene.AskAsync("OPTIONS / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n\r\n")).Status);
        Assert.Equal(405, (await scene.AskAsync("TRACE / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n\r\n")).Status);
        Assert.Single(scene.Upstream.Requests);
    }

    [Fact]
    public async Task HeadsUpToTheLimits_Pass()
    {
        string target = "/" + new string('a', 8_000), value = new('b', 16_000);
        (RawMessage forwarded, RawMessage answer) = await PassAsync($"GET {target} HTTP/1.1\r\nHost: h\r\nX-Long: {value}\r\n\r\n",
            $"HTTP/1.1 200 OK\r\nX-Long: {value}\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(target, forwarded.Target);
        Assert.Equal(value, forwarded["X-Long"]);
        Assert.Equal(value, answer["X-Long"]);
    }

    [Theory]
    [InlineData(414)]
    [InlineData(431)]
    public async Task HeadsAboveTheLimits_AreRefused(int status)
    {
        await using Scene scene = await Scene.StartAsync(Scene.Ok);
        string long1 = new('a', 17_000);
        RawMessage answer = await scene.AskAsync(status == 414 ? $"GET /{long1} HTTP/1.1\r\nHost: h\r\n\r\n" : $"GET / HTTP/1.1\r\nHost: h\r\nX: {long1}\r\n\r\n");
        Assert.Equal(status, answer.Status);
        Assert.Equal("close", answer["Connection"]);
        Assert.Empty(scene.Upstream.Requests);
    }
}
