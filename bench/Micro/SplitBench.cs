// What one decision costs: a position, and in some of them a token. One thread; the words stay in its cache. The bucket is that of
// two workers: one word decides below a capacity of 1024.

using BenchmarkDotNet.Attributes;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Bench;

[MemoryDiagnoser]
public class SplitBench
{
    private readonly ShareSchedule _share = new(1.0 / 3, key: 1);
    private readonly TokenBucket _oneWord = Bucket(1000);
    private readonly TokenBucket _leasesOf8 = Bucket(1024);
    private readonly TokenBucket _leasesOf64 = Bucket(8192);
    private readonly TokenBucket _emptyWord = Bucket(1000, rate: 0, isEmpty: true);
    private readonly TokenBucket _emptyShard = Bucket(8192, rate: 0, isEmpty: true);
    private readonly Splitter _splitter = Splitter.Create(
        new RolloutPolicy { Canaries = [new CanarySettings("v2", 0.05)], Bucket = new BucketSettings(1e9, 1e9) }, previous: null, workers: 1, now: 0);

    private long _now;

    [Benchmark]
    public bool Share() => _share.Take();

    [Benchmark]
    public bool TokenOfOneWord() => _oneWord.TryTake(0, 0, _now += 100);

    [Benchmark]
    public bool TokenOfLeasesOf8() => _leasesOf8.TryTake(0, 0, _now += 100);

    [Benchmark]
    public bool TokenOfLeasesOf64() => _leasesOf64.TryTake(0, 0, _now += 100);

    [Benchmark]
    public bool NoTokenInOneWord() => _emptyWord.TryTake(0, 0, _now += 100);

    [Benchmark]
    public bool NoTokenInAnyShard() => _emptyShard.TryTake(0, 0, _now += 100);

    [Benchmark]
    public bool Decision() => _splitter.Decide(0, _now += 100).ToCanary;

    private static TokenBucket Bucket(double capacity, double rate = 1e9, bool isEmpty = false) =>
        new(new BucketSettings(capacity, rate, isEmpty), floors: [0], workers: 2, now: 0);
}
