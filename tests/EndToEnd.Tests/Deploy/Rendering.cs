// Every rendering that is looked at: the chart under many values, kinds and both Helms, and the kustomizations as people apply them together.
// Made once for all tests, since reading them together takes seconds.

using System.Text.Json.Nodes;

namespace OpenClaw.EndToEnd.Tests.Deploy;

/// <param name="Values">YAML.</param>
/// <param name="Kinds">Groups that the cluster knows beside its own.</param>
internal sealed record Case(string Name, string Values, string[] Kinds)
{
    public string Release { get; init; } = "openclaw-edge";

    public string Home { get; init; } = "openclaw";
}

internal sealed record Rendering(string Name, Manifests Manifests, string[] Faults)
{
    private const string Everything = $"{Renderer.Monitoring} {Renderer.Argo} {Renderer.Gateway}";

    public static readonly Case[] Cases =
    [
        new("defaults on a bare cluster", "{}", []),
        new("defaults", "{}", Everything.Split(' ')),
        new("sample", "{sample: {enabled: true}, autoscaling: {enabled: true}}", Everything.Split(' ')),
        new("sample with ordinary objects", "{sample: {enabled: true, installOnce: false, faults: true}, replicas: 3}", Everything.Split(' ')),
        new("sample without plugin", "{sample: {enabled: true, router: nginx}, weightFrom: {httpRoute: ''}, autoscaling: {enabled: true}}", [Renderer.Argo, Renderer.Monitoring]),
        new("sample without Prometheus", "{sample: {enabled: true, analysis: web}, autoscaling: {enabled: true}, metrics: {dashboard: {enabled: false}}}", [Renderer.Argo, Renderer.Gateway]),
        new("sample without Argo", "{sample: {enabled: true}}", []),
        new("https", """
            tls: {secretName: edge-tls, redirect: true, minVersion: "1.3"}
            admin: {tokenSecret: edge-token, service: true}
            service: {type: LoadBalancer, externalTrafficPolicy: Local, annotations: {a.example/b: "c"}, loadBalancerClass: example.com/lb, loadBalancerSourceRanges: [10.0.0.0/8]}
            listenAddress: "[::]"
            """, [Renderer.Monitoring]),
        new("elsewhere", """
            weightFrom: {namespace: shop, services: {stable: rating-api-stable}, hostnames: [shop.example.com], staleAfter: 10m, rollout: ""}
            versions: {stable: {namespace: shop}, canary: {namespace: shop, port: 8443, scheme: https}}
            networkPolicy: {upstreams: [{namespace: shop, podLabels: {app: rating-api}, port: 8443}], adminFromNamespaces: []}
            policyConfigMap: shop-policy
            """, [Renderer.Monitoring]) { Release = "shop", Home = "edges" },
        new("least", """
            weightFrom: {httpRoute: "", rollout: ""}
            policy: {bucket: null, guard: null, canary: {weight: 5%}}
            serviceAccount: {create: false, name: somebody}
            podDisruptionBudget: {enabled: false}
            networkPolicy: {enabled: false}
            metrics: {podMonitor: {enabled: false}, rules: {enabled: false}, dashboard: {enabled: false}}
            preStopSeconds: 0
            replicas: 1
            """, Everything.Split(' ')),
        new("most", """
            fullnameOverride: front
            image: {digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000", pullPolicy: Always}
            imagePullSecrets: [{name: registry}]
            autoscaling: {enabled: true, minReplicas: 3, maxReplicas: 9, targetCPUPercent: 50}
            workers: 4
            resources: {requests: {cpu: 2}, limits: {cpu: 4, memory: 1Gi}}
            versions: {canary: null, v2: {service: rating-v2}, v3: {endpoints: ["http://10.0.0.7:8080"], pool: {maxAge: 5s}}}
            weightFrom: {services: {v3: rating-v3}}
            policy:
              canary: null
              canaries: [{version: v2, weight: 40%, priority: 1}, {version: v3, weight: 10%}]
              bucket: {capacity: 1000000, refillRate: 0.5}
              stickiness: {keyFile: /etc/openclaw/keys/session}
              rateLimit: [{key: clientIp, average: 100}]
            edge:
              upstream: {timeouts: {response: 10s}}
              accessLog: {path: stdout}
            drainSeconds: 60
            extraVolumes: [{name: keys, secret: {secretName: edge-keys}}]
            extraVolumeMounts: [{name: keys, mountPath: /etc/openclaw/keys, readOnly: true}]
            podAnnotations: {example.com/a: b}
            podLabels: {team: edge}
            nodeSelector: {kubernetes.io/arch: amd64}
            tolerations: [{key: edge, operator: Exists}]
            affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {team: edge}}}]}}
            priorityClassName: edge
            networkPolicy: {extraEgress: [{ports: [{port: 6379}]}]}
            metrics: {podMonitor: {labels: {release: kps}}, rules: {labels: {release: kps}}}
            """, [Renderer.Monitoring]),
    ];

    /// <summary>What is applied together. The plugin's objects stand alone.</summary>
    private static readonly string[][] Kustomizations =
        [["edge", "monitoring", "sample"], ["edge-without-plugin", "monitoring", "sample-without-plugin"], ["edge", "sample-without-prometheus"], ["edge"], ["argo-plugin"]];

    private static readonly Lazy<Task<Rendering[]>> Made = new(MakeAsync);

    /// <summary>Skips aloud where a program is not here.</summary>
    public static async Task<Rendering[]> AllAsync()
    {
        Needs.Program("node", "nodejs");
        Needs.NpmProgram("helm-3");
        Needs.NpmPackage("ajv");
        return await Made.Value;
    }

    public static async Task<Rendering> GetAsync(string name) => (await AllAsync()).Single(rendering => rendering.Name == name);

    /// <summary>Names of all, for tests that go through them.</summary>
    public static IEnumerable<string> Names =>
    [
        .. Cases.SelectMany(one => new[] { $"helm-3: {one.Name}", $"helm-4: {one.Name}" }),
        .. Kustomizations.Select(together => string.Join(" + ", together)), "Chart.yaml",
    ];

    private static async Task<Rendering[]> MakeAsync()
    {
        Dictionary<string, string> texts = new() { ["Chart.yaml"] = await File.ReadAllTextAsync(Path.Combine(Renderer.Chart, "Chart.yaml")) };
        foreach (string helm in new[] { "helm-3", "helm-4" })
        {
            foreach (Case one in Cases)
            {
                (bool isRendered, string text) = await Renderer.HelmAsync(NpmPeer.Find(helm)!, one.Release, one.Home, one.Values, one.Kinds);
                Assert.True(isRendered, $"{one.Name}: {text}");
                texts[$"{helm}: {one.Name}"] = text;
            }
        }

        foreach (string[] together in Kustomizations)
        {
            string[] parts = await Task.WhenAll(together.Select(directory => Renderer.KustomizeAsync(NpmPeer.Find("kubectl-1.32")!, directory)));
            texts[string.Join(" + ", together)] = string.Join("\n---\n", parts);
        }

        foreach ((string name, string text) in WrongText.Texts)
        {
            texts[name] = text;
        }

        Dictionary<string, (JsonNode[] Documents, string[] Faults)> read = await Renderer.ReadAsync(Peer.Find("node", "nodejs")!, texts);
        return [.. read.Select(text => new Rendering(text.Key, Of(text.Key, text.Value.Documents), text.Value.Faults))];
    }

    private static Manifests Of(string name, JsonNode[] documents) =>
        new(documents.Where(document => document.At("metadata") is not null), Cases.FirstOrDefault(one => name.EndsWith($": {one.Name}", StringComparison.Ordinal))?.Home ?? "nowhere");
}
