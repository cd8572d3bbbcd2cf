// What feedback costs: a token's line, the judgement of one that comes back, and the window's memory. One thread.

using BenchmarkDotNet.Attributes;
using OpenClaw.Edge.Feedback;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Bench;

[MemoryDiagnoser]
public class FeedbackBench
{
    private const long Now = 1_800_000_000;

    private readonly FeedbackRules _rules;
    private readonly NonceSource _nonces = new();
    private readonly ReplayWindow _window = new();
    private readonly byte[] _line = new byte[FeedbackRules.LineBytes];
    private readonly byte[] _body;
    private long _now = Now;

    public FeedbackBench()
    {
        EdgeSettings edge = new() { Listeners = [], Versions = [new VersionSettings { Name = "v1", Endpoints = [] }], Stable = "v1" };
        RolloutPolicy policy = RolloutPolicy.AllToStable with { Rating = new RatingSettings { Feedback = new FeedbackSettings() } };
        _rules = FeedbackRules.Create(new Snapshot(edge, policy, "", 0), before: null)!;
        _rules.WriteLine(_line, "v1", 1, Now, 0, 0);
        _body = [.. "{\"token\":\""u8, .. _line.AsSpan(21, FeedbackToken.TextBytes), .. "\",\"score\":0.8}"u8];
        for (int i = 0; i < 100_000; i++)
        {
            Use();
        }
    }

    [Benchmark]
    public int Issue() => _rules.WriteLine(_line, "v1", _nonces.Next(), Now, 0, 0);

    [Benchmark]
    public bool ReadBody() => FeedbackEntry.Read(_body, out FeedbackEntry entry) is null && _rules.Read(entry.Token, Now, out _, out _) == FeedbackResult.Accepted;

    /// <summary>The window is full: each use forgets one.</summary>
    [Benchmark]
    public bool Use() => _window.Use(_nonces.Next(), ++_now, _now) == TokenUse.First;
}
