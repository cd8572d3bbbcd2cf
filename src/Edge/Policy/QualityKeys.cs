// The keys of policy.yaml that say how good a version must be: rating and guard. Control thread.

namespace OpenClaw.Edge.Policy;

internal static class QualityKeys
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static RatingSettings ReadRating(Section s)
    {
        RatingSettings d = new();
        Section weights = s.Sub("weights");
        RatingSettings rating = new RatingSettings
        {
            Window = s.Value("window", d.Window, Rules.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10))),
            ErrorRateAtZero = s.Value("errorRateAtZero", d.ErrorRateAtZero, Rules.Number(0.0001, 1)),
            LatencyTarget = s.Value("latencyTarget", d.LatencyTarget, Rules.Duration(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10))),
            MinSamples = s.Value("minSamples", d.MinSamples, Rules.Count(0, 1_000_000)),
            SuccessWeight = weights.Value("success", d.SuccessWeight, Rules.Number(0, 1)),
            LatencyWeight = weights.Value("latency", d.LatencyWeight, Rules.Number(0, 1)),
            FeedbackWeight = weights.Value("feedback", d.FeedbackWeight, Rules.Number(0, 1)),
            MaxHeuristicWeight = s.Value("maxHeuristicWeight", d.MaxHeuristicWeight, Rules.Weight),
            Feedback = ReadFeedback(s),
        };
        if (rating.SuccessWeight + rating.LatencyWeight == 0)
        {
            s.Error("weights", "success and latency are both 0; one must count");
        }

        return rating;
    }

    public static GuardSettings ReadGuard(Section s)
    {
        GuardSettings d = new();
        GuardSettings guard = new()
        {
            Mode = s.Value("mode", "enforce", Rules.OneOf("enforce", "observe", "off")) switch
            {
                "observe" => GuardMode.Observe,
                "off" => GuardMode.Off,
                _ => GuardMode.Enforce,
            },
            FailBelow = s.Value("failBelow", d.FailBelow, Rules.Number(0, 1)),
            PassAbove = s.Value("passAbove", d.PassAbove, Rules.Number(0, 1)),
            Interval = s.Value("interval", d.Interval, Rules.Duration(TimeSpan.FromMilliseconds(250), TimeSpan.FromMinutes(10))),
            Alpha = s.Value("alpha", d.Alpha, Rules.Number(1e-9, 0.1)),
            ConsecutiveFailures = s.Value("consecutiveFailures", d.ConsecutiveFailures, Rules.Count(0, 10_000)),
            RampOver = s.Value("rampOver", d.RampOver, Rules.Duration(TimeSpan.Zero, TimeSpan.FromMinutes(10))),
            Webhook = s.Optional("webhook") is { } webhook ? ReadWebhook(webhook) : null,
        };
        if (guard.PassAbove < guard.FailBelow)
        {
            s.Warning("passAbove", $"{Wording.Show(guard.PassAbove)} is below failBelow {Wording.Show(guard.FailBelow)}; a release would pass that is about to fail");
        }

        return guard;
    }

    /// <summary>Switched on by being named: by its own keys or by the share of responses that ask.</summary>
    private static FeedbackSettings? ReadFeedback(Section rating)
    {
        FeedbackSettings d = new();
        bool issues = rating.Try("issueFraction", Rules.Weight, out double fraction);
        Section? s = rating.Optional("feedback");
        if (s is null)
        {
            return issues ? d with { IssueFraction = fraction } : null;
        }

        FeedbackSettings feedback = new()
        {
            IssueFraction = issues ? fraction : d.IssueFraction,
            Path = s.Value<string?>("path", d.Path, Rules.LocalPath),
            KeyFile = s.Text("keyFile"),
            TokenMaxAge = s.Value("tokenMaxAge", d.TokenMaxAge, Rules.Duration(TimeSpan.FromSeconds(1), Day)),
            HalfLife = s.Value("halfLife", d.HalfLife, Rules.Duration(TimeSpan.FromSeconds(1), Day)),
            Limit = ReadLimit(s.Sub("limit"), d.Limit),
        };
        if (feedback.KeyFile is null)
        {
            s.Warning("keyFile", "none; tokens end with this process, and other edges do not know them");
        }

        return feedback;
    }

    private static RateLimitSettings ReadLimit(Section s, RateLimitSettings d)
    {
        int average = s.Value("average", d.Average, Rules.Count(1, 1_000_000));
        TimeSpan period = s.Value("period", d.Period, Rules.Duration(TimeSpan.FromSeconds(1), Day));
        return d with { Average = average, Period = period, Burst = s.Try("burst", Rules.Count(1, 1_000_000), out int burst) ? burst : average };
    }

    private static WebhookSettings ReadWebhook(Section s) => new(
        s.Required("url", Rules.WebAddress, "write where to POST: url: https://hooks.example.com/openclaw")!,
        s.Value("timeout", TimeSpan.FromSeconds(5), Rules.Duration(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10))));
}
