// What edge.yaml and policy.yaml of a rendering must have in common with the objects around them. Pure.

using System.Text.Json.Nodes;

namespace OpenClaw.EndToEnd.Tests.Deploy;

internal static class EdgeRules
{
    private static readonly string[] Reading = ["get", "list", "watch"];

    public static IEnumerable<string> Faults(Manifests manifests) =>
        manifests.Of("Deployment").SelectMany(edge => OfEdge(manifests, edge)).Concat(OfNamespaces(manifests));

    /// <summary>The two files that a Deployment mounts, parsed: edge.yaml, policy.yaml; and the ConfigMap of the second.</summary>
    public static (JsonNode? Edge, JsonNode? Policy, string? PolicyMap) Files(Manifests manifests, JsonNode deployment)
    {
        JsonNode[] maps =
        [
            .. deployment.Each("spec/template/spec/volumes").Select(volume => volume.Text("configMap/name"))
                .Select(name => manifests.Find("ConfigMap", name, deployment.Text("metadata/namespace"))).OfType<JsonNode>(),
        ];
        JsonNode? policy = maps.FirstOrDefault(map => map.At("data/policy.yaml") is not null);
        return (maps.Select(map => map.At("$data/edge.yaml")).FirstOrDefault(file => file is not null), policy.At("$data/policy.yaml"), policy.Text("metadata/name"));
    }

    private static IEnumerable<string> OfEdge(Manifests manifests, JsonNode deployment)
    {
        (JsonNode? edge, JsonNode? policy, string? map) = Files(manifests, deployment);
        if (edge is null || policy is null)
        {
            return [$"{Manifests.Title(deployment)}: mounts no edge.yaml, or no policy.yaml"];
        }

        return
        [
            .. OfPorts(deployment, edge), .. OfLifetime(deployment, edge), .. OfBucket(manifests, deployment, policy),
            .. edge.Text("kubernetes/policyConfigMap") == map ? Array.Empty<string>() : ["edge.yaml: policyConfigMap is not the ConfigMap that is mounted"],
            .. OfAccess(manifests, deployment, edge, policy), .. OfRoute(manifests, deployment, edge, policy),
        ];
    }

    private static IEnumerable<string> OfPorts(JsonNode deployment, JsonNode edge)
    {
        int[] listening = [.. edge.Each("listeners").Append(edge.At("admin")!).Select(listener => int.Parse(listener.Text("address")!.Split(':')[^1]))];
        if (!listening.Order().SequenceEqual(WorkloadRules.Ports(deployment).Values.Order()))
        {
            yield return $"edge.yaml: listens on {string.Join(", ", listening)}, the container names others";
        }

        JsonNode? container = deployment.Each("spec/template/spec/containers").First();
        string[] mounts = [.. container.Each("volumeMounts").Select(mount => mount.Text("mountPath") + "/")];
        string[] files =
        [
            edge.Text("policy")!, .. container.Words("args").SkipWhile(argument => argument != "--config").Skip(1).Take(1),
            .. edge.Everything().OfType<JsonObject>().SelectMany(keys => keys).Where(pair => pair.Key.EndsWith("File", StringComparison.Ordinal)).Select(pair => pair.Value!.ToString()),
        ];
        foreach (string file in files.Where(file => !mounts.Contains(file[..(file.LastIndexOf('/') + 1)])))
        {
            yield return $"edge.yaml: {file} lies on no mounted volume";
        }

        if (edge.Number("workers") is null or 0 && container.At("resources/limits/cpu") is null)
        {
            yield return "edge.yaml: without workers and without a CPU limit the edge takes every core of the node";
        }
    }

    private static IEnumerable<string> OfLifetime(JsonNode deployment, JsonNode edge)
    {
        JsonNode? pod = deployment.At("spec/template/spec");
        int drain = int.Parse((edge.Text("timeouts/drain") ?? "30s").TrimEnd('s'));
        int pause = pod.Each("containers").First().Number("lifecycle/preStop/sleep/seconds") ?? 0;
        if ((pod.Number("terminationGracePeriodSeconds") ?? 30) < pause + drain + 10)
        {
            yield return $"{Manifests.Title(deployment)}: is killed before its drain is over";
        }
    }

    private static IEnumerable<string> OfBucket(Manifests manifests, JsonNode deployment, JsonNode policy)
    {
        int most = manifests.Of("HorizontalPodAutoscaler").FirstOrDefault(scaler => scaler.Text("spec/scaleTargetRef/name") == deployment.Text("metadata/name")) is { } scaler
            ? scaler.Number("spec/maxReplicas")!.Value
            : Math.Max(1, deployment.Number("spec/replicas") ?? 1);
        if (policy.At("bucket") is not null && policy.Number("bucket/replicas") != most)
        {
            yield return $"policy.yaml: bucket.replicas is {policy.Number("bucket/replicas")}, and there can be {most} edges";
        }
    }

    /// <summary>The edge may read what it watches, and nothing else.</summary>
    private static IEnumerable<string> OfAccess(Manifests manifests, JsonNode deployment, JsonNode edge, JsonNode policy)
    {
        string home = deployment.Text("metadata/namespace")!, place = policy.Text("weightFrom/namespace") ?? home;
        string account = deployment.Text("spec/template/spec/serviceAccountName") ?? "default";
        List<string> wanted = [$"{home} /configmaps {edge.Text("kubernetes/policyConfigMap")}"], given = [];
        wanted.AddRange(policy.Text("weightFrom/httpRoute") is { } route ? [$"{place} gateway.networking.k8s.io/httproutes {route}"] : []);
        wanted.AddRange(policy.Text("weightFrom/rollout") is { } rollout ? [$"{place} argoproj.io/rollouts {rollout}"] : []);
        foreach (JsonNode binding in manifests.Of("RoleBinding"))
        {
            if (!binding.Each("subjects").Any(subject => subject.Text("kind") == "ServiceAccount" && subject.Text("name") == account && subject.Text("namespace") == home))
            {
                continue;
            }

            string? at = binding.Text("metadata/namespace");
            JsonNode? role = manifests.Find(binding.Text("roleRef/kind")!, binding.Text("roleRef/name"), at);
            foreach (JsonNode rule in role.Each("rules"))
            {
                string verbs = rule.Words("verbs").SequenceEqual(Reading) ? "" : $" {string.Join(',', rule.Words("verbs"))}";
                given.AddRange(rule.Words("resources").SelectMany(resource => rule.Words("resourceNames").DefaultIfEmpty("*").Select(name =>
                    $"{at} {rule.Words("apiGroups").Single()}/{resource} {name}{verbs}")));
            }
        }

        return [.. wanted.Except(given).Select(what => $"RBAC: the edge may not read {what}"), .. given.Except(wanted).Select(what => $"RBAC: the edge does not need {what}")];
    }

    /// <summary>The versions' Services are those of the route and of the Rollout, as far as this rendering has these.</summary>
    private static IEnumerable<string> OfRoute(Manifests manifests, JsonNode deployment, JsonNode edge, JsonNode policy)
    {
        string home = deployment.Text("metadata/namespace")!, place = policy.Text("weightFrom/namespace") ?? home;
        List<string> services = [];
        foreach (Uri endpoint in (edge.At("versions") as JsonObject ?? []).SelectMany(version => version.Value.Words("endpoints")).Select(endpoint => new Uri(endpoint)))
        {
            string[] labels = endpoint.Host.Split('.');
            services.Add(labels[0]);
            JsonNode? service = labels is [_, var at, "svc"] ? manifests.Find("Service", labels[0], at) : null;
            if (manifests.Of("Rollout").Any() && !service.Each("spec/ports").Any(port => port.Number("port") == endpoint.Port))
            {
                yield return $"edge.yaml: no Service answers at {endpoint}";
            }
        }

        JsonNode? route = manifests.Find("HTTPRoute", policy.Text("weightFrom/httpRoute"), place);
        if (policy.Text("weightFrom/httpRoute") is { } name && manifests.Of("Rollout").Any() && route is null)
        {
            yield return $"policy.yaml: no HTTPRoute {name}";
        }

        foreach (JsonNode backend in route.Each("spec/rules").SelectMany(rule => rule.Each("backendRefs")))
        {
            if (!services.Contains(backend.Text("name")!) || backend.At("weight") is null)
            {
                yield return $"HTTPRoute: {backend.Text("name")} is no version's Service, or has no weight, which counts as 1";
            }
        }

        JsonNode? rollout = manifests.Find("Rollout", policy.Text("weightFrom/rollout"), place);
        if (policy.Text("weightFrom/rollout") is { } release && manifests.Of("Rollout").Any() && rollout is null)
        {
            yield return $"policy.yaml: no Rollout {release}";
        }

        foreach (string service in new[] { "stableService", "canaryService" }.Select(key => rollout.Text($"spec/strategy/canary/{key}")).OfType<string>().Except(services))
        {
            yield return $"Rollout: Service {service} is no version's";
        }
    }

    private static IEnumerable<string> OfNamespaces(Manifests manifests)
    {
        string[] homes = [.. manifests.Of("Deployment").Concat(manifests.Of("Rollout")).Select(workload => workload.Text("metadata/namespace")!).Distinct()];
        return homes.Length <= 1 ? [] : [$"the edge and the application are in different namespaces: {string.Join(", ", homes)}"];
    }
}
