// The demo's directory: an edge.yaml, a policy.yaml to play with, a certificate and a token made for this hour, in a
// temporary place that goes when the demo ends. Main thread.

using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OpenClaw.Edge.Demo;

/// <summary>Where the demo's edge listens, on the loopback address.</summary>
internal sealed record DemoPorts(int Http, int Https, int Admin);

internal sealed class DemoFiles : IDisposable
{
    public const string Stable = "v1";
    public const string Canary = "v2";

    private readonly string _root = Directory.CreateTempSubdirectory("openclaw-demo-").FullName; // mode 0700

    public string EdgePath => Path.Combine(_root, "edge.yaml");

    public string PolicyPath => Path.Combine(_root, "policy.yaml");

    /// <summary>What the side port wants to hear before it changes anything.</summary>
    public string Token { get; } = RandomNumberGenerator.GetHexString(32);

    /// <param name="rate">Requests per second that will come; the bucket is made to measure: an eighth of it.</param>
    public void Write(DemoPorts ports, int stablePort, int canaryPort, int rate)
    {
        WriteCertificate();
        File.WriteAllText(Path.Combine(_root, "token"), Token);
        File.WriteAllText(EdgePath, $$"""
            listeners:
            - address: "127.0.0.1:{{ports.Http}}"
            - address: "127.0.0.1:{{ports.Https}}"
              tls:
                certificates: [{certFile: {{Quote("tls.crt")}}, keyFile: {{Quote("tls.key")}}}]
            admin: {address: "127.0.0.1:{{ports.Admin}}", tokenFile: {{Quote("token")}}}
            versions:
              {{Stable}}: {endpoints: ["http://127.0.0.1:{{stablePort}}"]}
              {{Canary}}: {endpoints: ["http://127.0.0.1:{{canaryPort}}"]}
            policy: {{Quote("policy.yaml")}}
            timeouts: {drain: 2s}

            """);
        File.WriteAllText(PolicyPath, $$"""
            # Change something and save: it applies to the next request, and no connection notices.
            canary:
              version: {{Canary}}
              weight: 0.10        # of all requests, exactly; above {{Number(Refill(rate) / rate)}} the bucket begins to hold it back
            bucket:
              capacity: {{Number(2 * Refill(rate))}}        # at most this many at once
              refillRate: {{Number(Refill(rate))}}      # and this many a second after that
            rating:
              window: 10s         # how far back a score looks
              latencyTarget: 100ms
            guard:
              mode: enforce       # takes {{Canary}} out when it is worse than {{Stable}}; observe: only says so
            #abort: true          # everything to {{Stable}}, at once

            """);
    }

    /// <summary>Rewrites the policy's weight as an editor would: a new file in the place of the old. False: there is no line to change.</summary>
    /// <param name="step">Added to the weight; the sum is kept within 0..1.</param>
    public bool ChangeWeight(double step)
    {
        const string Key = "weight:";
        string[] lines = File.ReadAllLines(PolicyPath);
        int at = Array.FindIndex(lines, line => line.TrimStart().StartsWith(Key, StringComparison.Ordinal));
        if (at < 0)
        {
            return false;
        }

        int valueStart = lines[at].IndexOf(Key, StringComparison.Ordinal) + Key.Length;
        int comment = lines[at].IndexOf('#', valueStart);
        string value = lines[at][valueStart..(comment < 0 ? lines[at].Length : comment)];
        if (!TryReadShare(value.Trim(' ', '"', '\''), out double weight))
        {
            return false;
        }

        string changed = " " + Math.Round(Math.Clamp(weight + step, 0, 1), 4).ToString("0.00##", CultureInfo.InvariantCulture);
        lines[at] = lines[at][..valueStart] + (comment < 0 ? changed : changed.PadRight(value.Length) + lines[at][comment..]);
        string fresh = PolicyPath + ".new";
        File.WriteAllLines(fresh, lines);
        File.Move(fresh, PolicyPath, overwrite: true);
        return true;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static double Refill(int rate) => Math.Max(1, rate / 8.0);

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static bool TryReadShare(string text, out double share)
    {
        bool percent = text.EndsWith('%');
        bool read = double.TryParse(percent ? text[..^1] : text, NumberStyles.Float, CultureInfo.InvariantCulture, out share);
        share = percent ? share / 100 : share;
        return read;
    }

    /// <summary>A path of this directory as a YAML value: in single quotes, which are doubled inside.</summary>
    private string Quote(string name) => $"'{Path.Combine(_root, name).Replace("'", "''", StringComparison.Ordinal)}'";

    private void WriteCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=OpenClaw Edge demo", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(1));
        File.WriteAllText(Path.Combine(_root, "tls.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_root, "tls.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
