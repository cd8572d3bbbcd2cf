// Each check finds what it is there for: the usual mistakes, put one by one into manifests that are right.

using System.Text.Json.Nodes;

namespace OpenClaw.EndToEnd.Tests.Deploy;

public sealed class WrongManifestTests
{
    private const string Right = "edge + monitoring + sample";

    [Theory]
    [InlineData("wrong: templates in the Rollout", "analysisTemplates")]
    [InlineData("wrong: name for templateName", "must NOT have additional properties name")]
    [InlineData("wrong: indentation lost", "YAML: Map keys must be unique")]
    [InlineData("wrong: on for a text", "different things in YAML 1.1 and 1.2")]
    [InlineData("wrong: port as a text", "/spec/ports/0/port")]
    [InlineData("wrong: kind of nobody", "no schema for this kind")]
    [InlineData("wrong: rules without groups", "must NOT have additional properties rules")]
    public async Task Form_ThatIsWrong_IsFound(string name, string found)
    {
        string[] faults = (await Rendering.GetAsync(name)).Faults;
        Assert.SkipWhen(Renderer.Schemas is null && !found.Contains("YAML"), "the schemas are not beside the working copy");
        Assert.Contains(faults, fault => fault.Contains(found, StringComparison.Ordinal));
    }

    /// <summary>What is changed, where (keys separated by slashes, list items by number), into which JSON (empty: taken out), and what is found.</summary>
    [Theory]
    [InlineData("Deployment openclaw-edge", "spec/selector/matchLabels", """{"app": "edge"}""", "its selector does not match")]
    [InlineData("Deployment openclaw-edge", "spec/template/spec/containers/0/envFrom", """[{"configMapRef": {"name": "token-bucket-policy"}}]""", "envFrom")]
    [InlineData("Deployment openclaw-edge", "spec/template/spec/containers/0/volumeMounts/1/subPath", "\"policy.yaml\"", "subPath")]
    [InlineData("Deployment openclaw-edge", "spec/template/spec/containers/0/volumeMounts/1/name", "\"rules\"", "no volume rules")]
    [InlineData("Deployment openclaw-edge", "spec/template/spec/containers/0/volumeMounts/1/mountPath", "\"/etc/policy\"", "lies on no mounted volume")]
    [InlineData("Deployment openclaw-edge", "spec/template/spec/containers/0/readinessProbe/httpGet/port", "\"metrics\"", "probes ask port metrics")]
    [InlineData("Deployment openclaw-edge", "spec/template/spec/containers/0/ports/1/containerPort", "9090", "listens on")]
    [InlineData("Deployment openclaw-edge", "spec/template/spec/volumes/1/configMap/name", "\"policy\"", "ConfigMap policy is not there")]
    [InlineData("Deployment openclaw-edge", "spec/template/spec/volumes/1/configMap/items", """[{"key": "policy.yml", "path": "policy.yaml"}]""", "has not the keys policy.yml")]
    [InlineData("Deployment openclaw-edge", "spec/template/spec/serviceAccountName", "\"edge\"", "no ServiceAccount edge")]
    [InlineData("Deployment openclaw-edge", "spec/template/spec/terminationGracePeriodSeconds", "30", "is killed before its drain is over")]
    [InlineData("Deployment openclaw-edge", "spec/replicas", "2", "replicas are written although an autoscaler has them")]
    [InlineData("Deployment openclaw-edge", "metadata/namespace", "\"default\"", "in different namespaces")]
    [InlineData("HorizontalPodAutoscaler openclaw-edge", "spec/maxReplicas", "9", "bucket.replicas is 4, and there can be 9 edges")]
    [InlineData("HorizontalPodAutoscaler openclaw-edge", "spec/scaleTargetRef/name", "\"edge\"", "scales Deployment edge")]
    [InlineData("PodDisruptionBudget openclaw-edge", "spec/selector/matchLabels", """{"app": "edge"}""", "selects no pods")]
    [InlineData("PodMonitor openclaw-edge", "spec/podMetricsEndpoints/0/port", "\"metrics\"", "has no port metrics")]
    [InlineData("NetworkPolicy openclaw-edge", "spec/egress/2/ports/0/port", "80", "on another port than its container's")]
    [InlineData("NetworkPolicy openclaw-edge", "spec/ingress/1/ports/0/port", "\"metrics\"", "has no port metrics")]
    [InlineData("Service openclaw-edge", "spec/ports/0/targetPort", "\"web\"", "has no port web")]
    [InlineData("Service rating-api-canary", "spec/selector", """{"app": "rating-api"}""", "selects no pods")]
    [InlineData("Service rating-api-canary", "spec/ports/0/port", "8080", "no Service answers at")]
    [InlineData("Role openclaw-edge", "rules/0/resourceNames/0", "\"openclaw-edge\"", "may not read openclaw /configmaps token-bucket-policy")]
    [InlineData("Role openclaw-edge", "rules/0/resourceNames", "", "does not need openclaw /configmaps *")]
    [InlineData("Role openclaw-edge", "rules/1/verbs", """["get"]""", "may not read openclaw gateway.networking.k8s.io/httproutes rating-api")]
    [InlineData("ConfigMap openclaw-edge", "$data/edge.yaml/kubernetes/policyConfigMap", "\"policy\"", "policyConfigMap is not the ConfigMap that is mounted")]
    [InlineData("ConfigMap openclaw-edge", "$data/edge.yaml/workers", "0", "takes every core of the node")]
    [InlineData("ConfigMap openclaw-edge", "$data/edge.yaml/versions/canary/endpoints/0", "\"http://rating-api.openclaw.svc:80\"", "no Service answers at http://rating-api.openclaw.svc")]
    [InlineData("ConfigMap token-bucket-policy", "$data/policy.yaml/weightFrom/httpRoute", "\"rating\"", "no HTTPRoute rating")]
    [InlineData("HTTPRoute rating-api", "spec/rules/0/backendRefs/1/weight", "", "has no weight, which counts as 1")]
    [InlineData("HTTPRoute rating-api", "spec/rules/0/backendRefs/1/name", "\"rating-api\"", "does not name both Services")]
    [InlineData("Rollout rating-api", "spec/strategy/canary/trafficRouting", "", "without trafficRouting")]
    [InlineData("Rollout rating-api", "spec/strategy/canary/canaryService", "", "needs two Services")]
    [InlineData("Rollout rating-api", "spec/strategy/canary/trafficRouting/managedRoutes", "", "setHeaderRoute canary-header is not among managedRoutes")]
    [InlineData("Rollout rating-api", "spec/strategy/canary/trafficRouting/plugins/argoproj-labs~gatewayAPI/httpRoute", "\"rating-api\"", "the Gateway API plugin knows no httpRoute")]
    [InlineData("Rollout rating-api", "spec/strategy/canary/steps/4/analysis/templates/0/templateName", "\"rating\"", "no AnalysisTemplate rating")]
    [InlineData("Rollout rating-api", "spec/strategy/canary/steps/4/analysis/templates/0/templateName", "\"rating-guard\"", "would run for ever in a step: it has no count")]
    [InlineData("Rollout rating-api", "spec/strategy/canary/analysis/startingStep", "0", "does not begin with a weight")]
    [InlineData("Rollout rating-api", "spec/strategy/canary/scaleDownDelaySeconds", "5", "old pods end while the edge still has connections")]
    [InlineData("AnalysisTemplate rating-quality", "spec/metrics/1/failureLimit", "5", "cannot fail")]
    [InlineData("AnalysisTemplate rating-quality", "spec/metrics/1/inconclusiveLimit", "5", "passes without a word")]
    [InlineData("AnalysisTemplate rating-quality", "spec/metrics/1/successCondition", "\"result > 0.85\"", "cannot be evaluated on [")]
    [InlineData("AnalysisTemplate rating-quality", "spec/metrics/1/successCondition", "\"result[0] >= 0.85\"", "cannot be evaluated on []")]
    [InlineData("AnalysisTemplate rating-quality", "spec/metrics/1/provider/prometheus/query", "\"avg(rate(openclaw_rating_score[2m]))\"", "rate() over the gauge openclaw_rating_score")]
    [InlineData("AnalysisTemplate rating-quality", "spec/args/1", """{"name": "edges", "value": "x"}""", "argument job is not declared")]
    [InlineData("AnalysisTemplate rating-quality", "spec/args/1", """{"name": "job"}""", "argument job of rating-quality has no value")]
    [InlineData("AnalysisTemplate rating-status", "spec/args/0/value", "\"http://openclaw-edge.openclaw.svc:9901/status\"", "no Service is there")]
    public async Task Objects_ThatDoNotFit_AreFound(string title, string path, string json, string found)
    {
        Manifests right = (await Rendering.GetAsync(Right)).Manifests;
        JsonNode[] documents = [.. right.All.Select(document => document.DeepClone())];
        Change(documents.Single(document => Manifests.Title(document) == title), path, json);

        Assert.Contains(Check.Faults(new Manifests(documents, "openclaw")), fault => fault.Contains(found, StringComparison.Ordinal));
    }

    private static void Change(JsonNode document, string path, string json)
    {
        string[] keys = [.. path.Split('/').Select(key => key.Replace('~', '/'))];
        JsonNode at = keys[..^1].Aggregate(document, (node, key) => node is JsonArray list ? list[int.Parse(key)]! : node[key]!);
        JsonNode? value = json.Length == 0 ? null : JsonNode.Parse(json);
        if (at is JsonArray items)
        {
            items[int.Parse(keys[^1])] = value;
        }
        else if (value is null)
        {
            Assert.True(at.AsObject().Remove(keys[^1]), $"there is no {path}");
        }
        else
        {
            at[keys[^1]] = value;
        }
    }
}
