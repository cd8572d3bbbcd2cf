// Connections to the API server: HTTP/2 where TLS agrees on it, HTTP/1.1 otherwise, trust by a file of authorities that may change.
// Any thread; one watch after the other comes by every few minutes.

using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Kubernetes;

internal sealed class ApiTransport : IDisposable
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(10);

    // A link that died without a word is found in 25 s: pings of HTTP/2, and those of TCP below (15 s + 2 x 5 s).
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Func<X509Certificate2Collection?, HttpMessageHandler> _create;
    private readonly string? _caFile;
    private HttpMessageInvoker? _invoker;
    private string _digest = "";

    public ApiTransport(KubernetesSettings settings) : this(settings, Create) { }

    /// <param name="create">Makes what sends requests, given the authorities to trust; null: those of the system.</param>
    public ApiTransport(KubernetesSettings settings, Func<X509Certificate2Collection?, HttpMessageHandler> create)
    {
        _create = create;
        _caFile = settings.Api!.Scheme == Uri.UriSchemeHttps ? settings.CaFile : null;
    }

    /// <summary>
    /// What sends a request now. Other authorities in the file are trusted from the next request on; what is under way stays where it is, and the
    /// connections that are left behind end for lack of use. A file that cannot be used any more, or is gone, changes nothing: who has named authorities
    /// never trusts the system's instead.
    /// </summary>
    public HttpMessageInvoker? Open(out ApiFault? fault)
    {
        lock (_lock)
        {
            fault = null;
            string digest = _caFile is null ? "" : ConfigurationFile.DigestOf(_caFile);
            if (_invoker is null || digest != _digest)
            {
                string? problem = ReadAuthorities(out X509Certificate2Collection? authorities);
                if (problem is null)
                {
                    _invoker = new HttpMessageInvoker(_create(authorities));
                    _digest = digest;
                }
                else if (_invoker is null)
                {
                    fault = new ApiFault(WatchFailure.Unreachable, problem);
                }
            }

            return _invoker;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _invoker?.Dispose();
        }
    }

    /// <returns>What is wrong with the file. Without one, the system's authorities count.</returns>
    private string? ReadAuthorities(out X509Certificate2Collection? authorities)
    {
        authorities = null;
        if (_caFile is null || !File.Exists(_caFile))
        {
            return _digest.Length == 0 ? null : $"{_caFile} is gone";
        }

        X509Certificate2Collection read = [];
        try
        {
            read.ImportFromPemFile(_caFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return $"{_caFile} {(e is CryptographicException ? "holds a certificate that cannot be read" : ConfigurationFile.Reason(_caFile, e))}";
        }

        authorities = read;
        return read.Count > 0 ? null : $"{_caFile} holds no certificate";
    }

    private static SocketsHttpHandler Create(X509Certificate2Collection? authorities)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = ConnectPatience,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            MaxResponseDrainSize = 0, // a watch that is left has no end worth waiting for
            ConnectCallback = ConnectAsync,
        };
        X509ChainPolicy policy = new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
        }

        handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken patience)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 2);
            await socket.ConnectAsync(context.DnsEndPoint, patience);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
