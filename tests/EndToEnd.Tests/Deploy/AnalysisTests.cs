// What Argo Rollouts would make of each answer that Prometheus or /status can give to our AnalysisTemplates.

using System.Text.Json.Nodes;

namespace OpenClaw.EndToEnd.Tests.Deploy;

public sealed class AnalysisTests
{
    [Theory]
    [InlineData("rating-quality", "guard", "", Verdict.Inconclusive)] // nothing scraped: nobody knows
    [InlineData("rating-quality", "guard", "0", Verdict.Successful)]
    [InlineData("rating-quality", "guard", "1", Verdict.Failed)]
    [InlineData("rating-quality", "lower-bound", "", Verdict.Inconclusive)]
    [InlineData("rating-quality", "lower-bound", "NaN", Verdict.Inconclusive)]
    [InlineData("rating-quality", "lower-bound", "0.9", Verdict.Successful)]
    [InlineData("rating-quality", "lower-bound", "0.6", Verdict.Inconclusive)] // too little was seen, or it is not good enough: no reason to throw it out
    [InlineData("rating-quality", "lower-bound", "0", Verdict.Inconclusive)]
    [InlineData("rating-quality", "score", "", Verdict.Inconclusive)]
    [InlineData("rating-quality", "score", "NaN", Verdict.Inconclusive)]
    [InlineData("rating-quality", "score", "0.9", Verdict.Successful)]
    [InlineData("rating-quality", "score", "0.6", Verdict.Failed)]
    [InlineData("rating-guard", "guard", "", Verdict.Successful)] // beside the steps: only a trip counts
    [InlineData("rating-guard", "guard", "0", Verdict.Successful)]
    [InlineData("rating-guard", "guard", "1", Verdict.Failed)]
    public async Task Prometheus_SaysThis(string template, string metric, string values, Verdict verdict)
    {
        Answer answer = Answer.List([.. values.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(value => double.Parse(value, System.Globalization.CultureInfo.InvariantCulture))]);
        Assert.Equal(verdict, Verdicts.Of(await MetricAsync(template, metric), answer));
    }

    [Theory]
    [InlineData("guard", "tripped", Verdict.Failed)]
    [InlineData("guard", "holding", Verdict.Successful)]
    [InlineData("guard", "learning", Verdict.Successful)]
    public async Task Status_SaysThisWord(string metric, string word, Verdict verdict) =>
        Assert.Equal(verdict, Verdicts.Of(await MetricAsync("rating-status", metric), Answer.Text(word)));

    [Theory]
    [InlineData("lower-bound", 0.9, Verdict.Successful)]
    [InlineData("lower-bound", 0, Verdict.Inconclusive)]
    [InlineData("upper-bound", 1, Verdict.Successful)]
    [InlineData("upper-bound", 0.6, Verdict.Failed)]
    public async Task Status_SaysThisNumber(string metric, double value, Verdict verdict) =>
        Assert.Equal(verdict, Verdicts.Of(await MetricAsync("rating-status", metric), Answer.Number(value)));

    /// <summary>The web provider picks fields with the path language of Kubernetes' clients, which kubectl has as well: each is in a real /status.</summary>
    [Fact]
    public async Task Status_HasTheFieldsThatAreAskedFor()
    {
        string kubectl = Needs.NpmProgram("kubectl-1.35");
        using TestFolder folder = new();
        string policy = folder.Write("policy.yaml", "canary: {version: canary, weight: 5%}");
        await using EdgeProcess edge = await EdgeProcess.StartAsync(["stable=http://127.0.0.1:9", "canary=http://127.0.0.1:9"], "--policy", policy, "--admin", "127.0.0.1:0");
        using HttpClient http = new() { Timeout = Deadline.Patience };
        JsonNode status = JsonNode.Parse(await http.GetStringAsync($"{edge.Admin}/status"))!;
        (status["apiVersion"], status["kind"], status["metadata"]) = ("example.com/v1", "Status", new JsonObject { ["name"] = "status" }); // as an object, for kubectl
        string file = folder.Write("status.json", status.ToJsonString());

        Manifests manifests = (await Rendering.GetAsync("edge + monitoring + sample")).Manifests;
        foreach (JsonNode metric in manifests.Find("AnalysisTemplate", "rating-status", "openclaw").Each("spec/metrics"))
        {
            await using Child run = await Child.RunAsync(kubectl, ["annotate", "--local", "--filename", file, "a=b", "--output", $"jsonpath={metric.Text("provider/web/jsonPath")}"]);
            Assert.True(run.ExitCode == 0, run.Output);
            Answer answer = double.TryParse(run.Output, System.Globalization.CultureInfo.InvariantCulture, out double number) ? Answer.Number(number) : Answer.Text(run.Output);
            Assert.Contains(Verdicts.Of(metric, answer), new[] { Verdict.Successful, Verdict.Inconclusive });
        }
    }

    [Theory]
    [InlineData("result > 0.85")] // a list is no number
    [InlineData("result[0] > 0.85")] // there may be none
    [InlineData("len(result) > 0 && result > 0.85")]
    [InlineData("isNaN(result)")]
    [InlineData("result[0]")] // no condition
    [InlineData("len(result) >")]
    [InlineData("(len(result) > 0")]
    public void Expression_ThatArgoCannotEvaluate_IsAnError(string condition)
    {
        JsonNode metric = new JsonObject { ["successCondition"] = condition };
        Verdict[] verdicts = [Verdicts.Of(metric, Answer.List()), Verdicts.Of(metric, Answer.List(0.9))];
        Assert.Contains(Verdict.Error, verdicts);
    }

    [Theory]
    [InlineData("result[0] > 0.85", null, 0.9, Verdict.Successful)]
    [InlineData("result[0] > 0.85", null, 0.8, Verdict.Failed)] // alone it decides both ways
    [InlineData(null, "result[0] < 0.7", 0.8, Verdict.Successful)]
    [InlineData("result[0] > 0.85", "result[0] < 0.7", 0.8, Verdict.Inconclusive)]
    [InlineData("result[0] > 0.5", "result[0] > 0.7", 0.8, Verdict.Failed)] // both: failure wins
    [InlineData("!(result[0] < 0.5) && (isNaN(result[0]) || result[0] != 1)", null, 0.8, Verdict.Successful)]
    public void Conditions_DecideAsInArgo(string? success, string? failure, double value, Verdict verdict)
    {
        JsonNode metric = new JsonObject { ["successCondition"] = success, ["failureCondition"] = failure };
        Assert.Equal(verdict, Verdicts.Of(metric, Answer.List(value)));
    }

    private static async Task<JsonNode> MetricAsync(string template, string metric)
    {
        Manifests manifests = (await Rendering.GetAsync("edge + monitoring + sample")).Manifests;
        return manifests.Find("AnalysisTemplate", template, "openclaw").Each("spec/metrics").Single(one => one.Text("name") == metric);
    }
}
