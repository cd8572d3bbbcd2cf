// The stage for a rollout in a cluster: a fake API server, a rollout controller that writes to it, two scripted versions, and an edge that takes its weights from there.
// Owns all of them.

using System.Text.Json;
using OpenClaw.TestKit.Kubernetes;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

/// <summary>What is not as usual.</summary>
internal sealed record ClusterSetup
{
    /// <summary>Whether the HTTPRoute has the weights; else the Rollout's status.</summary>
    public bool HasRoute { get; init; } = true;

    public ApiServerOptions Server { get; init; } = new();

    /// <summary>Further keys of policy.yaml.</summary>
    public string Policy { get; init; } = "";

    /// <summary>Further keys of weightFrom.</summary>
    public string From { get; init; } = "";

    /// <summary>Further keys of kubernetes in edge.yaml.</summary>
    public string Kubernetes { get; init; } = "";

    public RawUpstream? Canary { get; init; }

    /// <summary>Vouches for the server; null: no TLS.</summary>
    public TestAuthority? Authority { get; init; }

    /// <summary>The edge's; null: nobody needs one.</summary>
    public string? Token { get; init; }

    /// <summary>Between edge and API server.</summary>
    public bool HasRelay { get; init; }

    /// <summary>An edge that knows of no cluster; its canary has 20 per cent.</summary>
    public bool IsDeaf { get; init; }

    /// <summary>A second listener, with TLS.</summary>
    public bool ServesTls { get; init; }

    /// <summary>Null: a release called one is installed.</summary>
    public Func<ClusterScene, Task>? Before { get; init; }
}

internal sealed class ClusterScene : IAsyncDisposable
{
    private const string Admin = "admin"; // the controller's token

    private readonly HttpClient _http = new() { Timeout = Deadline.Patience };
    private readonly ClusterSetup _setup;
    private LoadGenerator? _load;

    private ClusterScene(ClusterSetup setup, FakeApiServer api, RawUpstream canary)
    {
        (_setup, Api, V2) = (setup, api, canary);
        Controller = new RolloutController(new Uri(api.Url), setup.HasRoute, Admin);
        if (setup.Token is { } token)
        {
            api.Access.GrantAll(Admin);
            Grant(token);
        }
    }

    public TestFolder Folder { get; } = new();

    public FakeApiServer Api { get; }

    public RolloutController Controller { get; }

    public Relay? Relay { get; private set; }

    public RawUpstream V1 { get; } = RawUpstream.Answering(Scene.Ok);

    public RawUpstream V2 { get; }

    public EdgeProcess Edge { get; private set; } = null!;

    /// <summary>The resource label of what has the weights.</summary>
    public string Source => _setup.HasRoute ? "httproute" : "rollout";

    public static async Task<ClusterScene> StartAsync(ClusterSetup? setup = null)
    {
        setup ??= new ClusterSetup();
        ApiServerOptions options = setup.Server with { Certificate = setup.Authority?.IssueServer() };
        ClusterScene scene = new(setup, await FakeApiServer.StartAsync(options), setup.Canary ?? RawUpstream.Answering(Scene.Ok));
        try
        {
            await (setup.Before?.Invoke(scene) ?? scene.Controller.InstallAsync("one"));
            await scene.StartEdgeAsync();
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    /// <summary>An edge that follows a release at this weight, in per cent.</summary>
    public static async Task<ClusterScene> AtAsync(int weight, ClusterSetup? setup = null)
    {
        ClusterScene scene = await StartAsync(setup);
        try
        {
            await scene.Controller.ReleaseAsync("two");
            await scene.Controller.SetWeightAsync(weight);
            await scene.WeightAsync(weight);
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets this token do what the edge's Role allows.</summary>
    public void Grant(string token) => Api.Access.Grant(token, "system:serviceaccount:openclaw:openclaw-edge",
        Allowed(ResourceKind.HttpRoute, "rating-api"), Allowed(ResourceKind.Rollout, "rating-api"), Allowed(ResourceKind.ConfigMap, "token-bucket-policy"));

    /// <summary>Policy text with these further keys.</summary>
    public string PolicyOf(string more) => $$"""
        bucket: {capacity: 1000000, refillRate: 1000000}
        canary: {version: v2}
        guard: {mode: off}
        weightFrom:
          {{(_setup.HasRoute ? "httpRoute: rating-api" : "")}}
          rollout: rating-api
          services: {v1: rating-api-stable, v2: rating-api-canary}
          {{_setup.From}}
        {{more}}

        """;

    public async Task<MetricsPage> MetricsAsync() => await MetricsPage.ReadAsync(Edge.Admin!);

    public async Task<double> MetricAsync(string name, params string[] labels) => (await MetricsAsync()).Sum(name, labels);

    public async Task<JsonElement> StatusAsync()
    {
        using JsonDocument status = JsonDocument.Parse(await _http.GetStringAsync(Edge.Admin + "/status"));
        return status.RootElement.Clone();
    }

    /// <summary>Waits until this share, in per cent, is in force on every worker.</summary>
    public Task WeightAsync(double percent, TimeSpan? patience = null) => Deadline.UntilAsync(
        async () => Math.Abs(await MetricAsync("openclaw_canary_weight", "source=\"effective\"") - percent / 100) < 1e-9, $"a weight of {percent} %", patience, () => Edge.Process.Output);

    /// <summary>Waits until a metric is at least so much.</summary>
    public Task ReachesAsync(double least, string name, params string[] labels) =>
        Deadline.UntilAsync(async () => await MetricAsync(name, labels) >= least, $"{name} {string.Join(' ', labels)} to reach {least}", log: () => Edge.Process.Output);

    /// <summary>Requests of several clients, one after the other on each; how many of them the canary got. All must be answered with 200.</summary>
    public async Task<int> AskAsync(int requests)
    {
        LoadGenerator load = await LoadGenerator.RunAsync(Edge.Port, 4, requests);
        Assert.Empty(load.Broken);
        Assert.Equal(requests, load.CountStatus(200));
        return load.Count("v2");
    }

    /// <summary>Load until the end, of which nothing may fail.</summary>
    public LoadGenerator Load(double perSecond = 2000) => _load = LoadGenerator.Start(Edge.Port, 4, new LoadShape(PerSecond: perSecond));

    public async Task<RawMessage> GetAsync(params string[] fields)
    {
        await using Wire client = await Wire.ConnectAsync(Edge.Port);
        return await client.AskAsync($"GET / HTTP/1.1\r\nHost: h\r\n{string.Concat(fields.Select(field => field + "\r\n"))}\r\n");
    }

    /// <summary>One request to the listener with TLS.</summary>
    public async Task GreetOverTlsAsync()
    {
        using HttpClientHandler trusting = new() { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using HttpClient client = new(trusting) { Timeout = Deadline.Patience };
        Assert.Equal("ok", await client.GetStringAsync(Edge.Addresses[1]));
    }

    public async Task<bool> IsReadyAsync() => (await _http.GetAsync(Edge.Admin + "/readyz")).IsSuccessStatusCode;

    /// <summary>Ends the load and the edge; neither may have failed a request.</summary>
    public async Task EndAsync()
    {
        if (_load is { } load)
        {
            _load = null;
            await load.StopAsync();
            Assert.Empty(load.Broken);
            Assert.Equal(0, load.Refused);
            Assert.NotEmpty(load.Answers);
            Assert.Equal(load.Answers.Count, load.CountStatus(200));
        }

        Assert.True(await IsReadyAsync());
        Assert.DoesNotContain(Edge.Process.Lines, line => line.Contains("fault of the edge itself", StringComparison.Ordinal) || line.Contains("Unhandled", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        if (_load is { } load)
        {
            await load.StopAsync();
        }

        if (Edge is not null)
        {
            await Edge.DisposeAsync();
        }

        if (Relay is not null)
        {
            await Relay.DisposeAsync();
        }

        Controller.Dispose();
        _http.Dispose();
        await Api.DisposeAsync();
        await V1.DisposeAsync();
        await V2.DisposeAsync();
        Folder.Dispose();
    }

    private static AccessRule Allowed(ResourceKind kind, string name) => new("openclaw", kind, ["get", "list", "watch"], name);

    private async Task StartEdgeAsync()
    {
        Folder.Write("policy.yaml", _setup.IsDeaf ? "canary: {version: v2, weight: 0.2}\nguard: {mode: off}" : PolicyOf(_setup.Policy));
        string address = Api.Url;
        if (_setup.HasRelay)
        {
            Relay = Relay.Start(Api.Port);
            address = address.Replace($":{Api.Port}", $":{Relay.Port}");
        }

        string config = Folder.Write("edge.yaml", $$$"""
            listeners: [{address: "127.0.0.1:0"}{{{TlsListener()}}}]
            workers: 2
            versions:
              v1: {endpoints: ["{{{V1.Url}}}"]}
              v2: {endpoints: ["{{{V2.Url}}}"]}
            policy: {{{Folder.Path("policy.yaml")}}}
            fields: {reason: true}
            {{{(_setup.IsDeaf ? "" : Kubernetes(address))}}}
            """);
        Edge = await EdgeProcess.StartAsync(["--config", config, "--admin", "127.0.0.1:0"], listeners: _setup.ServesTls ? 2 : 1);
    }

    private string TlsListener()
    {
        if (!_setup.ServesTls)
        {
            return "";
        }

        TestCertificate certificate = TestCertificate.Create(Folder, "edge", "localhost");
        return $", {{address: \"127.0.0.1:0\", tls: {{certificates: [{{certFile: {certificate.CertFile}, keyFile: {certificate.KeyFile}}}]}}}}";
    }

    private string Kubernetes(string address) =>
        $"kubernetes: {{api: \"{address}\", namespace: openclaw, caFile: {Folder.Write("ca.crt", _setup.Authority?.Pem ?? "")}"
        + $", tokenFile: {(_setup.Token is null ? Folder.Path("no-token") : Folder.Write("token", _setup.Token))}, {_setup.Kubernetes}}}";
}
