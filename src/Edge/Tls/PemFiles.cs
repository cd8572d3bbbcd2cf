// Reads certificates, keys and trust anchors from PEM files; what is wrong with one becomes a fault that names it.
// Control thread.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tls;

internal static class PemFiles
{
    /// <summary>A certificate with its private key, and the intermediates that stand behind it in the file; null, with a fault added, when that fails.</summary>
    public static (X509Certificate2 Certificate, X509Certificate2Collection Intermediates)? Load(CertificatePath path, ICollection<Fault> faults)
    {
        string? certificatePem = Read(path.CertFile, "certificate", faults);
        string? keyPem = Read(path.KeyFile, "private key", faults);
        if (certificatePem is null || keyPem is null)
        {
            return null;
        }

        X509Certificate2Collection all = Certificates(path.CertFile, certificatePem, faults);
        if (all.Count == 0)
        {
            return null;
        }

        try
        {
            X509Certificate2 certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            all.RemoveAt(0);
            return (certificate, all);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException) // the latter: a key of the right kind that is not the certificate's
        {
            faults.Add(new Fault(path.KeyFile, 0, 0, keyPem.Contains("PRIVATE KEY", StringComparison.Ordinal)
                ? $"this key does not belong to the certificate in {path.CertFile}, or is encrypted; give the unencrypted key the certificate was issued for ({e.Message})"
                : "no PEM private key in this file; a block that begins with -----BEGIN PRIVATE KEY----- is expected"));
            return null;
        }
    }

    /// <summary>The certificates of a CA file; empty, with a fault added, when there is none.</summary>
    public static X509Certificate2Collection LoadAnchors(string file, ICollection<Fault> faults) =>
        Read(file, "CA", faults) is { } pem ? Certificates(file, pem, faults) : [];

    private static X509Certificate2Collection Certificates(string file, string pem, ICollection<Fault> faults)
    {
        X509Certificate2Collection certificates = [];
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            faults.Add(new Fault(file, 0, 0, $"a certificate in this file cannot be read: {e.Message}"));
            return [];
        }

        if (certificates.Count == 0)
        {
            faults.Add(new Fault(file, 0, 0, "no PEM certificate in this file; a block that begins with -----BEGIN CERTIFICATE----- is expected"));
        }

        return certificates;
    }

    private static string? Read(string file, string what, ICollection<Fault> faults)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(new Fault(file, 0, 0, $"cannot read the {what} file: {e.Message}"));
            return null;
        }
    }
}
