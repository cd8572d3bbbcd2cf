// The pipeline's wait: what a Rollout says at each turn, and what the job makes of it.

using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using OpenClaw.TestKit;

namespace OpenClaw.Edge.Tests.Examples;

[SupportedOSPlatform("linux")]
public sealed class WaitForRolloutTests : IDisposable
{
    private readonly PipelineStage _stage = new();

    public void Dispose() => _stage.Dispose();

    [Fact]
    public async Task Promotion_IsFollowedToItsEnd()
    {
        _stage.Rollout(Rollout("Healthy", observed: 1));
        _stage.Rollout(Rollout("Progressing"));
        _stage.Rollout(Rollout("Progressing"));
        _stage.Rollout(Rollout("Paused", step: 1, weight: 5, why: "CanaryPauseStep"));
        _stage.Rollout(Rollout("Progressing", step: 4, weight: 100));
        _stage.Rollout(Rollout("Healthy", step: 4));
        await using Child run = await _stage.RunAsync("wait-for-rollout.sh");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            ["the controller has not seen the change yet", "Progressing, step 0 of 4, canary at 0 %", "Paused, step 1 of 4, canary at 5 %", "Progressing, step 4 of 4, canary at 100 %",
                "every request goes to the pods of 7d9f"],
            run.Lines.SkipLast(1).Select(line => line[10..]));
        Assert.Equal("Promoted: every request goes to the pods of 7d9f.", run.Lines[^1]);
        Assert.Contains("### rating-api\n\nPromoted: ", _stage.Summary, StringComparison.Ordinal);
        Assert.Contains("| none |", _stage.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rollback_FailsTheJobAndSaysWhatWasMeasured()
    {
        _stage.Rollout(Rollout("Degraded", message: "RolloutAborted: Rollout aborted update to revision 2: metric score assessed Failed", aborted: true));
        _stage.Write("runs.json", """
            {"items": [
              {"metadata": {"name": "second", "creationTimestamp": "2026-01-01T00:05:00Z"}, "status": {"metricResults": [
                {"name": "score", "phase": "Failed", "message": "failed (1) > failureLimit (0)", "measurements": [{"value": "[0.9]"}, {"value": "[0.41]"}]}]}},
              {"metadata": {"name": "first", "creationTimestamp": "2026-01-01T00:01:00Z"}, "status": {"metricResults": [
                {"name": "guard", "phase": "Successful", "measurements": [{"value": "[0]"}]}]}}]}
            """);
        await using Child run = await _stage.RunAsync("wait-for-rollout.sh");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Rolled back: RolloutAborted: ", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("| first | guard | Successful | [0] |  |\n| second | score | Failed | [0.41] | failed (1) > failureLimit (0) |", _stage.Summary, StringComparison.Ordinal);
        Assert.Contains(_stage.Calls, call => call.EndsWith("get analysisruns.argoproj.io --selector rollouts-pod-template-hash=7d9f --output json", StringComparison.Ordinal));
    }

    /// <summary>A metric's provider has a say in such messages, and a runner obeys lines that begin with two colons.</summary>
    [Fact]
    public async Task MessageOfSeveralLines_IsOne()
    {
        _stage.Rollout(Rollout("Degraded", message: "aborted\n::stop-commands::x\r\npromoted", aborted: true));
        await using Child run = await _stage.RunAsync("wait-for-rollout.sh");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Rolled back: aborted ::stop-commands::x  promoted.", run.Lines);
        Assert.DoesNotContain(run.Lines, line => line.StartsWith("::", StringComparison.Ordinal));
    }

    public static TheoryData<string, string> Undecided => new()
    {
        { Rollout("Paused", step: 2, weight: 5, why: "InconclusiveAnalysisRun"), "paused (InconclusiveAnalysisRun) at step 2 of 4, canary at 5 %" },
        { Rollout("Paused", step: 3, weight: 20, why: "CanaryPauseStep"), "paused (CanaryPauseStep) at step 3 of 4, canary at 20 %" }, // a pause without an end
        { Rollout("Paused", step: 1, weight: 5, pausedByHand: true), "paused by hand at step 1 of 4" },
        { Rollout("Degraded", step: 1, weight: 5, message: "ProgressDeadlineExceeded: it does not get on"), "ProgressDeadlineExceeded: it does not get on, and it is not aborted, at step 1" },
    };

    [Theory]
    [MemberData(nameof(Undecided))]
    public async Task WhatNeedsAPerson_IsLeftToOne(string rollout, string words)
    {
        _stage.Rollout(rollout);
        await using Child run = await _stage.RunAsync("wait-for-rollout.sh");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("Undecided: " + words, run.Output, StringComparison.Ordinal);
        Assert.Contains("kubectl argo rollouts -n openclaw abort rating-api", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(_stage.Calls, call => !call.Contains(" get ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TimeUp_LeavesItAsItIs()
    {
        _stage.Rollout(Rollout("Progressing", step: 1, weight: 5));
        await using Child run = await _stage.RunAsync("wait-for-rollout.sh", "PATIENCE=0");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("Undecided after 0 s: Progressing, step 1 of 4, canary at 5 %. It goes on without this job.", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(5, 3)]
    public async Task ServerThatIsAway_IsAskedFiveTimes(int failures, int exitCode)
    {
        for (int i = 0; i < failures; i++)
        {
            _stage.Rollout("");
        }

        _stage.Rollout(Rollout("Healthy", step: 4));
        await using Child run = await _stage.RunAsync("wait-for-rollout.sh");
        Assert.Equal(exitCode, run.ExitCode);
    }

    private static string Rollout(string phase, int observed = 2, int step = 0, int weight = 0, string? why = null, string message = "", bool aborted = false, bool pausedByHand = false)
    {
        JsonNode rollout = JsonNode.Parse("""
            {"metadata": {"generation": 2}, "spec": {"strategy": {"canary": {"steps": [{"setWeight": 5}, {"pause": {"duration": "2m"}}, {"analysis": {}}, {"pause": {}}]}}}}
            """)!;
        rollout["spec"]!["paused"] = pausedByHand;
        rollout["status"] = new JsonObject
        {
            ["observedGeneration"] = $"{observed}", // a text, as Argo Rollouts writes it
            ["phase"] = phase,
            ["message"] = message,
            ["abort"] = aborted,
            ["currentStepIndex"] = step,
            ["stableRS"] = "7d9f",
            ["pauseConditions"] = why is null ? null : new JsonArray(new JsonObject { ["reason"] = why }),
            ["canary"] = new JsonObject { ["weights"] = new JsonObject { ["canary"] = new JsonObject { ["weight"] = weight } } },
        };
        return rollout.ToJsonString();
    }
}
