// Writes what Argo Rollouts and its Gateway API plugin write while a release goes its way, event by event and in their order (Argo Rollouts 1.9.1,
// plugin 0.15.0): first the Services' selectors, then the route, the Rollout's status last. Knows no pods and no time; the test says what happens when.

using System.Text.Json.Nodes;

namespace OpenClaw.TestKit.Kubernetes;

/// <param name="server">Where it writes.</param>
/// <param name="hasRoute">Whether there is an HTTPRoute; without one only the status tells of weights, as with a router that the edge does not know.</param>
/// <param name="token">Empty: none.</param>
/// <param name="scope">The namespace.</param>
/// <param name="name">Of the Rollout and its route; its Services are NAME-stable and NAME-canary.</param>
public sealed class RolloutController(Uri server, bool hasRoute = true, string token = "", string scope = "openclaw", string name = "rating-api") : IDisposable
{
    private const string HashLabel = "rollouts-pod-template-hash";
    private const string InProgress = "rollouts.argoproj.io/gatewayapi-canary";
    private const int Steps = 6; // of the Rollout's spec; what they are is up to the test

    private readonly ApiClient _api = new(server, token);
    private readonly List<string> _managed = []; // header routes that stand
    private string _stableHash = "", _hash = "";
    private int _weight;

    public string StableService => name + "-stable";

    public string CanaryService => name + "-canary";

    public void Dispose() => _api.Dispose();

    /// <summary>The first release: all there is is stable.</summary>
    public async Task InstallAsync(string hash)
    {
        _stableHash = _hash = hash;
        foreach (string service in (string[])[StableService, CanaryService])
        {
            await _api.CreateAsync(ResourceKind.Service, scope, Json($$$"""
                {"metadata": {"name": "{{{service}}}"}, "spec": {"selector": {"app": "{{{name}}}", "{{{HashLabel}}}": "{{{hash}}}"}, "ports": [{"port": 80}]}}
                """));
        }

        if (hasRoute)
        {
            await _api.CreateAsync(ResourceKind.HttpRoute, scope, Json($$$"""
                {"metadata": {"name": "{{{name}}}"}, "spec": {"parentRefs": [{"name": "openclaw-edge"}], "rules": [{"backendRefs": [
                  {"group": "", "kind": "Service", "name": "{{{StableService}}}", "port": 80, "weight": 100},
                  {"group": "", "kind": "Service", "name": "{{{CanaryService}}}", "port": 80, "weight": 0}]}]}}
                """));
        }

        await _api.CreateAsync(ResourceKind.Rollout, scope, Json($$$"""
            {"metadata": {"name": "{{{name}}}"}, "spec": {"replicas": 3, "strategy": {"canary": {
              "canaryService": "{{{CanaryService}}}", "stableService": "{{{StableService}}}", "trafficRouting": {"plugins": {"argoproj-labs/gatewayAPI": {"httpRoute": "{{{name}}}"} } } } } } }
            """));
        await StatusAsync("Healthy", Steps);
    }

    /// <summary>Another template: its pods start, and when one is available the canary's Service turns to them. A release under way is dropped for it.</summary>
    public async Task ReleaseAsync(string hash)
    {
        _hash = hash;
        await RouteAsync(0, dropsManaged: true, isInProgress: true);
        await StatusAsync("Progressing", 0);
        await SelectAsync(CanaryService, hash);
    }

    /// <summary>The step setWeight, done.</summary>
    public async Task SetWeightAsync(int weight, int step = 1)
    {
        await RouteAsync(weight, dropsManaged: false, isInProgress: true);
        await StatusAsync("Progressing", step);
    }

    /// <summary>The step pause, or an analysis without a conclusion: only the status tells.</summary>
    public Task PauseAsync(int step = 1, string reason = "CanaryPauseStep") => StatusAsync("Paused", step, status =>
        status["pauseConditions"] = new JsonArray(new JsonObject { ["reason"] = reason, ["startTime"] = "2026-01-01T00:00:00Z" }));

    /// <summary>The step setHeaderRoute: one rule more for each that is not managed, with its matches and these headers besides.</summary>
    public async Task SetHeaderRouteAsync(string route, params (string Header, string Value, bool IsPattern)[] headers)
    {
        _managed.Add(route);
        await _api.UpdateAsync(ResourceKind.HttpRoute, scope, name, item =>
        {
            JsonArray rules = item["spec"]!["rules"]!.AsArray();
            JsonObject[] sources = [.. rules.Where(rule => !IsManaged(rule)).Select(rule => rule!.AsObject())];
            for (int i = 0; i < sources.Length; i++)
            {
                rules.Add(ManagedRule(i == 0 ? route : $"{route}-{i}", sources[i], headers));
            }
        });
        await StatusAsync("Progressing", 1);
    }

    /// <summary>A failed analysis, a deadline or a person.</summary>
    public async Task AbortAsync()
    {
        await SelectAsync(CanaryService, _stableHash);
        await RouteAsync(0, dropsManaged: true, isInProgress: false);
        await StatusAsync("Degraded", 0, status => (status["abort"], status["abortedAt"]) = (true, "2026-01-01T00:00:00Z"));
    }

    /// <summary>All steps are done: everything goes to the canary.</summary>
    public async Task FinishStepsAsync()
    {
        await RouteAsync(100, dropsManaged: true, isInProgress: true);
        await StatusAsync("Progressing", Steps);
    }

    /// <summary>The new release is the stable one.</summary>
    public async Task PromoteAsync()
    {
        _stableHash = _hash;
        await SelectAsync(StableService, _hash);
        await RouteAsync(0, dropsManaged: true, isInProgress: false);
        await StatusAsync("Healthy", Steps);
    }

    /// <summary>The step experiment: a backend more, at the cost of stable.</summary>
    public async Task ExperimentAsync(string service, int weight)
    {
        if (hasRoute)
        {
            await _api.UpdateAsync(ResourceKind.HttpRoute, scope, name, item =>
            {
                JsonArray backends = item["spec"]!["rules"]![0]!["backendRefs"]!.AsArray();
                backends[0]!["weight"] = 100 - _weight - weight;
                backends.Add(new JsonObject { ["name"] = service, ["port"] = 80, ["weight"] = weight });
            });
        }

        await StatusAsync("Progressing", 1, status =>
        {
            JsonObject weights = status["canary"]!["weights"]!.AsObject();
            weights["stable"]!["weight"] = 100 - _weight - weight;
            weights["additional"] = new JsonArray(new JsonObject { ["weight"] = weight, ["serviceName"] = service, ["podTemplateHash"] = "experiment" });
        });
    }

    private Task SelectAsync(string service, string hash) =>
        _api.UpdateAsync(ResourceKind.Service, scope, service, item => item["spec"]!["selector"]![HashLabel] = hash);

    private async Task RouteAsync(int weight, bool dropsManaged, bool isInProgress)
    {
        _weight = weight;
        if (dropsManaged)
        {
            _managed.Clear();
        }

        if (hasRoute)
        {
            await _api.UpdateAsync(ResourceKind.HttpRoute, scope, name, item => Weigh(item, weight, isInProgress));
        }
    }

    private void Weigh(JsonObject item, int weight, bool isInProgress)
    {
        JsonObject metadata = item["metadata"]!.AsObject();
        JsonObject labels = metadata["labels"]?.DeepClone().AsObject() ?? [];
        labels.Remove(InProgress);
        if (isInProgress)
        {
            labels[InProgress] = "in-progress";
        }

        metadata["labels"] = labels;
        JsonNode[] kept = [.. item["spec"]!["rules"]!.AsArray().Where(rule => rule!["name"] is null || IsManaged(rule)).Select(rule => rule!.DeepClone())];
        foreach (JsonNode rule in kept.Where(rule => !IsManaged(rule)))
        {
            JsonArray backends = rule["backendRefs"]!.AsArray();
            rule["backendRefs"] = new JsonArray(
                [.. backends.Where(backend => Is(backend, StableService) || Is(backend, CanaryService)).Select(backend => backend!.DeepClone())]); // an experiment's are taken out
            foreach (JsonNode? backend in rule["backendRefs"]!.AsArray())
            {
                backend!["weight"] = Is(backend, CanaryService) ? weight : 100 - weight;
            }
        }

        item["spec"]!["rules"] = new JsonArray(kept);
    }

    private JsonObject ManagedRule(string route, JsonObject source, (string Header, string Value, bool IsPattern)[] headers)
    {
        JsonArray matches = source["matches"]?.DeepClone().AsArray() is { Count: > 0 } own ? own : [new JsonObject()];
        foreach (JsonNode? match in matches)
        {
            JsonArray all = match!["headers"]?.DeepClone().AsArray() ?? [];
            foreach ((string header, string value, bool isPattern) in headers)
            {
                all.Add(new JsonObject { ["name"] = header, ["value"] = value, ["type"] = isPattern ? "RegularExpression" : "Exact" });
            }

            match["headers"] = all;
        }

        return new JsonObject { ["name"] = route, ["matches"] = matches, ["backendRefs"] = new JsonArray(new JsonObject { ["name"] = CanaryService, ["port"] = 80 }) };
    }

    private async Task StatusAsync(string phase, int step, Action<JsonObject>? more = null) =>
        await _api.UpdateAsync(ResourceKind.Rollout, scope, name, item =>
        {
            JsonObject status = Json($$$"""
                {"phase": "{{{phase}}}", "currentPodHash": "{{{_hash}}}", "stableRS": "{{{_stableHash}}}", "currentStepIndex": {{{step}}}, "canary": {"weights": {
                  "canary": {"weight": {{{_weight}}}, "serviceName": "{{{CanaryService}}}", "podTemplateHash": "{{{_hash}}}"},
                  "stable": {"weight": {{{100 - _weight}}}, "serviceName": "{{{StableService}}}", "podTemplateHash": "{{{_stableHash}}}"} } } }
                """);
            more?.Invoke(status);
            item["status"] = status;
        }, isStatus: true);

    private bool IsManaged(JsonNode? rule) => (string?)rule!["name"] is { } named && _managed.Exists(route => named == route || named.StartsWith(route + "-", StringComparison.Ordinal));

    private static bool Is(JsonNode? backend, string service) => (string?)backend!["name"] == service;

    private static JsonObject Json(string text) => (JsonObject)JsonNode.Parse(text)!;
}
