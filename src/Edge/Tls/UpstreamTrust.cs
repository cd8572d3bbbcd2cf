// How the TLS endpoints of one version are verified and what the edge shows them of itself. Immutable; built on the
// control thread.

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tls;

internal sealed class UpstreamTrust
{
    private readonly X509ChainPolicy? _chainPolicy;
    private readonly SslStreamCertificateContext? _identity;
    private readonly string? _serverName;

    private UpstreamTrust(string? serverName, X509ChainPolicy? chainPolicy, SslStreamCertificateContext? identity)
    {
        _serverName = serverName;
        _chainPolicy = chainPolicy;
        _identity = identity;
    }

    /// <summary>Null when a file cannot be used, each fault naming it.</summary>
    public static UpstreamTrust? Load(UpstreamTlsSettings settings, ICollection<Fault> faults)
    {
        int before = faults.Count;
        X509ChainPolicy? chainPolicy = null;
        if (settings.CaFile is { } caFile)
        {
            chainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            chainPolicy.CustomTrustStore.AddRange(PemFiles.LoadAnchors(caFile, faults));
        }

        SslStreamCertificateContext? identity = null;
        if (settings is { CertFile: { } certFile, KeyFile: { } keyFile } && PemFiles.Load(new CertificatePath(certFile, keyFile), faults) is var (certificate, intermediates))
        {
            identity = SslStreamCertificateContext.Create(certificate, intermediates, offline: true);
        }

        return faults.Count == before ? new UpstreamTrust(settings.ServerName, chainPolicy, identity) : null;
    }

    public Task HandshakeAsync(SslStream stream, string host) => stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
    {
        TargetHost = _serverName ?? host,
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        CertificateChainPolicy = _chainPolicy?.Clone(),
        ClientCertificateContext = _identity,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
    });
}
