// What Argo Rollouts refuses or stumbles over although the schema of a Rollout allows it (argo-rollouts v1.9.1, pkg/apis/rollouts/validation). Pure.

using System.Text.Json.Nodes;

namespace OpenClaw.EndToEnd.Tests.Deploy;

internal static class RolloutRules
{
    private static readonly string[] PluginKeys = ["namespace", "httpRoutes"], RouteKeys = ["name", "useHeaderRoutes"];

    public static IEnumerable<string> Faults(Manifests manifests) => manifests.Of("Rollout").SelectMany(rollout => OfRollout(manifests, rollout));

    private static IEnumerable<string> OfRollout(Manifests manifests, JsonNode rollout)
    {
        string title = Manifests.Title(rollout), place = rollout.Text("metadata/namespace")!;
        JsonNode? canary = rollout.At("spec/strategy/canary");
        JsonNode? stable = manifests.Find("Service", canary.Text("stableService"), place), other = manifests.Find("Service", canary.Text("canaryService"), place);
        if (stable is null || other is null || stable == other)
        {
            yield return $"{title}: needs two Services, a stable and a canary one";
        }
        else if (!stable.Map("spec/selector").Order().SequenceEqual(other.Map("spec/selector").Order()))
        {
            yield return $"{title}: its Services select different pods before Argo has told them apart";
        }

        if (canary.At("trafficRouting") is not JsonObject { Count: > 0 } routing || routing.All(part => part.Key == "managedRoutes"))
        {
            yield return $"{title}: without trafficRouting its weights are numbers of pods, and no router is told";
            yield break;
        }

        foreach (string fault in OfRouter(manifests, routing, canary!, place).Concat(OfSteps(manifests, rollout, canary!, routing)))
        {
            yield return $"{title}: {fault}";
        }

        if ((canary.Number("scaleDownDelaySeconds") ?? 30) < 30 || (canary.Number("abortScaleDownDelaySeconds") ?? 30) < 30)
        {
            yield return $"{title}: old pods end while the edge still has connections to them";
        }
    }

    private static IEnumerable<string> OfRouter(Manifests manifests, JsonObject routing, JsonNode canary, string place)
    {
        JsonNode? plugin = routing["plugins"] is JsonObject plugins ? plugins["argoproj-labs/gatewayAPI"] : null;
        foreach (string key in (plugin as JsonObject ?? []).Select(pair => pair.Key).Except(PluginKeys)
            .Concat(plugin.Each("httpRoutes").OfType<JsonObject>().SelectMany(route => route.Select(pair => pair.Key)).Except(RouteKeys)))
        {
            yield return $"the Gateway API plugin knows no {key}";
        }

        foreach (string? name in plugin.Each("httpRoutes").Select(route => route.Text("name")))
        {
            JsonNode? route = manifests.Find("HTTPRoute", name, plugin.Text("namespace"));
            string[] backends = [.. route.Each("spec/rules").SelectMany(rule => rule.Each("backendRefs")).Select(backend => backend.Text("name")!)];
            if (!backends.Contains(canary.Text("stableService")) || !backends.Contains(canary.Text("canaryService")))
            {
                yield return $"HTTPRoute {name} is not there, or does not name both Services";
            }
        }

        if (routing["nginx"].Text("stableIngress") is { } ingress
            && !(manifests.Find("Ingress", ingress, place)?.Everything().Any(node => node.Text("service/name") == canary.Text("stableService")) ?? false))
        {
            yield return $"Ingress {ingress} is not there, or does not lead to the stable Service";
        }
    }

    private static IEnumerable<string> OfSteps(Manifests manifests, JsonNode rollout, JsonNode canary, JsonObject routing)
    {
        string[] managed = [.. routing.Each("managedRoutes").Select(route => route.Text("name")!)];
        JsonNode[] steps = [.. canary.Each("steps")];
        foreach (string? name in steps.Select(step => step.Text("setHeaderRoute/name")).Where(name => name is not null && !managed.Contains(name)))
        {
            yield return $"setHeaderRoute {name} is not among managedRoutes";
        }

        if (routing["nginx"] is not null && steps.Any(step => step.At("setHeaderRoute") is not null))
        {
            yield return "the nginx router has no header routes";
        }

        foreach (string fault in steps.SelectMany(step => OfTemplates(manifests, rollout, step.At("analysis"), inline: true)).Concat(OfTemplates(manifests, rollout, canary.At("analysis"), inline: false)))
        {
            yield return fault;
        }

        int begin = canary.Number("analysis/startingStep") ?? 0;
        if (canary.At("analysis") is not null && (begin >= steps.Length || steps[begin].At("setWeight") is null))
        {
            yield return $"its background analysis does not begin with a weight, but at step {begin}";
        }
    }

    private static IEnumerable<string> OfTemplates(Manifests manifests, JsonNode rollout, JsonNode? analysis, bool inline)
    {
        foreach (string? name in analysis.Each("templates").Select(template => template.Text("templateName")))
        {
            JsonNode? template = manifests.Find("AnalysisTemplate", name, rollout.Text("metadata/namespace"));
            if (template is null)
            {
                yield return $"no AnalysisTemplate {name}";
                continue;
            }

            foreach (string metric in template.Each("spec/metrics").Where(metric => inline && metric.At("interval") is not null && metric.At("count") is null).Select(metric => metric.Text("name")!))
            {
                yield return $"metric {metric} of {name} would run for ever in a step: it has no count";
            }

            string[] given = [.. analysis.Each("args").Select(argument => argument.Text("name")!)];
            foreach (string argument in template.Each("spec/args").Where(argument => argument.At("value") is null && argument.At("valueFrom") is null).Select(argument => argument.Text("name")!).Except(given))
            {
                yield return $"argument {argument} of {name} has no value";
            }
        }
    }
}
