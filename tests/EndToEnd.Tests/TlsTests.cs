// TLS as clients of several makes see it: versions, resumption, names, rotation, records in any cut, and refusals.

using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace OpenClaw.EndToEnd.Tests;

public sealed class TlsTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly List<IAsyncDisposable> _open = [];
    private RawUpstream _upstream = null!;
    private TestCertificate _first = null!;

    public ValueTask InitializeAsync()
    {
        _upstream = RawUpstream.Answering(r => $"HTTP/1.1 200 OK\r\nContent-Length: {r.Target.Length}\r\n\r\n{r.Target}");
        _first = TestCertificate.Create(_folder, "first", "localhost", "first.test");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable one in _open)
        {
            await one.DisposeAsync();
        }

        await _upstream.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public async Task OpenSsl_IsServedResumedAndToldTheEnd(string flag, string version)
    {
        string openssl = Needs.Program("openssl");
        EdgeProcess edge = await StartAsync();
        string session = _folder.Path("session.pem");
        string[] common = ["s_client", "-connect", $"127.0.0.1:{edge.Port}", "-servername", "localhost", "-CAfile", _first.CertFile, "-verify_return_error", "-alpn", "http/1.1", "-ign_eof", flag];
        const string request = "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

        await using Child full = await Child.RunAsync(openssl, [.. common, "-sess_out", session], input: request);
        await using Child resumed = await Child.RunAsync(openssl, [.. common, "-sess_in", session], input: request);

        Assert.Contains("HTTP/1.1 200 OK", full.Output);
        Assert.Contains("Verify return code: 0 (ok)", full.Output);
        Assert.Contains("ALPN protocol: http/1.1", full.Output);
        Assert.Contains($"New, {version}", full.Output);
        Assert.Contains($"Reused, {version}", resumed.Output);
        Assert.Contains("HTTP/1.1 200 OK", resumed.Output);
        Assert.DoesNotContain("unexpected eof", full.Output); // close_notify came before the end
        Assert.DoesNotContain("unexpected eof", resumed.Output);
    }

    [Theory]
    [InlineData("--tlsv1.2", "--tls-max", "1.2")]
    [InlineData("--tlsv1.3", "--tls-max", "1.3")]
    public async Task Curl_VerifiesAndIsServed(params string[] version)
    {
        string curl = Needs.Program("curl");
        EdgeProcess edge = await StartAsync();
        await using Child run = await Child.RunAsync(curl,
            ["-sS", .. version, "--cacert", _first.CertFile, "--resolve", $"first.test:{edge.Port}:127.0.0.1", "-D", "-", $"https://first.test:{edge.Port}/a", $"https://first.test:{edge.Port}/b"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("x-openclaw-version: v1", run.Output, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("/b", run.Output);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task RequestsInOneRecordAndInSingleBytes_AreServedInOrder(SslProtocols version)
    {
        EdgeProcess edge = await StartAsync();
        foreach (bool singleBytes in (bool[])[false, true])
        {
            await using Wire client = await Wire.ConnectTlsAsync(edge.Port, Options("localhost", version), singleBytes);
            await client.SendAsync(string.Concat(Enumerable.Range(0, 20).Select(i => $"GET /{i} HTTP/1.1\r\nHost: localhost\r\n\r\n")));
            for (int i = 0; i < 20; i++)
            {
                Assert.Equal($"/{i}", (await client.ReadResponseAsync()).Text);
            }

            foreach (char c in "GET /dripped HTTP/1.1\r\nHost: localhost\r\n\r\n")
            {
                await client.SendAsync(c.ToString()); // a record for each byte
            }

            Assert.Equal("/dripped", (await client.ReadResponseAsync()).Text);
        }

        Assert.All(_upstream.Requests, request => Assert.Equal("https", request["X-Forwarded-Proto"]));
    }

    [Fact]
    public async Task LargeBodies_CrossUnchangedBothWays()
    {
        byte[] body = new byte[16 << 20];
        new Random(1).NextBytes(body);
        _open.Add(_upstream);
        _upstream = RawUpstream.Start(async wire =>
        {
            while (await wire.ReadRequestAsync() is { } request)
            {
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {request.Body.Length}\r\n\r\n");
                await wire.SendAsync(request.Body);
            }
        });
        EdgeProcess edge = await StartAsync();
        await using Wire client = await Wire.ConnectTlsAsync(edge.Port);
        await client.SendAsync($"PUT /big HTTP/1.1\r\nHost: localhost\r\nContent-Length: {body.Length}\r\n\r\n");
        await client.SendAsync(body);
        RawMessage answer = await client.ReadResponseAsync();
        Assert.True(body.AsSpan().SequenceEqual(answer.Body));
    }

    [Fact]
    public async Task Alpn_PrefersNothingButHttp11()
    {
        EdgeProcess edge = await StartAsync();
        SslClientAuthenticationOptions both = Options("localhost");
        both.ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
        await using Wire client = await Wire.ConnectTlsAsync(edge.Port, both);
        Assert.Equal(SslApplicationProtocol.Http11, ((SslStream)client.Stream).NegotiatedApplicationProtocol);

        SslClientAuthenticationOptions onlyNew = Options("localhost");
        onlyNew.ApplicationProtocols = [SslApplicationProtocol.Http2];
        await Assert.ThrowsAnyAsync<Exception>(() => Wire.ConnectTlsAsync(edge.Port, onlyNew)); // RFC 7301 3.2: no_application_protocol
    }

    [Fact]
    public async Task MinVersion_RefusesOlderHandshakes()
    {
        EdgeProcess edge = await StartAsync(tls: "minVersion: \"1.3\"");
        await using Wire client = await Wire.ConnectTlsAsync(edge.Port, Options("localhost", SslProtocols.Tls13));
        await Assert.ThrowsAnyAsync<Exception>(() => Wire.ConnectTlsAsync(edge.Port, Options("localhost", SslProtocols.Tls12)));
        Assert.Equal("/", (await client.AskAsync(Scene.Get)).Text);
    }

    [Theory]
    [InlineData("first.test", "first")]
    [InlineData("second.test", "second")]
    [InlineData("SECOND.test", "second")]
    [InlineData("any.wild.test", "second")]
    [InlineData("other.test", "first")]
    [InlineData("127.0.0.1", "first")]
    public async Task ServerName_ChoosesTheCertificate(string name, string expected)
    {
        TestCertificate second = TestCertificate.Create(_folder, "second", "second.test", "*.wild.test");
        EdgeProcess edge = await StartAsync(second);
        Assert.Equal($"CN={expected}", await SubjectAsync(edge, name));
    }

    [Fact]
    public async Task ReplacedCertificate_IsShownToNewConnectionsAndOldOnesGoOn()
    {
        EdgeProcess edge = await StartAsync();
        await using Wire before = await Wire.ConnectTlsAsync(edge.Port);
        string thumbprint = await ThumbprintAsync(edge);

        int lines = edge.Process.Lines.Count;
        TestCertificate.Create(_folder, "first", "localhost");
        await Deadline.UntilAsync(async () => await ThumbprintAsync(edge) != thumbprint, "the new certificate");

        Assert.Equal("/", (await before.AskAsync(Scene.Get)).Text);
        Assert.DoesNotContain(edge.Process.Lines.Skip(lines), line => line.Contains("listening"));
    }

    [Fact]
    public async Task ReplacedByAKeyThatDoesNotFit_ChangesNothingButTheLog()
    {
        EdgeProcess edge = await StartAsync();
        string thumbprint = await ThumbprintAsync(edge);
        TestCertificate other = TestCertificate.Create(_folder, "other", "localhost");
        _folder.Replace("first.key", File.ReadAllText(other.KeyFile));
        await edge.Process.WaitForLineAsync("stays in force");
        Assert.Contains(edge.Process.Lines, line => line.Contains("first.key") || line.Contains("first.crt"));
        Assert.Equal(thumbprint, await ThumbprintAsync(edge));
    }

    [Fact]
    public async Task SilentHandshake_EndsAtItsDeadline()
    {
        EdgeProcess edge = await StartAsync(more: "timeouts: {handshake: 200ms, head: 1h}");
        await using Wire silent = await Wire.ConnectAsync(edge.Port), started = await Wire.ConnectAsync(edge.Port);
        await started.SendAsync((byte[])[22, 3, 1, 2, 0, 1, 0]);
        Assert.Empty(await silent.ReadToEndAsync());
        await started.ReadToEndAsync();
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData("\x16\x03\x01\xff\xff garbage that is no record")]
    public async Task NoTlsOnTheTlsPort_EndsTheConnectionAndReachesNoUpstream(string bytes)
    {
        EdgeProcess edge = await StartAsync();
        await using Wire client = await Wire.ConnectAsync(edge.Port);
        await client.SendAsync(bytes);
        if (bytes.StartsWith('\x16'))
        {
            client.EndSending(); // a record that long may still be coming
        }

        await client.ReadToEndAsync();
        Assert.Empty(_upstream.Requests);
        await using Wire good = await Wire.ConnectTlsAsync(edge.Port);
        Assert.Equal("/", (await good.AskAsync(Scene.Get)).Text);
    }

    [Fact]
    public async Task CutConnection_IsNoCompleteRequest()
    {
        EdgeProcess edge = await StartAsync();
        Wire client = await Wire.ConnectTlsAsync(edge.Port);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf");
        await Deadline.UntilAsync(() => _upstream.Connections == 1, "the head to arrive");
        client.Reset();
        await Deadline.UntilAsync(() => _upstream.Requests.Count == 1, "the upstream to see the end");
        Assert.False(_upstream.Requests[0].IsComplete);
    }

    /// <summary>What a listener speaks changes at the next start, so its certificates must not leave with its entry.</summary>
    [Fact]
    public async Task ListenersInAnotherOrder_StillSpeakWhatTheySpoke()
    {
        string plain = $"{{address: \"127.0.0.1:{Ports.Free()}\"}}", tls = $"{{address: \"127.0.0.1:{Ports.Free()}\", tls: {{certificates: [{{certFile: \"{_first.CertFile}\", keyFile: \"{_first.KeyFile}\"}}]}}}}";
        string Config(string listeners) => $"listeners: [{listeners}]\nadmin: none\nversions: {{v1: {{endpoints: [\"{_upstream.Url}\"]}}}}\n";
        string config = _folder.Write("order.yaml", Config($"{tls}, {plain}"));
        EdgeProcess edge = await EdgeProcess.StartAsync(["--config", config, "--admin", "none"], listeners: 2);
        _open.Add(edge);
        foreach (string listeners in (string[])[$"{plain}, {tls}", plain])
        {
            await edge.ReloadAsync(() => _folder.Replace("order.yaml", Config(listeners)));
            await using Wire secure = await Wire.ConnectTlsAsync(EdgeProcess.PortOf(edge.Addresses[0]));
            Assert.Equal(200, (await secure.AskAsync(Scene.Get)).Status);
            await using Wire open = await Wire.ConnectAsync(EdgeProcess.PortOf(edge.Addresses[1]));
            Assert.Equal(200, (await open.AskAsync(Scene.Get)).Status);
        }
    }

    /// <summary>While the answer waits for the client to read, more of the request arrives: neither may take the other's wake-up.</summary>
    [Fact]
    public async Task AnswerThatWaitsWhileTheBodyGoesOn_ArrivesWhole()
    {
        const int Size = 8 << 20;
        await using RawUpstream early = RawUpstream.Start(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Size}\r\n\r\n");
            await wire.SendAsync(new byte[Size]);
            await wire.SkipAsync(long.MaxValue);
        });
        string config = _folder.Write("early.yaml", $$"""
            listeners: [{address: "127.0.0.1:0", tls: {certificates: [{certFile: "{{_first.CertFile}}", keyFile: "{{_first.KeyFile}}" } ] } } ]
            admin: none
            workers: 1
            versions: {v1: {endpoints: ["{{early.Url}}"] } }
            """);
        EdgeProcess edge = await EdgeProcess.StartAsync(["--config", config, "--admin", "none"], listeners: 1);
        _open.Add(edge);
        await using Wire client = await Wire.ConnectTlsAsync(edge.Port);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n");
        for (int i = 0; i < 3; i++)
        {
            await Task.Delay(100); // the answer fills every buffer on its way, and waits
            await client.SendAsync("more");
        }

        RawMessage head = await client.ReadResponseHeadAsync();
        Assert.Equal(200, head.Status);
        Assert.Equal(Size, await client.SkipAsync(Size));
    }

    [Fact]
    public async Task RedirectingListener_PointsToTheTlsPort()
    {
        int port = Ports.Free();
        string config = _folder.Write("redirect.yaml", $$"""
            listeners:
            - {address: "127.0.0.1:0", redirectToHttps: true}
            - address: "127.0.0.1:{{port}}"
              tls: {certificates: [{certFile: "{{_first.CertFile}}", keyFile: "{{_first.KeyFile}}" } ] }
            admin: none
            versions: {v1: {endpoints: ["{{_upstream.Url}}"] } }
            """);
        EdgeProcess edge = await EdgeProcess.StartAsync(["--config", config, "--admin", "none"], listeners: 2);
        _open.Add(edge);
        await using Wire client = await Wire.ConnectAsync(edge.Port);
        RawMessage answer = await client.AskAsync("GET /a?b=c HTTP/1.1\r\nHost: shop.test:80\r\n\r\n");
        Assert.Equal(308, answer.Status);
        Assert.Equal($"https://shop.test:{port}/a?b=c", answer["Location"]);
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData("first", 200)]
    [InlineData("stranger", 502)]
    public async Task TlsUpstream_IsVerifiedAgainstItsCa(string trusted, int status)
    {
        TestCertificate.Create(_folder, "stranger", "localhost");
        EdgeProcess inner = await StartAsync();
        string config = _folder.Write("outer.yaml", $$"""
            listeners: [{address: "127.0.0.1:0"}]
            admin: none
            versions:
              v1:
                endpoints: ["https://127.0.0.1:{{inner.Port}}"]
                tls: {caFile: "{{_folder.Path(trusted + ".crt")}}", serverName: first.test}
            """);
        EdgeProcess outer = await EdgeProcess.StartAsync(["--config", config, "--admin", "none"], listeners: 1);
        _open.Add(outer);
        await using Wire client = await Wire.ConnectAsync(outer.Port);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(status, (await client.AskAsync("POST /through HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody")).Status);
        }

        Assert.Equal(status == 200 ? 3 : 0, _upstream.Requests.Count);
        Assert.All(_upstream.Requests, request => Assert.Equal(["1.1 openclaw-edge", "1.1 openclaw-edge"], request.All("Via")));
    }

    private Task<EdgeProcess> StartAsync(TestCertificate second) =>
        StartAsync(certificates: $"{{certFile: \"{_first.CertFile}\", keyFile: \"{_first.KeyFile}\"}}, {{certFile: \"{second.CertFile}\", keyFile: \"{second.KeyFile}\"}}");

    private async Task<EdgeProcess> StartAsync(string? certificates = null, string tls = "", string more = "")
    {
        certificates ??= $"{{certFile: \"{_first.CertFile}\", keyFile: \"{_first.KeyFile}\"}}";
        string config = _folder.Write("edge.yaml", $$"""
            listeners:
            - address: "127.0.0.1:0"
              tls:
                certificates: [{{certificates}}]
                {{tls}}
            admin: none
            workers: 1
            versions: {v1: {endpoints: ["{{_upstream.Url}}"] } }
            {{more}}
            """);
        EdgeProcess edge = await EdgeProcess.StartAsync(["--config", config, "--admin", "none"], listeners: 1);
        _open.Add(edge);
        return edge;
    }

    private static SslClientAuthenticationOptions Options(string name, SslProtocols version = SslProtocols.None) =>
        new() { TargetHost = name, EnabledSslProtocols = version };

    private static async Task<string> SubjectAsync(EdgeProcess edge, string name)
    {
        await using Wire client = await Wire.ConnectTlsAsync(edge.Port, Options(name));
        return ((SslStream)client.Stream).RemoteCertificate!.Subject;
    }

    private static async Task<string> ThumbprintAsync(EdgeProcess edge)
    {
        await using Wire client = await Wire.ConnectTlsAsync(edge.Port);
        return ((X509Certificate2)((SslStream)client.Stream).RemoteCertificate!).Thumbprint;
    }
}
