// What the connections of one listener have in common. The control thread replaces the identity when certificates change.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tls;

namespace OpenClaw.Edge.Listen;

internal sealed class ListenerContext(ListenerSettings settings, ServerIdentity? identity, int httpsPort)
{
    private volatile ServerIdentity? _identity = identity;

    public ListenerSettings Settings { get; } = settings;

    /// <summary>Null: plaintext.</summary>
    public ServerIdentity? Identity
    {
        get => _identity;
        set => _identity = value;
    }

    /// <summary>The port that https URLs point to; 0: requests are served here, not redirected.</summary>
    public int RedirectPort { get; } = settings.RedirectToHttps ? httpsPort : 0;
}
