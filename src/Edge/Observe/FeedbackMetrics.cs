// The part of /metrics that tells of users' voices. Side port's thread; only ever reads.

using OpenClaw.Edge.Feedback;
using Prometheus;

namespace OpenClaw.Edge.Observe;

internal static class FeedbackMetrics
{
    public static void Add(MetricFactory metrics, Plan plan, Control control)
    {
        Counter issued = metrics.CreateCounter("openclaw_feedback_tokens_issued_total", "Answers that carried a feedback token, by the version that gave them.", ["version"]);
        Counter voices = metrics.CreateCounter("openclaw_feedback_total", "What users said, by the version it was said of and what became of it.", ["version", "result"]);
        foreach (VersionLedger version in control.Ledgers.All)
        {
            bool isDue = plan.Feedback is not null && plan.Versions.Any(live => live.Ledger == version);
            if (isDue || version.TokensIssued() > 0)
            {
                issued.WithLabels(version.Version).Inc(version.TokensIssued());
                voices.WithLabels(version.Version, FeedbackResults.Label(FeedbackResult.Accepted)).Publish();
            }
        }

        foreach ((string? version, FeedbackResult result, long count) in control.Desk.Counts())
        {
            voices.WithLabels(version ?? Labels.None, FeedbackResults.Label(result)).Inc(count);
        }
    }
}
