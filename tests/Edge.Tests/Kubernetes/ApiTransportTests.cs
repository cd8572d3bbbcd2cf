// Real connections to a server of this process: whom the edge trusts, and what it does not follow. Loopback only.

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Policy;
using OpenClaw.TestKit;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class ApiTransportTests : IDisposable
{
    private readonly TestKit.TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ApiServer Connect(string url, string? caFile = null)
    {
        KubernetesSettings settings = new() { Api = new Uri(url), CaFile = caFile ?? "/nonexistent/ca.crt", TokenFile = "/nonexistent/token" };
        return new ApiServer(settings, "openclaw-edge/test", new ApiTransport(settings), TimeProvider.System);
    }

    private static async Task<string> AskAsync(ApiServer server)
    {
        (ApiBody? body, ApiFault? fault) = await server.GetAsync("/version", CancellationToken.None);
        if (body is null)
        {
            return $"{fault!.Cause}: {fault.Text}";
        }

        using (body)
        {
            return await body.ReadAllAsync(TestKit.Deadline.Patience) is { } broken ? $"{broken.Cause}: {broken.Text}" : Encoding.UTF8.GetString(body.Bytes);
        }
    }

    [Fact]
    public async Task AuthorityOfTheFile_IsTrustedAndNoOther()
    {
        TestCertificate right = TestCertificate.Create(_folder, "right", "localhost"), wrong = TestCertificate.Create(_folder, "wrong", "localhost");
        await using TlsAnswer api = new(right);
        using ApiServer trusting = Connect(api.Url, right.CertFile), distrusting = Connect(api.Url, wrong.CertFile), system = Connect(api.Url);
        Assert.Equal("{}", await AskAsync(trusting));
        string said = await AskAsync(distrusting);
        Assert.StartsWith("Unreachable: The remote certificate is invalid", said);
        Assert.EndsWith($"kubernetes.caFile says who may vouch for it: {wrong.CertFile}", said);
        Assert.StartsWith("Unreachable: The remote certificate is invalid", await AskAsync(system));
    }

    [Fact]
    public async Task AuthorityThatIsReplaced_IsTrustedFromTheNextRequestOn()
    {
        TestCertificate right = TestCertificate.Create(_folder, "right", "localhost"), wrong = TestCertificate.Create(_folder, "wrong", "localhost");
        await using TlsAnswer api = new(right);
        string file = _folder.Write("ca.crt", File.ReadAllText(wrong.CertFile));
        using ApiServer server = Connect(api.Url, file);
        Assert.StartsWith("Unreachable: ", await AskAsync(server));
        _folder.Replace("ca.crt", File.ReadAllText(right.CertFile));
        Assert.Equal("{}", await AskAsync(server));
        _folder.Replace("ca.crt", "half written"); // the one before goes on counting
        Assert.Equal("{}", await AskAsync(server));
    }

    /// <summary>The system's authorities are not asked in its place, which would vouch for whoever they like.</summary>
    [Fact]
    public void AuthorityThatIsGone_CountsStill()
    {
        TestCertificate right = TestCertificate.Create(_folder, "right", "localhost");
        KubernetesSettings settings = new() { Api = new Uri("https://127.0.0.1:1"), CaFile = _folder.Write("ca.crt", File.ReadAllText(right.CertFile)) };
        List<int?> trusted = [];
        using ApiTransport transport = new(settings, authorities =>
        {
            trusted.Add(authorities?.Count);
            return new SocketsHttpHandler();
        });
        HttpMessageInvoker? first = transport.Open(out _);
        File.Delete(settings.CaFile);
        Assert.Same(first, transport.Open(out ApiFault? fault));
        Assert.Null(fault);
        Assert.Equal([1], trusted);
    }

    [Fact]
    public async Task FileWithoutAuthorities_IsNamed()
    {
        string file = _folder.Write("ca.crt", "nothing");
        using ApiServer server = Connect("https://127.0.0.1:1", file);
        Assert.Equal($"Unreachable: {file} holds no certificate", await AskAsync(server));
    }

    [Fact]
    public async Task NobodyThere_IsAFault()
    {
        using ApiServer server = Connect($"http://127.0.0.1:{Ports.Free()}");
        Assert.StartsWith("Unreachable: Connection refused", await AskAsync(server));
    }

    [Theory]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "Server: the API server says 302")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "Unreachable: ")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "Unreachable: ")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "Unreachable: ")]
    [InlineData("", "Unreachable: ")]
    public async Task AnswersOfOthers_AreFaults(string answer, string expected)
    {
        await using RawUpstream other = RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync(answer);
        });
        using ApiServer server = Connect(other.Url);
        Assert.StartsWith(expected, await AskAsync(server));
        Assert.InRange(other.Connections, 1, 4); // one that ended without a word is tried three times more; a redirection goes nowhere
    }

    [Fact]
    public async Task WatchThatIsLeft_ClosesItsConnection()
    {
        await using RawUpstream api = RawUpstream.Start(async wire =>
        {
            await wire.ReadRequestAsync();
            await wire.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            await wire.ReadToEndAsync();
        });
        using ApiServer server = Connect(api.Url);
        using CancellationTokenSource stop = new();
        (ApiBody? body, _) = await server.GetAsync("/watch", stop.Token);
        ValueTask<ApiFault?> line = body!.ReadLineAsync(TestKit.Deadline.Patience, TestKit.Deadline.Patience);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await line);
        body.Dispose();
        await TestKit.Deadline.UntilAsync(() => api.Open == 0, "the connection to end");
    }

    /// <summary>Answers every request over TLS with an empty object.</summary>
    private sealed class TlsAnswer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly X509Certificate2 _certificate;
        private readonly Task _serving;

        public TlsAnswer(TestCertificate certificate)
        {
            using X509Certificate2 pem = X509Certificate2.CreateFromPemFile(certificate.CertFile, certificate.KeyFile);
            _certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
            _listener.Start();
            _serving = ServeAsync();
        }

        public string Url => $"https://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            await _serving;
            _certificate.Dispose();
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                try
                {
                    using TcpClient client = await _listener.AcceptTcpClientAsync();
                    using SslStream tls = new(client.GetStream());
                    await tls.AuthenticateAsServerAsync(_certificate);
                    _ = await tls.ReadAsync(new byte[4096]); // the head comes in one piece
                    await tls.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"u8.ToArray());
                }
                catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
                {
                    // A client that does not trust it.
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
                {
                    return;
                }
            }
        }
    }
}
