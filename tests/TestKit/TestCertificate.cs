// Makes self-signed certificates, as PEM files. Pure but for the files.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OpenClaw.TestKit;

public sealed record TestCertificate(string CertFile, string KeyFile)
{
    /// <summary>A new P-256 key and certificate for these DNS names and for 127.0.0.1, written as NAME.crt and NAME.key.</summary>
    public static TestCertificate Create(TestFolder folder, string name, params string[] dnsNames)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        foreach (string dns in dnsNames)
        {
            names.AddDnsName(dns);
        }

        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, true));
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(2));
        return new TestCertificate(
            folder.Replace($"{name}.crt", certificate.ExportCertificatePem()),
            folder.Replace($"{name}.key", key.ExportPkcs8PrivateKeyPem()));
    }
}
