// What makes a metric of an AnalysisTemplate fail good releases, pass bad ones, or never end. Pure.

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace OpenClaw.EndToEnd.Tests.Deploy;

internal static partial class AnalysisRules
{
    public static IEnumerable<string> Faults(Manifests manifests) =>
        manifests.Of("AnalysisTemplate").SelectMany(template => template.Each("spec/metrics").SelectMany(metric => OfMetric(manifests, template, metric)));

    private static IEnumerable<string> OfMetric(Manifests manifests, JsonNode template, JsonNode metric)
    {
        string title = $"{Manifests.Title(template)}, metric {metric.Text("name")}";
        if (metric.Number("count") is { } count && (metric.Number("failureLimit") ?? 0) >= count)
        {
            yield return $"{title}: cannot fail, as failureLimit is not below count";
        }

        if (metric.Number("count") is { } looks && (metric.Number("inconclusiveLimit") ?? 0) >= looks)
        {
            yield return $"{title}: passes without a word, as inconclusiveLimit is not below count";
        }

        string text = metric.ToJsonString();
        string[] declared = [.. template.Each("spec/args").Select(argument => argument.Text("name")!)];
        foreach (string argument in Arguments().Matches(text).Select(match => match.Groups[1].Value).Distinct().Except(declared))
        {
            yield return $"{title}: argument {argument} is not declared";
        }

        string query = metric.Text("provider/prometheus/query") ?? "";
        foreach (Match gauge in OverTime().Matches(query).Where(match => !Counter().IsMatch(match.Groups[2].Value)))
        {
            yield return $"{title}: {gauge.Groups[1].Value}() over the gauge {gauge.Groups[2].Value} is 0 while all is well";
        }

        foreach (string fault in OfConditions(metric).Concat(OfAddress(manifests, template, metric)))
        {
            yield return $"{title}: {fault}";
        }
    }

    /// <summary>Nothing that a provider may say is an error of the expression, which would abort a rollout for the wrong reason.</summary>
    private static IEnumerable<string> OfConditions(JsonNode metric)
    {
        Answer[] answers = metric.At("provider/web") is not null
            ? [Answer.Number(0), Answer.Number(0.9), Answer.Text("tripped")]
            : [Answer.List(), Answer.List(double.NaN), Answer.List(0.9), Answer.List(0.6), Answer.List(1)];
        bool ofText = (metric.Text("successCondition") + metric.Text("failureCondition")).Contains('"');
        foreach (Answer answer in answers.Where(answer => metric.At("provider/web") is null || answer.IsText == ofText))
        {
            if (Verdicts.Of(metric, answer) == Verdict.Error)
            {
                yield return $"its conditions cannot be evaluated on {answer}";
            }
        }

        if (metric.At("successCondition") is null && metric.At("failureCondition") is null)
        {
            yield return "has no condition, so whatever is measured passes";
        }
    }

    /// <summary>Services of this rendering that it asks are there, on that port.</summary>
    private static IEnumerable<string> OfAddress(Manifests manifests, JsonNode template, JsonNode metric)
    {
        string address = metric.Text("provider/web/url") ?? metric.Text("provider/prometheus/address") ?? "";
        address = Arguments().Replace(address, match => template.Each("spec/args").FirstOrDefault(argument => argument.Text("name") == match.Groups[1].Value).Text("value") ?? "");
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? url) || url.Host.Split('.') is not [var name, var place, "svc"])
        {
            return [$"asks {address}, which is no Service's URL"];
        }

        bool ours = place == template.Text("metadata/namespace") && manifests.Of("Deployment").Any();
        return ours && !manifests.Find("Service", name, place).Each("spec/ports").Any(port => port.Number("port") == url.Port) ? [$"asks {address}, and no Service is there"] : [];
    }

    [GeneratedRegex(@"\{\{\s*args\.([-\w]+)\s*\}\}")]
    private static partial Regex Arguments();

    [GeneratedRegex(@"\b(rate|irate|increase)\(\s*(\w+)")]
    private static partial Regex OverTime();

    [GeneratedRegex("_(total|sum|count|bucket)$")]
    private static partial Regex Counter();
}
