// What tests of feedback begin with: rules of a policy under known keys, tokens of theirs, and desks that hear them.

using System.Text;
using OpenClaw.Edge.Feedback;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tests.Policy;
using OpenClaw.Edge.Tests.Split;

namespace OpenClaw.Edge.Tests.Feedback;

internal static class Voices
{
    public const string KeyA = "the first key of the tests", KeyB = "the second key of the tests";

    /// <summary>Seconds since 1970.</summary>
    public const long Now = 1_800_000_000;

    public static Snapshot Snapshot(string policy = "rating: {feedback: {}}", string edge = TestFolder.Edge, params string[] keys) =>
        TestFolder.Load(edge, policy).Snapshot! with { FeedbackKeys = Heads.Keys(keys.Length > 0 ? keys : [KeyA]) };

    public static FeedbackRules Rules(string policy = "rating: {feedback: {}}", string edge = TestFolder.Edge, params string[] keys) =>
        FeedbackRules.Create(Snapshot(policy, edge, keys), before: null)!;

    public static string Token(this FeedbackRules rules, ulong nonce, string version = "v1", long at = Now, byte cell = 0, byte age = 0)
    {
        byte[] line = new byte[FeedbackRules.LineBytes];
        Assert.Equal(line.Length, rules.WriteLine(line, version, nonce, at, cell, age));
        string text = Encoding.ASCII.GetString(line);
        Assert.StartsWith("X-OpenClaw-Feedback: ", text);
        Assert.EndsWith("\r\n", text);
        return text[21..^2];
    }

    public static byte[] Body(string token, string score = "0.8") => Encoding.Latin1.GetBytes($$"""{"token": "{{token}}", "score": {{score}}}""");

    /// <summary>What becomes of the bytes of a client.</summary>
    public static FeedbackResult Hear(this FeedbackDesk desk, FeedbackRules rules, ReadOnlySpan<byte> body, long now = Now) =>
        FeedbackEntry.Read(body, out FeedbackEntry entry) is null ? desk.Hear(rules, entry, now) : FeedbackResult.Malformed;

    public static FeedbackResult Hear(this FeedbackDesk desk, FeedbackRules rules, string token, long now = Now) => desk.Hear(rules, Body(token), now);
}
