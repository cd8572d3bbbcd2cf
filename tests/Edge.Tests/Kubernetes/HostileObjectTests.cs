// Objects that no API server should send: every reader answers with a refusal or a whole reading, and never with an exception.

using System.Text;
using CsCheck;
using OpenClaw.Edge.Kubernetes;
using OpenClaw.Edge.Policy;
using static OpenClaw.Edge.Tests.Kubernetes.Objects;

namespace OpenClaw.Edge.Tests.Kubernetes;

public sealed class HostileObjectTests
{
    private static readonly byte[][] Good =
    [
        Encoding.UTF8.GetBytes(RouteOf("\"hostnames\":[\"api.example.com\"],", Rule(5, 95), Managed(Header("x-canary", "a.*[b-d]{2}", "RegularExpression")))),
        Encoding.UTF8.GetBytes(Rollout($"\"currentPodHash\":\"7bf84f9696\",\"stableRS\":\"5d8c7f6b4\",{Weights(5, 90, more: ",\"additional\":[{\"serviceName\":\"x\",\"weight\":5}]")}")),
        Encoding.UTF8.GetBytes("""{"kind":"ConfigMap","data":{"policy.yaml":"canary: {}","x":"y"}}"""),
    ];

    private static readonly string[] Words =
        ["null", "{}", "[]", "\"\"", "-1", "1e999", "0.5", "true", "[[[[", "}", "\"\\ud800\"", "\u00ff\u00fe", "\"weight\":5,\"weight\":6", ",", ":", "\0", "9007199254740993", "\"RegularExpression\"", "((((", "NaN"];

    private static void AssertWhole(TrafficReading reading)
    {
        if (reading.Refusal is { } refusal)
        {
            Assert.NotEqual("", refusal);
            Assert.DoesNotContain(refusal, char.IsControl);
            Assert.Empty(reading.Shares);
            return;
        }

        Assert.All(reading.Shares.Values, share => Assert.InRange(share, 0, 1));
        Assert.Equal(["v1", "v2"], reading.Shares.Keys.Order());
        Assert.Equal(1, reading.Shares.Values.Sum(), 9);
        Assert.All(reading.HeaderRoutes, route => Assert.Contains(route.Version, new[] { null, "v1", "v2" }));
        Assert.All(reading.HeaderRoutes.SelectMany(route => route.Conditions), condition => Assert.True(!condition.IsPattern || HeaderPattern.Compile(condition.Value, out _) is null));
    }

    private static void ReadAll(byte[] json)
    {
        AssertWhole(HttpRouteReader.Read(Sequence(json), Question));
        AssertWhole(RolloutReader.Read(Sequence(json, piece: 17), Question));
        string? refusal = ConfigMapReader.Read(Sequence(json), "policy.yaml", out byte[]? policy);
        Assert.Equal(refusal is null, policy is not null);
    }

    [Fact]
    public void BytesTurned_AreSurvived() =>
        Gen.Select(Gen.Int[0, Good.Length - 1], Gen.Select(Gen.Int[0, 1 << 20], Gen.Byte).Array[1, 8]).Sample((which, turns) =>
        {
            byte[] json = [.. Good[which]];
            foreach ((int at, byte value) in turns)
            {
                json[at % json.Length] = value;
            }

            ReadAll(json);
        }, iter: 3000);

    [Fact]
    public void PiecesPutInOrTakenOut_AreSurvived() =>
        Gen.Select(Gen.Int[0, Good.Length - 1], Gen.Int[0, 1 << 20], Gen.Int[0, 40], Gen.OneOf(Words.Select(Gen.Const).ToArray())).Sample((which, at, gone, word) =>
        {
            byte[] json = Good[which];
            at %= json.Length;
            ReadAll([.. json[..at], .. Encoding.Latin1.GetBytes(word), .. json[Math.Min(json.Length, at + gone)..]]);
        }, iter: 3000);

    /// <summary>Every value of the object in its turn is something else.</summary>
    [Fact]
    public void ValuesOfOtherTypes_AreSurvived() => Assert.All(Good, good =>
    {
        string text = Encoding.UTF8.GetString(good);
        for (int at = text.IndexOf(':'); at >= 0; at = text.IndexOf(':', at + 1))
        {
            int end = text.IndexOfAny([',', '}', '{', '['], at + 1);
            foreach (string word in Words)
            {
                ReadAll(Encoding.UTF8.GetBytes(text[..(at + 1)] + word + text[end..]));
            }
        }
    });

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"spec\":{\"rules\":[{\"backendRefs\":[{\"name\":\"a\",\"weight\":NaN}]}]}}")]
    [InlineData("{\"a\":1,\"a\":2}")]
    public void WhatIsNoObject_IsRefused(string json)
    {
        Assert.NotNull(ReadRoute(json).Refusal);
        Assert.NotNull(ReadRollout(json).Refusal);
    }

    [Fact]
    public void Depth_IsBounded() => Assert.Contains("levels", ReadRoute("{\"a\":" + new string('[', 100_000)).Refusal, StringComparison.Ordinal);
}
