// What one decision costs: a position, and in some of them a token. One thread; the words stay in its cache.

using BenchmarkDotNet.Attributes;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Bench;

[MemoryDiagnoser]
public class SplitBench
{
    private readonly ShareSchedule _share = new(1.0 / 3, key: 1);
    private readonly TokenBucket _plenty = new(new BucketSettings(1e9, 1e9), now: 0);
    private readonly TokenBucket _empty = new(new BucketSettings(1, 0, StartsEmpty: true), now: 0);
    private readonly Splitter _splitter = Splitter.Create(
        new RolloutPolicy { Canaries = [new CanarySettings("v2", 0.05)], Bucket = new BucketSettings(1e9, 1e9) }, previous: null, workers: 1, now: 0);

    private long _now;

    [Benchmark]
    public bool Share() => _share.Take();

    [Benchmark]
    public bool Token() => _plenty.TryTake(_now += 100);

    [Benchmark]
    public bool NoToken() => _empty.TryTake(_now += 100);

    [Benchmark]
    public bool Decision() => _splitter.Decide(0, _now += 100).ToCanary;
}
