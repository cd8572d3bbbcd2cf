// kubectl of three ages against the fake API server: what real clients send is answered as they expect it.

using OpenClaw.TestKit.Kubernetes;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

public sealed class KubectlTests : IAsyncDisposable
{
    private const string Weight = "jsonpath={.spec.rules[0].backendRefs[1].weight}";

    private readonly TestFolder _folder = new();
    private readonly TestAuthority _authority = new();
    private FakeApiServer _server = null!;
    private string _kubectl = "";

    /// <summary>Two that npm has, and whatever is installed; of Debian that is 1.20.</summary>
    public static TheoryData<string> Programs => ["kubectl-1.32", "kubectl-1.35", "kubectl"];

    /// <summary>Those that can wait for a path: from 1.23 on.</summary>
    public static TheoryData<string> Waiting => ["kubectl-1.32", "kubectl-1.35"];

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _authority.Dispose();
        _folder.Dispose();
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task Get_ShowsWhatIsThereOverTls(string program)
    {
        await StartAsync(program, isTls: true);
        _server.Access.GrantAll("right");
        Assert.Equal("5", (await RunAsync("get", "httproute", "rating-api", "-o", Weight)).Output);
        Assert.Contains("rating-api", (await RunAsync("get", "httproutes")).Output);
        Assert.Contains("rating-api", (await RunAsync("get", "httproutes", "--all-namespaces")).Output);
        Assert.Contains("\"other\" not found", (await RunAsync("get", "httproute", "other")).Output);
        Assert.All(_server.Calls, call => Assert.Equal("HTTP/2", call.Protocol));

        _server.Access.Revoke("right");
        Assert.Contains("must be logged in", (await RunAsync("get", "httproutes")).Output);
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task GetOfMany_GoesThroughThePages(string program)
    {
        await StartAsync(program);
        for (int i = 0; i < 25; i++)
        {
            _server.Store.Put(ResourceKind.ConfigMap, Objects.Namespace, Objects.ConfigMap($"map-{i:00}", "a", "b"));
        }

        string[] names = (await RunAsync("get", "configmaps", "--chunk-size", "10", "-o", "name")).Output.Split('\n');
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"configmap/map-{i:00}"), names);
        Assert.Equal(3, _server.Calls.Count(call => call.Verb == "list"));
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task Watch_PrintsEveryChange(string program)
    {
        await StartAsync(program);
        await using Child watch = Start("get", "httproutes", "-w", "-o", "jsonpath={.metadata.name}={.spec.rules[0].backendRefs[1].weight}{\"\\n\"}");
        await _server.WatchedAsync(ResourceKind.HttpRoute);
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(20));
        await watch.WaitForLineAsync("rating-api=20");
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(7, "another"));
        await watch.WaitForLineAsync("another=7");
        _server.Store.Delete(ResourceKind.HttpRoute, Objects.Namespace, "another");
        await Deadline.UntilAsync(() => watch.Lines.Count(line => line == "another=7") == 2, "the deletion to be printed");
    }

    [Theory, MemberData(nameof(Waiting))]
    public async Task WaitForJsonPath_EndsWithTheWeight(string program)
    {
        await StartAsync(program);
        await using Child wait = Start("wait", "--for=jsonpath={.spec.rules[0].backendRefs[1].weight}=50", "httproute/rating-api", "--timeout=20s");
        await _server.WatchedAsync(ResourceKind.HttpRoute, "rating-api");
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(20));
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(50));
        Assert.Equal(0, await wait.WaitAsync());
    }

    [Theory, MemberData(nameof(Waiting))]
    public async Task Wait_ReadsTheListAgainWhenItsVersionIsForgotten(string program)
    {
        await StartAsync(program);
        await using Child wait = Start("wait", "--for=jsonpath={.spec.rules[0].backendRefs[1].weight}=50", "httproute/rating-api", "--timeout=20s");
        await _server.WatchedAsync(ResourceKind.HttpRoute, "rating-api");
        _server.ExpireWatches();
        await _server.WatchedAsync(ResourceKind.HttpRoute, "rating-api");
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(50));
        Assert.Equal(0, await wait.WaitAsync());
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task Apply_CreatesChangesAndLeavesAlone(string program)
    {
        await StartAsync(program);
        string Manifest(string kind, string more) => $"apiVersion: {kind}\nmetadata: {{name: applied}}\n{more}\n";
        (string, string, string)[] kinds =
        [
            ("v1\nkind: ConfigMap", "data: {a: one, b: \"1\"}", "data: {a: two}"),
            ("v1\nkind: Service", "spec: {ports: [{port: 80, name: http}], selector: {hash: one}}", "spec: {ports: [{port: 80, name: web}, {port: 81, name: more}], selector: {hash: two}}"),
            ("argoproj.io/v1alpha1\nkind: Rollout", "spec: {replicas: 1}", "spec: {replicas: 2}"),
        ];
        foreach ((string kind, string first, string second) in kinds)
        {
            Assert.EndsWith("created", (await WriteAsync(Manifest(kind, first), "apply")).Output);
            Assert.EndsWith("configured", (await WriteAsync(Manifest(kind, second), "apply")).Output);
            Assert.EndsWith("unchanged", (await WriteAsync(Manifest(kind, second), "apply")).Output);
        }

        Assert.Equal("""{"a":"two"}""", Find(ResourceKind.ConfigMap, "applied")["data"]!.ToJsonString());
        Assert.Equal("""[{"name":"web","port":80},{"name":"more","port":81}]""", Find(ResourceKind.Service, "applied")["spec"]!["ports"]!.ToJsonString());
        Assert.Equal(2, (int)Find(ResourceKind.Rollout, "applied")["spec"]!["replicas"]!);
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task Patch_ChangesWhatItNames(string program)
    {
        await StartAsync(program);
        _server.Store.Put(ResourceKind.ConfigMap, Objects.Namespace, Objects.ConfigMap("token-bucket-policy", "policy.yaml", "canary: {weight: 0.05}"));
        _server.Store.Put(ResourceKind.Rollout, Objects.Namespace, Objects.Parse("""{"metadata": {"name": "rating-api"}, "spec": {"paused": true}, "status": {"phase": "Paused"}}"""));
        Assert.EndsWith("patched", (await RunAsync("patch", "configmap", "token-bucket-policy", "--patch", """{"data": {"policy.yaml": "canary: {weight: 0}"}}""")).Output);
        Assert.EndsWith("patched", (await RunAsync("patch", "httproute", "rating-api", "--type", "json", "--patch",
            """[{"op": "test", "path": "/spec/rules/0/backendRefs/0/weight", "value": 95}, {"op": "replace", "path": "/spec/rules/0/backendRefs/1/weight", "value": 33}]""")).Output);
        Assert.EndsWith("patched", (await RunAsync("patch", "rollout", "rating-api", "--type", "merge", "--patch", """{"spec": {"paused": null}, "status": {"phase": "Healthy"}}""")).Output);
        Assert.Equal("canary: {weight: 0}", (string?)Find(ResourceKind.ConfigMap, "token-bucket-policy")["data"]!["policy.yaml"]);
        Assert.Equal(33, (int)Find(ResourceKind.HttpRoute, "rating-api")["spec"]!["rules"]![0]!["backendRefs"]![1]!["weight"]!);
        Assert.Equal("{}", Find(ResourceKind.Rollout, "rating-api")["spec"]!.ToJsonString());
        Assert.Equal("Paused", (string?)Find(ResourceKind.Rollout, "rating-api")["status"]!["phase"]); // status has a path of its own
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task Replace_OfAnOlderVersion_IsAConflict(string program)
    {
        await StartAsync(program);
        string old = Find(ResourceKind.HttpRoute, "rating-api").ToJsonString();
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(20));
        Assert.Contains("the object has been modified", (await WriteAsync(old, "replace")).Output);
        Assert.EndsWith("replaced", (await WriteAsync(Find(ResourceKind.HttpRoute, "rating-api").ToJsonString().Replace("80", "81"), "replace")).Output);
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task Delete_WaitsUntilItIsGone(string program)
    {
        await StartAsync(program);
        Assert.Contains("deleted", (await RunAsync("delete", "httproute", "rating-api")).Output);
        Assert.Null(_server.Store.Find(ResourceKind.HttpRoute, Objects.Namespace, "rating-api"));
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task NamesInARole_AllowOnlyTheOneObject(string program)
    {
        await StartAsync(program, isTls: true);
        _server.Access.Grant("right", "system:serviceaccount:openclaw:openclaw-edge", new AccessRule(Objects.Namespace, ResourceKind.HttpRoute, ["get", "list", "watch"], "rating-api"));
        Assert.Equal("5", (await RunAsync("get", "httproute", "rating-api", "-o", Weight)).Output);
        Assert.Contains("rating-api", (await RunAsync("get", "httproutes", "--field-selector", "metadata.name=rating-api")).Output);
        Assert.Contains("is forbidden: User \"system:serviceaccount:openclaw:openclaw-edge\" cannot list resource \"httproutes\"", (await RunAsync("get", "httproutes")).Output);
        Assert.Contains("Forbidden", (await RunAsync("get", "httproute", "other")).Output);
        Assert.Contains("Forbidden", (await RunAsync("delete", "httproute", "rating-api")).Output);
    }

    private async Task StartAsync(string program, bool isTls = false)
    {
        _server = await FakeApiServer.StartAsync(new ApiServerOptions { Certificate = isTls ? _authority.IssueServer() : null });
        if (program == "kubectl")
        {
            _kubectl = Needs.Program(program);
        }
        else
        {
            Assert.SkipWhen(NpmPeer.Find(program) is null, NpmPeer.WhyMissing(program));
            _kubectl = NpmPeer.Find(program)!;
        }

        _folder.Write("ca.crt", _authority.Pem);
        _server.Store.Put(ResourceKind.HttpRoute, Objects.Namespace, Objects.Route(5));
    }

    private System.Text.Json.Nodes.JsonObject Find(ResourceKind kind, string name) => _server.Store.Get(kind, Objects.Namespace, name).Copy();

    private Child Start(params string[] arguments) => Child.Start(_kubectl, [.. Flags(), .. arguments]);

    private Task<Child> RunAsync(params string[] arguments) => Child.RunAsync(_kubectl, [.. Flags(), .. arguments]);

    private Task<Child> FeedAsync(string input, string verb, params string[] arguments) => Child.RunAsync(_kubectl, [.. Flags(), verb, .. arguments], input: input);

    /// <summary>What is older than 1.27 would have to know the schemas to validate.</summary>
    private async Task<Child> WriteAsync(string manifest, string verb) =>
        await FeedAsync(manifest, verb, "-f", "-", (await RunAsync(verb, "--help")).Output.Contains("--validate='strict'") ? "--validate=strict" : "--validate=false");

    /// <summary>Nothing of the machine's own configuration.</summary>
    private string[] Flags() =>
    [
        "--kubeconfig", "/dev/null", "--cache-dir", _folder.Path("cache"), "--server", _server.Url, "--namespace", Objects.Namespace,
        .. _server.Url.StartsWith("https", StringComparison.Ordinal) ? new[] { "--certificate-authority", _folder.Path("ca.crt"), "--token", "right" } : [],
    ];
}
