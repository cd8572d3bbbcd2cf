// Which bytes of a ConfigMap are the policy.

using System.Text;
using OpenClaw.Edge.Kubernetes;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class ConfigMapReaderTests
{
    private static string? Read(string json, out byte[]? policy) => ConfigMapReader.Read(Objects.Sequence(json, piece: 7), "policy.yaml", out policy);

    [Fact]
    public void Entry_IsThePolicyByteByByte()
    {
        Assert.Null(Read("""{"kind":"ConfigMap","metadata":{"name":"token-bucket-policy"},"data":{"other":"x","policy.yaml":"canary:\n  version: \u00e9\n"}}""", out byte[]? policy));
        Assert.Equal("canary:\n  version: é\n", Encoding.UTF8.GetString(policy!));
        Assert.Null(Read("""{"data":{"policy.yaml":""}}""", out policy)); // an item of a list says no kind; that it is empty the policy's own reader says
        Assert.Empty(policy!);
    }

    [Theory]
    [InlineData("""{"data":{"a.yaml":"","b.yaml":""}}""", "data: policy.yaml is not there; there are a.yaml, b.yaml")]
    [InlineData("""{"data":null}""", "data: policy.yaml is not there; there is no entry")]
    [InlineData("{}", "data: policy.yaml is not there; there is no entry")]
    [InlineData("""{"binaryData":{"policy.yaml":"AAAA"}}""", "binaryData: policy.yaml stands here")]
    [InlineData("""{"data":{"policy.yaml":5}}""", "data.policy.yaml: is a number; text is expected")]
    [InlineData("""{"data":{"policy.yaml":"\ud800"}}""", "data.policy.yaml: is text; text that is Unicode is expected")]
    [InlineData("""{"data":[]}""", "data: is a list")]
    [InlineData("""{"kind":"Secret","data":{"policy.yaml":"AAAA"}}""", "kind: Secret; ConfigMap is expected")]
    public void WithoutTheEntry_IsRefused(string json, string refusal)
    {
        Assert.StartsWith(refusal, Read(json, out byte[]? policy), StringComparison.Ordinal);
        Assert.Null(policy);
    }
}
