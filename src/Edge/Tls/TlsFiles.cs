// Tries every certificate, key and CA file that a configuration names, so that one of no use is a fault of the load like
// any other: at start, at reload, and for validate. Control thread; keeps nothing.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tls;

internal static class TlsFiles
{
    public static IEnumerable<Fault> Check(EdgeSettings edge)
    {
        List<Fault> faults = [];
        foreach (ListenerSettings listener in edge.Listeners)
        {
            if (listener.Tls is { } tls)
            {
                _ = ServerIdentity.Load(tls, faults);
            }
        }

        foreach (VersionSettings version in edge.Versions)
        {
            _ = UpstreamTrust.Load(version.Tls, faults);
        }

        return faults;
    }
}
