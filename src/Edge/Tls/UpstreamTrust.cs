// How the TLS endpoints of one version are verified and what the edge shows them of itself. Immutable; built on the
// control thread.

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tls;

internal sealed class UpstreamTrust
{
    private readonly X509ChainPolicy _chainPolicy;
    private readonly SslStreamCertificateContext? _identity;
    private readonly string? _serverName;

    private UpstreamTrust(string? serverName, X509ChainPolicy chainPolicy, SslStreamCertificateContext? identity)
    {
        _serverName = serverName;
        _chainPolicy = chainPolicy;
        _identity = identity;
    }

    /// <summary>Null when a file cannot be used, each fault naming it.</summary>
    public static UpstreamTrust? Load(UpstreamTlsSettings settings, ICollection<Fault> faults)
    {
        int before = faults.Count;
        // Nothing is fetched while a chain is built: that would hold up the worker's loop, at an address the peer names.
        X509ChainPolicy chainPolicy = new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (settings.CaFile is { } caFile)
        {
            chainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
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
        CertificateChainPolicy = _chainPolicy.Clone(),
        ClientCertificateContext = _identity,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
    });
}
