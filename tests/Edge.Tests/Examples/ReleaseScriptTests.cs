// The pipeline's other steps: the edge by Helm, the application by kubectl, and how the job gets at the cluster.

using System.Net;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using OpenClaw.TestKit;

namespace OpenClaw.Edge.Tests.Examples;

[SupportedOSPlatform("linux")]
public sealed class ReleaseScriptTests : IDisposable
{
    private const string Image = "ghcr.io/platform/openclaw-edge@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly PipelineStage _stage = new();

    public void Dispose() => _stage.Dispose();

    [Theory]
    [InlineData("")] // there is no Rollout yet
    [InlineData("Healthy")]
    [InlineData("Degraded")] // rolled back: nothing is on trial
    public async Task UpgradeEdge_BringsImageAndPolicy(string phase)
    {
        _stage.Write("phase", phase);
        await using Child run = await _stage.RunAsync("upgrade-edge.sh", $"IMAGE={Image}", "VALUES=values.yaml");
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        string helm = Assert.Single(_stage.Calls, call => call.StartsWith("helm ", StringComparison.Ordinal));
        Assert.Equal(
            "helm upgrade openclaw-edge deploy/helm/openclaw-edge --install --namespace openclaw --values values.yaml --set-string image.repository=ghcr.io/platform/openclaw-edge"
            + $" --set-string image.digest={Image.Split('@')[1]} --atomic --timeout 5m", helm);
        Assert.Contains("canary: {version: canary, weight: 100%}", _stage.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Progressing")]
    [InlineData("Paused")]
    public async Task UpgradeEdge_InMidRollout_IsRefused(string phase)
    {
        _stage.Write("phase", phase);
        await using Child run = await _stage.RunAsync("upgrade-edge.sh", $"IMAGE={Image}", "VALUES=values.yaml");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains($"rollout rating-api is under way ({phase})", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(_stage.Calls, call => call.StartsWith("helm ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("upgrade-edge.sh", "ghcr.io/platform/openclaw-edge:latest")]
    [InlineData("release-application.sh", "podinfo:6.9.1")]
    [InlineData("release-application.sh", "podinfo@sha256:12\", \"x\": \"")]
    [InlineData("release-application.sh", "x\"},{\"op\":\"add\",\"path\":\"/spec/template/spec/hostNetwork\",\"value\":\"y@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("upgrade-edge.sh", "x,serviceAccount.name=admin@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public async Task ImageWithoutDigest_IsRefused(string script, string image)
    {
        await using Child run = await _stage.RunAsync(script, $"IMAGE={image}", "VALUES=v", "MANIFEST=m");
        Assert.Equal((2, $"{script}: IMAGE is no image by digest: {image}"), (run.ExitCode, run.Output));
        Assert.Empty(_stage.Calls);
    }

    [Theory]
    [InlineData("kubectl-1.32")]
    [InlineData("kubectl-1.35")]
    public async Task ReleaseApplication_AppliesTheRolloutAloneWithTheImage(string kubectl)
    {
        string? real = NpmPeer.Find(kubectl);
        Assert.SkipWhen(real is null, NpmPeer.WhyMissing(kubectl));
        const string manifest = "deploy/kustomize/sample/rollout.yaml";
        await using Child run = await _stage.RunAsync("release-application.sh", $"IMAGE={Image}", $"MANIFEST={manifest}", $"REAL_KUBECTL={real}");
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Contains("kubectl --namespace openclaw apply --filename -", _stage.Calls);

        JsonObject expected = Assert.Single(YamlFile.Read(manifest));
        expected["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = Image;
        _stage.Write("expected.json", expected.ToJsonString());
        JsonObject applied = Assert.Single(YamlFile.Read(_stage.Path("applied.yaml")));
        Assert.True(JsonNode.DeepEquals(expected, applied), _stage.Applied);
    }

    [Fact]
    public async Task Access_BySecret_IsForThisJobAlone()
    {
        await using Child run = await _stage.RunAsync("access.sh", "KUBECONFIG_DATA=apiVersion: v1 # s3cret");
        Assert.Equal((0, "access by the environment's secret"), (run.ExitCode, run.Output));
        string file = Assert.Single(_stage.Environment)["KUBECONFIG=".Length..];
        Assert.Equal("apiVersion: v1 # s3cret\n", File.ReadAllText(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Access_WithNothingSetUp_SaysWhatIsMissing()
    {
        await using Child run = await _stage.RunAsync("access.sh", "CLUSTER_SERVER=https://cluster.example.com");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("CLUSTER_AUDIENCE", run.Output, StringComparison.Ordinal);
        Assert.Empty(_stage.Environment);
    }

    [Fact]
    public async Task Access_ByIdentity_IsAKubeconfigThatAsksForTokens()
    {
        await using Child run = await _stage.RunAsync(
            "access.sh", "KUBECONFIG_DATA=", "CLUSTER_SERVER=https://cluster.example.com:6443", "CLUSTER_CA_DATA=QUFB", "CLUSTER_AUDIENCE=openclaw-cluster");
        Assert.Equal((0, "access by this job's identity token, for openclaw-cluster"), (run.ExitCode, run.Output));
        JsonObject config = Assert.Single(YamlFile.Read(_stage.Path("kubeconfig")));
        Assert.Equal(config["current-context"]!.ToString(), config["contexts"]![0]!["name"]!.ToString());
        JsonNode plugin = config["users"]![0]!["user"]!["exec"]!;
        Assert.True(File.GetUnixFileMode(plugin["command"]!.ToString()).HasFlag(UnixFileMode.UserExecute));
        Assert.Equal("openclaw-cluster", plugin["env"]![0]!["value"]!.ToString());
    }

    [Fact]
    public async Task Identity_IsWhatTheIssuerSigned()
    {
        Assert.SkipWhen(Peer.Find("curl") is null, Peer.WhyMissing("curl"));
        using HttpListener issuer = new();
        int port = Ports.Free();
        issuer.Prefixes.Add($"http://127.0.0.1:{port}/");
        issuer.Start();
        const string token = "aGVhZA.eyJleHAiOjE3NjcyMjU2MDAsIngiOiI_In0.c2ln"; // {"exp":1767225600,"x":"?"}, in base64url without padding
        Task<string> asked = AnswerAsync(issuer, $$"""{"value": "{{token}}", "count": 1}""");

        await using Child run = await _stage.RunAsync(
            "identity.sh", $"ACTIONS_ID_TOKEN_REQUEST_URL=http://127.0.0.1:{port}/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=ask", "CLUSTER_AUDIENCE=https://openclaw cluster?");
        Assert.Equal("Bearer ask GET /token 2.0 https://openclaw cluster?", await asked);
        Assert.Equal(0, run.ExitCode);
        JsonNode credential = JsonNode.Parse(run.Output)!;
        Assert.Equal(("client.authentication.k8s.io/v1", "ExecCredential"), (credential["apiVersion"]!.ToString(), credential["kind"]!.ToString()));
        Assert.Equal((token, "2026-01-01T00:00:00Z"), (credential["status"]!["token"]!.ToString(), credential["status"]!["expirationTimestamp"]!.ToString()));
    }

    private static async Task<string> AnswerAsync(HttpListener listener, string json)
    {
        HttpListenerContext context = await listener.GetContextAsync().WaitAsync(Deadline.Patience);
        HttpListenerRequest request = context.Request;
        string asked = $"{request.Headers["Authorization"]} {request.HttpMethod} {request.Url!.AbsolutePath} {request.QueryString["api-version"]} {request.QueryString["audience"]}";
        context.Response.Close(System.Text.Encoding.UTF8.GetBytes(json), willBlock: true);
        return asked;
    }
}
