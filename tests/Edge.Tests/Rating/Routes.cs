// Requests that are answered at once, as tests write them.

using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

internal static class Routes
{
    public static SignalCell Observe(
        this RouteHistory history, int method, ReadOnlySpan<byte> target, Outcome outcome, long latency, long latencyTarget, long length, bool learns) =>
        history.Observe(history.RouteOf(method, target), outcome, latency, latencyTarget, length, learns);
}
