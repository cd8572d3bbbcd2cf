// Everything under deploy/ that a cluster is given: by schema, by what fits together, and by the edge itself.

using System.Text.Json.Nodes;

namespace OpenClaw.EndToEnd.Tests.Deploy;

public sealed class ManifestTests
{
    public static TheoryData<string> Renderings => [.. Rendering.Names];

    [Theory, MemberData(nameof(Renderings))]
    public async Task Rendering_PassesTheSchemasOfItsKinds(string name)
    {
        Rendering rendering = await Rendering.GetAsync(name);
        Assert.True(rendering.Faults.Length == 0, string.Join('\n', rendering.Faults)); // of form, schemas or not
        Assert.SkipWhen(Renderer.Schemas is null, "the schemas are not beside the working copy; OPENCLAW_SCHEMAS names another place");
    }

    [Theory, MemberData(nameof(Renderings))]
    public async Task Rendering_FitsTogether(string name)
    {
        Rendering rendering = await Rendering.GetAsync(name);
        string[] faults = Check.Faults(rendering.Manifests);
        Assert.True(faults.Length == 0, string.Join('\n', faults));
    }

    [Theory, MemberData(nameof(Renderings))]
    public async Task Rendering_HasTwoFilesThatTheEdgeTakesWithoutAWarning(string name)
    {
        Rendering rendering = await Rendering.GetAsync(name);
        foreach (JsonNode deployment in rendering.Manifests.Of("Deployment"))
        {
            (JsonNode? edge, JsonNode? policy, _) = EdgeRules.Files(rendering.Manifests, deployment);
            using TestFolder folder = new();
            foreach (string file in new[] { "tls", "token", "keys", "edge", "policy" })
            {
                Directory.CreateDirectory(folder.Path(file));
            }

            TestCertificate.Create(folder, "tls/tls");
            folder.Write("token/token", "secret");
            folder.Write("keys/session", "0123456789abcdef0123456789abcdef");
            string Here(JsonNode file) => file.ToJsonString().Replace("/etc/openclaw", folder.Root); // JSON is YAML
            await using Child run = await Child.RunAsync(EdgeProcess.Binary,
                ["validate", "--strict", "--kube-api", "http://127.0.0.1:1", "--config", folder.Write("edge/edge.yaml", Here(edge!)), "--policy", folder.Write("policy/policy.yaml", Here(policy!))]);
            Assert.True(run.ExitCode == 0 && !run.Output.Contains("warning"), run.Output);
        }
    }

    [Theory, InlineData("helm-3"), InlineData("helm-4")]
    public async Task Chart_PassesHelmsOwnLint(string helm)
    {
        await using Child run = await Child.RunAsync(Needs.NpmProgram(helm), ["lint", "--strict", Renderer.Chart]);
        Assert.True(run.ExitCode == 0, run.Output);
    }

    [Theory]
    [InlineData("{image: {tag: v1}, colour: red}", "colour")]
    [InlineData("{policy: {bucket: {replicas: 3}}}", "replicas")]
    [InlineData("{policy: {weightFrom: {httpRoute: x}}}", "weightFrom")]
    [InlineData("{weightFrom: {httpRoute: '', rollout: ''}}", "nobody says how much the canary gets")]
    [InlineData("{autoscaling: {enabled: true, minReplicas: 5}}", "minReplicas (5) is above maxReplicas (4)")]
    [InlineData("{sample: {enabled: true, router: nginx}}", "writes no HTTPRoute")]
    [InlineData("{versions: {v3: {service: a, endpoints: ['http://b']}}}", "v3")]
    [InlineData("{versions: {v3: {}}}", "v3")]
    [InlineData("{extraVolumeMounts: [{name: a, mountPath: /a, subPath: b}]}", "subPath")]
    [InlineData("{replicas: '2'}", "replicas")]
    [InlineData("{image: {digest: 'sha256:12'}}", "digest")]
    public async Task Values_ThatCannotWork_AreRefusedByBothHelms(string values, string named)
    {
        foreach (string helm in new[] { "helm-3", "helm-4" })
        {
            (bool isRendered, string text) = await Renderer.HelmAsync(Needs.NpmProgram(helm), "openclaw-edge", "openclaw", values, Renderer.Argo);
            Assert.False(isRendered, values);
            Assert.Contains(named, text);
        }
    }
}
