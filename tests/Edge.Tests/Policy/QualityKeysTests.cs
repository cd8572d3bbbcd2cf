// rating and guard, as policy.yaml says them.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Policy;

public sealed class QualityKeysTests
{
    [Fact]
    public void NothingWritten_NobodyIsAskedAndTheGuardEnforces()
    {
        RolloutPolicy policy = TestFolder.Load(TestFolder.Edge, TestFolder.Policy).Snapshot!.Rollout;

        Assert.Equal(new RatingSettings(), policy.Rating);
        Assert.Null(policy.Rating.Feedback);
        Assert.Equal(new GuardSettings(), policy.Guard);
        Assert.Equal(GuardMode.Enforce, policy.Guard.Mode);
    }

    [Theory]
    [InlineData("rating: {feedback: {}}", 0.05, "/.openclaw/feedback")]
    [InlineData("rating: {issueFraction: 20%}", 0.2, "/.openclaw/feedback")]
    [InlineData("rating: {issueFraction: 0, feedback: {path: /rate}}", 0, "/rate")]
    [InlineData("rating: {feedback: {path: \"\"}}", 0.05, null)]
    public void Feedback_IsSwitchedOnByEitherKey(string policy, double fraction, string? path)
    {
        FeedbackSettings feedback = TestFolder.Load(TestFolder.Edge, policy).Snapshot!.Rollout.Rating.Feedback!;
        Assert.Equal(new FeedbackSettings { IssueFraction = fraction, Path = path }, feedback);
    }

    [Fact]
    public void EveryKey_IsTaken()
    {
        RolloutPolicy policy = TestFolder.Load(TestFolder.Edge, """
            rating: {weights: {feedback: 0.3}, maxHeuristicWeight: 0, feedback: {tokenMaxAge: 5m, halfLife: 30s, limit: {average: 3, period: 1h}}}
            guard:
              mode: observe
              failBelow: 0.5
              passAbove: 0.9
              interval: 2s
              alpha: 0.01
              consecutiveFailures: 0
              rampOver: 0s
              webhook: {url: "https://hooks.example/x?y=1", timeout: 1s}
            """).Snapshot!.Rollout;

        RateLimitSettings limit = new(new KeySource(KeySourceKind.ClientAddress, ""), 3, TimeSpan.FromHours(1), 3);
        Assert.Equal(new FeedbackSettings { TokenMaxAge = TimeSpan.FromMinutes(5), HalfLife = TimeSpan.FromSeconds(30), Limit = limit }, policy.Rating.Feedback);
        Assert.Equal((0.3, 0), (policy.Rating.FeedbackWeight, policy.Rating.MaxHeuristicWeight));
        Assert.Equal(new GuardSettings
        {
            Mode = GuardMode.Observe,
            FailBelow = 0.5,
            PassAbove = 0.9,
            Interval = TimeSpan.FromSeconds(2),
            Alpha = 0.01,
            ConsecutiveFailures = 0,
            RampOver = TimeSpan.Zero,
            Webhook = new WebhookSettings(new Uri("https://hooks.example/x?y=1"), TimeSpan.FromSeconds(1)),
        }, policy.Guard);
    }

    [Theory]
    [InlineData("rating: {issueFraction: 5}", "1:25: issueFraction: 5 is above 1; use 0.05 or \"5%\"")]
    [InlineData("rating: {feedback: {path: rate}}", "1:27: path: rate does not begin with /")]
    [InlineData("rating: {feedback: {path: /rate?x}}", "1:27: path: /rate?x is no path; write visible ASCII without ? and #")]
    [InlineData("guard: {mode: on}", "1:15: mode: on is none of enforce, observe, off")]
    [InlineData("guard: {alpha: 0}", "1:16: alpha: 0 is below 0.000000001")]
    [InlineData("guard: {webhook: {}}", "1:9: url: missing here; write where to POST: url: https://hooks.example.com/openclaw")]
    [InlineData("guard: {webhook: {url: hooks.example}}", "1:24: url: hooks.example is no URL; write https://HOST[:PORT]/PATH")]
    [InlineData("guard: {webhook: {url: \"https://me:secret@hooks.example\"}}", "1:24: url: https://me:secret@hooks.example holds a password; put what authorizes into the path")]
    public void WrongValue_IsRefusedWhereItStands(string policy, string expected) =>
        Assert.Equal([expected], TestFolder.Brief(TestFolder.Load(TestFolder.Edge, policy).Faults));

    [Fact]
    public void PassingBelowFailing_IsAWarning() =>
        Assert.Equal(
            "1:36: passAbove: 0.6 is below failBelow 0.7; a release would pass that is about to fail",
            TestFolder.Brief(Assert.Single(TestFolder.Load(TestFolder.Edge, "guard: {failBelow: 0.7, passAbove: 0.6}").Warnings)));

    [Fact]
    public void FeedbackKeys_AreReadFromTheirFile()
    {
        using TestFolder folder = new();
        folder.Write("edge.yaml", TestFolder.Edge);
        string path = folder.Write("feedback.key", "0123456789abcdef\nfedcba9876543210\n");
        folder.Write("policy.yaml", $"rating: {{feedback: {{keyFile: {path}}}}}");
        LoadResult result = new ConfigurationLoader(folder.Launch).Load(TimeProvider.System);
        Assert.Equal(2, result.Snapshot!.FeedbackKeys!.All.Length);
        Assert.Null(result.Snapshot.SessionKeys);
        Assert.Contains(path, result.Files.Select(file => file.Path));

        folder.Write("feedback.key", "short");
        Assert.Contains("holds a key of fewer than 16 bytes", Assert.Single(new ConfigurationLoader(folder.Launch).Load(TimeProvider.System).Faults).Message);
    }
}
