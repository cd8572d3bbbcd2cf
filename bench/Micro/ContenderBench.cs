// One decision of the split beside other rate limiters on the same work, on one thread and with all cores hammering. The same contenders
// run ahead-of-time compiled in bench/split.sh.

using BenchmarkDotNet.Attributes;

namespace OpenClaw.Bench;

[MemoryDiagnoser]
public class ContenderBench
{
    private const int Operations = 1_000_000;

    private Decide _decide = (_, _) => false;
    private long _now;

    [Params("split", "split-4-canaries", "leases", "one-word", "shared-word", "lock", "base-library")]
    public string Contender { get; set; } = "split";

    [GlobalSetup]
    public void Setup() => _decide = Contender switch
    {
        "split" => Contenders.Split(0.05, 1, Environment.ProcessorCount),
        "split-4-canaries" => Contenders.Split(0.05, 4, Environment.ProcessorCount),
        "leases" => Contenders.Bucket(Environment.ProcessorCount),
        "one-word" => Contenders.Bucket(Environment.ProcessorCount, capacity: 100),
        "shared-word" => Contenders.SharedWord(),
        "lock" => Contenders.Locked(),
        _ => Contenders.BaseLibrary(),
    };

    [Benchmark]
    public bool Alone() => _decide(0, _now += Hammer.Step);

    /// <summary>What an operation takes each of the threads; starting them is in it, one part in a thousand.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public double AllCores() => Hammer.Run(_decide, Environment.ProcessorCount, Operations, _now += Operations * Hammer.Step).Nanoseconds;
}
