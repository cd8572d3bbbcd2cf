// The certificates of one TLS listener, chosen by SNI, ready for handshakes. Immutable: a rotation builds a new one and
// swaps the reference; connections that are open keep the old. Built on the control thread.

using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tls;

internal sealed class ServerIdentity
{
    /// <summary>What an HTTP/1.0 client that knows ALPN offers (IANA's registry, RFC 7301 6); without it its handshake would fail.</summary>
    private static readonly SslApplicationProtocol Http10 = new("http/1.0");

    // One options object per certificate, kept: SslStream finds its cached OpenSSL context (and with it the ticket keys that
    // make resumption work) by what stands in them.
    private readonly SslServerAuthenticationOptions _default;
    private readonly Dictionary<string, SslServerAuthenticationOptions> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly ServerOptionsSelectionCallback? _select;

    private ServerIdentity(SslServerAuthenticationOptions[] options, List<X509Certificate2> certificates)
    {
        _default = options[0];
        for (int i = 0; i < options.Length; i++)
        {
            foreach (string name in NamesOf(certificates[i]))
            {
                _byName.TryAdd(name, options[i]);
            }
        }

        _select = options.Length == 1 ? null : (_, hello, _, _) => new(Find(hello.ServerName));
    }

    /// <summary>Reads every certificate and key of a listener; null when one cannot be used, each fault naming its file.</summary>
    public static ServerIdentity? Load(TlsListenerSettings settings, ICollection<Fault> faults)
    {
        List<X509Certificate2> certificates = [];
        List<SslServerAuthenticationOptions> options = [];
        foreach (CertificatePath path in settings.Certificates)
        {
            if (PemFiles.Load(path, faults) is var (certificate, intermediates))
            {
                certificates.Add(certificate);
                options.Add(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = SslStreamCertificateContext.Create(certificate, intermediates, offline: true),
                    EnabledSslProtocols = settings.AllowTls12 ? SslProtocols.Tls12 | SslProtocols.Tls13 : SslProtocols.Tls13,
                    ApplicationProtocols = [SslApplicationProtocol.Http11, Http10],
                    AllowRenegotiation = false,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                });
            }
        }

        return options.Count == settings.Certificates.Count ? new ServerIdentity([.. options], certificates) : null;
    }

    public Task HandshakeAsync(SslStream stream) =>
        _select is null ? stream.AuthenticateAsServerAsync(_default) : stream.AuthenticateAsServerAsync(_select, null);

    private SslServerAuthenticationOptions Find(string name)
    {
        if (_byName.TryGetValue(name, out SslServerAuthenticationOptions? exact))
        {
            return exact;
        }

        int dot = name.IndexOf('.');
        return dot > 0 && _byName.TryGetValue("*" + name[dot..], out SslServerAuthenticationOptions? wildcard) ? wildcard : _default;
    }

    /// <summary>The DNS names a certificate is good for (RFC 9525 6.3: the subject's common name no longer counts).</summary>
    private static IEnumerable<string> NamesOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames());
}
