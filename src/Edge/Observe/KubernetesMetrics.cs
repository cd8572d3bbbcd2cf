// The part of /metrics that tells of the objects of Kubernetes that are followed. Side port's thread; only ever reads.

using OpenClaw.Edge.Kubernetes;
using Prometheus;

namespace OpenClaw.Edge.Observe;

internal static class KubernetesMetrics
{
    public static void Add(MetricFactory metrics, KubernetesControl? kubernetes)
    {
        Gauge connected = metrics.CreateGauge("openclaw_kubernetes_watch_connected", "1 while the API server is listened to.", ["resource"]);
        Gauge age = metrics.CreateGauge("openclaw_kubernetes_watch_age_seconds", "Since the last word of the API server.", ["resource"]);
        Counter events = metrics.CreateCounter("openclaw_kubernetes_watch_events_total", "Events of watches.", ["resource", "type"]);
        Counter failures = metrics.CreateCounter("openclaw_kubernetes_watch_failures_total", "Times that a watch failed, or could not begin.", ["resource", "cause"]);
        Gauge accepted = metrics.CreateGauge("openclaw_kubernetes_object_accepted", "1 while the object is there, and what it said last is followed.", ["resource"]);
        Counter refused = metrics.CreateCounter("openclaw_kubernetes_objects_refused_total", "Words about an object that were not followed.", ["resource"]);
        foreach (WatchStatus watch in kubernetes?.Watches ?? [])
        {
            string resource = watch.Object.Label;
            connected.WithLabels(resource).Set(watch.IsConnected ? 1 : 0);
            age.WithLabels(resource).Set(kubernetes!.AgeSeconds(watch));
            accepted.WithLabels(resource).Set(watch.IsAccepted ? 1 : 0);
            refused.WithLabels(resource).Inc(watch.Counts.Refused);
            for (int type = 0; type < WatchEvent.Labels.Count; type++)
            {
                events.WithLabels(resource, WatchEvent.Labels[type]).Inc(watch.Counts.Events(type));
            }

            for (int cause = 0; cause < ApiFault.Labels.Count; cause++)
            {
                failures.WithLabels(resource, ApiFault.Labels[cause]).Inc(watch.Counts.Failures(cause));
            }
        }
    }
}
