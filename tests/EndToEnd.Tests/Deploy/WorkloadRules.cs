// What must fit together around pods, and no schema sees: selectors, ports, volumes, scaling, disruption. Pure.

using System.Text.Json.Nodes;

namespace OpenClaw.EndToEnd.Tests.Deploy;

internal static class WorkloadRules
{
    public static IEnumerable<string> Faults(Manifests manifests) =>
    [
        .. manifests.Workloads.SelectMany(workload => OfWorkload(manifests, workload)),
        .. manifests.Of("Service").SelectMany(service => OfService(manifests, service)),
        .. manifests.Of("HorizontalPodAutoscaler").SelectMany(scaler => OfScaler(manifests, scaler)),
        .. manifests.Of("PodDisruptionBudget").SelectMany(budget => OfSelector(manifests, budget, "spec/selector/matchLabels")),
        .. manifests.Of("PodMonitor").SelectMany(monitor => OfMonitor(manifests, monitor)),
        .. manifests.Of("NetworkPolicy").SelectMany(policy => OfNetworkPolicy(manifests, policy)),
    ];

    /// <summary>The ports of its containers, by name.</summary>
    public static Dictionary<string, int> Ports(JsonNode? workload) =>
        workload.Each("spec/template/spec/containers").SelectMany(container => container.Each("ports"))
            .ToDictionary(port => port.Text("name") ?? "", port => port.Number("containerPort") ?? 0);

    private static IEnumerable<string> OfWorkload(Manifests manifests, JsonNode workload)
    {
        string title = Manifests.Title(workload);
        string? place = workload.Text("metadata/namespace");
        if (!Manifests.Carries(workload.Map("spec/template/metadata/labels"), workload.Map("spec/selector/matchLabels")))
        {
            yield return $"{title}: its selector does not match the labels of its pods";
        }

        JsonNode? pod = workload.At("spec/template/spec");
        string[] volumes = [.. pod.Each("volumes").Select(volume => volume.Text("name")!)];
        foreach (JsonNode container in pod.Each("containers"))
        {
            foreach (JsonNode mount in container.Each("volumeMounts"))
            {
                if (!volumes.Contains(mount.Text("name")))
                {
                    yield return $"{title}: no volume {mount.Text("name")}";
                }

                if (mount.At("subPath") is not null || mount.At("subPathExpr") is not null)
                {
                    yield return $"{title}: volume {mount.Text("name")} is mounted with subPath, and would never change";
                }
            }

            if (container.At("envFrom") is not null)
            {
                yield return $"{title}: envFrom makes variables of files, and they never change";
            }

            foreach (string? port in new[] { "startupProbe", "readinessProbe", "livenessProbe" }.Select(probe => container.Text($"{probe}/httpGet/port")).Where(port => port is not null))
            {
                if (!Ports(workload).ContainsKey(port!))
                {
                    yield return $"{title}: probes ask port {port}, which the container does not name";
                }
            }
        }

        foreach (JsonNode source in pod.Each("volumes").Select(volume => volume.At("configMap")).OfType<JsonNode>())
        {
            JsonNode? map = manifests.Find("ConfigMap", source.Text("name"), place);
            string[] keys = [.. source.Each("items").Select(item => item.Text("key")!)];
            if (map is null || keys.Any(key => map.At("data")?[key] is null))
            {
                yield return $"{title}: ConfigMap {source.Text("name")} is not there, or has not the keys {string.Join(", ", keys)}";
            }
        }

        if (pod.Text("serviceAccountName") is { } account && manifests.Of("ServiceAccount").Any() && manifests.Find("ServiceAccount", account, place) is null)
        {
            yield return $"{title}: no ServiceAccount {account}";
        }
    }

    private static IEnumerable<string> OfService(Manifests manifests, JsonNode service)
    {
        string title = Manifests.Title(service);
        JsonNode? workload = manifests.Selected(service.Map("spec/selector"), service.Text("metadata/namespace"));
        if (workload is null)
        {
            yield return $"{title}: selects no pods";
            yield break;
        }

        foreach (string target in service.Each("spec/ports").Select(port => port.Text("targetPort") ?? port.Text("port")!))
        {
            if (!Ports(workload).ContainsKey(target) && !Ports(workload).Values.Any(port => port.ToString() == target))
            {
                yield return $"{title}: {Manifests.Title(workload)} has no port {target}";
            }
        }
    }

    private static IEnumerable<string> OfScaler(Manifests manifests, JsonNode scaler)
    {
        JsonNode? target = scaler.At("spec/scaleTargetRef");
        JsonNode? workload = manifests.Find(target.Text("kind")!, target.Text("name"), scaler.Text("metadata/namespace"));
        if (workload is null || workload.Text("apiVersion") != target.Text("apiVersion"))
        {
            yield return $"{Manifests.Title(scaler)}: scales {target.Text("kind")} {target.Text("name")}, which is not there";
        }
        else if (workload.At("spec/replicas") is not null)
        {
            yield return $"{Manifests.Title(workload)}: replicas are written although an autoscaler has them";
        }
    }

    private static IEnumerable<string> OfMonitor(Manifests manifests, JsonNode monitor)
    {
        JsonNode? workload = manifests.Selected(monitor.Map("spec/selector/matchLabels"), monitor.Text("metadata/namespace"));
        return workload is null
            ? [$"{Manifests.Title(monitor)}: selects no pods"]
            : monitor.Each("spec/podMetricsEndpoints").Select(endpoint => endpoint.Text("port")!).Where(port => !Ports(workload).ContainsKey(port))
                .Select(port => $"{Manifests.Title(monitor)}: {Manifests.Title(workload)} has no port {port}");
    }

    private static IEnumerable<string> OfSelector(Manifests manifests, JsonNode document, string path) =>
        manifests.Selected(document.Map(path), document.Text("metadata/namespace")) is null ? [$"{Manifests.Title(document)}: selects no pods"] : [];

    private static IEnumerable<string> OfNetworkPolicy(Manifests manifests, JsonNode policy)
    {
        string title = Manifests.Title(policy);
        JsonNode? workload = manifests.Selected(policy.Map("spec/podSelector/matchLabels"), policy.Text("metadata/namespace"));
        if (workload is null)
        {
            yield return $"{title}: selects no pods";
            yield break;
        }

        foreach (string port in policy.Each("spec/ingress").SelectMany(rule => rule.Each("ports")).Select(port => port.Text("port")!).Where(port => !Ports(workload).ContainsKey(port)))
        {
            yield return $"{title}: {Manifests.Title(workload)} has no port {port}";
        }

        foreach (JsonNode rule in policy.Each("spec/egress"))
        {
            foreach (JsonNode peer in rule.Each("to").Where(peer => peer.At("namespaceSelector") is null))
            {
                JsonNode? other = manifests.Selected(peer.Map("podSelector/matchLabels"), policy.Text("metadata/namespace"));
                if (other is not null && !rule.Each("ports").Any(port => Ports(other).ContainsValue(port.Number("port") ?? 0)))
                {
                    yield return $"{title}: the way to {Manifests.Title(other)} is open on another port than its container's";
                }
            }
        }
    }
}
