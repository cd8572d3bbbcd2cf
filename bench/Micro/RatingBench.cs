// What one recorded outcome costs on a worker, and what a tick costs on the control thread.

using BenchmarkDotNet.Attributes;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Bench;

[MemoryDiagnoser]
public class RatingBench
{
    private const long Target = 500_000_000;

    private readonly RatingEngine _engine = new(workers: 2);
    private VersionTally _tally = new();
    private long _latency;
    private long _now;

    [GlobalSetup]
    public void Setup()
    {
        VersionSettings[] versions = [new() { Name = "v1", Endpoints = [] }, new() { Name = "v2", Endpoints = [] }];
        EdgeSettings edge = new EdgeSettings { Listeners = [], Versions = versions, Stable = "v1" };
        _engine.Apply(new Snapshot(edge, RolloutPolicy.AllToStable, "sha256:", NoticedAt: 0));
        _tally = _engine["v2"].Tally(0);
    }

    [Benchmark]
    public void Record() => _tally.Record(Outcome.Success, _latency++ & 0x7FFF_FFFF, Target);

    [Benchmark]
    public void TickOfTwoVersions()
    {
        _tally.Record(Outcome.Success, 1, Target);
        _engine.Tick(_now += 250_000_000);
    }
}
