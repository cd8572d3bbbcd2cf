// The part of /metrics that tells of the guard: its state, its trips, its evidence, its webhook. Side port's thread; only ever reads.

using OpenClaw.Edge.Guard;
using Prometheus;

namespace OpenClaw.Edge.Observe;

internal static class GuardMetrics
{
    public static void Add(MetricFactory metrics, GuardControl guard)
    {
        GuardStatus status = guard.Status;
        Gauge state = metrics.CreateGauge("openclaw_guard_state", "1 for the state that the guard is in: the worst of all canaries.", ["state"]);
        foreach (GuardState each in Enum.GetValues<GuardState>())
        {
            state.WithLabels(GuardLabels.Of(each)).Set(each == status.State ? 1 : 0);
        }

        Counter trips = metrics.CreateCounter("openclaw_guard_trips_total", "Times that the guard took a canary out.", ["cause"]);
        Counter wouldTrips = metrics.CreateCounter("openclaw_guard_would_trip_total", "Times that the guard would have taken a canary out, had it not only observed.", ["cause"]);
        foreach (TripCause cause in Enum.GetValues<TripCause>())
        {
            trips.WithLabels(GuardLabels.Of(cause)).Inc(guard.Trips(cause));
            wouldTrips.WithLabels(GuardLabels.Of(cause)).Inc(guard.WouldTrips(cause));
        }

        Gauge evidence = metrics.CreateGauge(
            "openclaw_guard_evidence_ratio", "Evidence of the sequential test that a canary is worse than stable, over what it takes, both as logarithms: at 1 the guard trips.", ["version", "signal"]);
        foreach (CanaryStatus canary in status.Canaries)
        {
            evidence.WithLabels(canary.Version, "errors").Set(canary.Errors.Ratio);
            evidence.WithLabels(canary.Version, "latency").Set(canary.Latency.Ratio);
        }

        Counter webhook = metrics.CreateCounter("openclaw_guard_webhook_total", "Documents for the guard's webhook, by what became of them.", ["result"]);
        foreach (WebhookResult result in Enum.GetValues<WebhookResult>())
        {
            webhook.WithLabels(result.ToString().ToLowerInvariant()).Inc(guard.Webhook.Count(result));
        }
    }
}
