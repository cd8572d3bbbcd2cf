// The one thing that OpenSSL can do for us and SslStream does not ask for: giving its record buffers (17 KB in, 17 KB out)
// back while a connection is idle, as nginx and HAProxy have it do. See docs/decisions/0004-openssl-release-buffers.md.

using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;

namespace OpenClaw.Edge.Tls;

internal static unsafe class OpenSsl
{
    // openssl/ssl.h, the same since 1.0.0
    private const int SSL_CTRL_MODE = 33;
    private const nint SSL_MODE_RELEASE_BUFFERS = 0x10;

    /// <summary>The field of SslStream that holds the SSL*; null where this framework keeps it elsewhere (then nothing is released).</summary>
    private static readonly FieldInfo? Handle = typeof(SslStream).GetField("_securityContext", BindingFlags.Instance | BindingFlags.NonPublic);

    private static readonly delegate* unmanaged<nint, int, nint, nint, nint> SslCtrl = FindSslCtrl();

    /// <summary>For a stream whose handshake is done. Does nothing where it cannot.</summary>
    public static void ReleaseIdleBuffers(SslStream stream)
    {
        if (SslCtrl is not null && Handle?.GetValue(stream) is SafeHandle { IsInvalid: false, IsClosed: false } ssl)
        {
            // SAFETY: the handle is a live SSL*, owned by a stream that the calling loop alone uses; SSL_ctrl(SSL_CTRL_MODE) sets a flag.
            SslCtrl(ssl.DangerousGetHandle(), SSL_CTRL_MODE, SSL_MODE_RELEASE_BUFFERS, 0);
        }
    }

    /// <summary>The library that SslStream itself has loaded: OpenSSL 3 or 1.1.</summary>
    private static delegate* unmanaged<nint, int, nint, nint, nint> FindSslCtrl()
    {
        foreach (string name in (ReadOnlySpan<string>)["libssl.so.3", "libssl.so.1.1"])
        {
            if (NativeLibrary.TryLoad(name, out nint library) && NativeLibrary.TryGetExport(library, "SSL_ctrl", out nint export))
            {
                return (delegate* unmanaged<nint, int, nint, nint, nint>)export;
            }
        }

        return null;
    }
}
