// What one recorded outcome costs on a worker, and what a tick costs on the control thread.

using BenchmarkDotNet.Attributes;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Bench;

[MemoryDiagnoser]
public class RatingBench
{
    private const int Workers = 16;
    private const int Versions = 8;
    private const long Target = 500_000_000;

    private static readonly string[] Names = [.. Enumerable.Range(1, Versions).Select(i => $"v{i}")];

    private readonly RatingEngine _plain = new(Workers);
    private readonly RatingEngine _learned = new(Workers);
    private readonly RatingEngine _guarded = new(Workers);
    private RolloutGuard _guard = null!;
    private VersionTally _tally = new();
    private long _latency;
    private long _now;

    [GlobalSetup]
    public void Setup()
    {
        _plain.Apply(Snapshot(new RatingSettings()));
        _learned.Apply(Snapshot(new RatingSettings { Feedback = new FeedbackSettings() }));
        Snapshot sevenCanaries = Snapshot(new RatingSettings(), Names[1..]);
        _guarded.Apply(sevenCanaries);
        _guard = new RolloutGuard(_guarded);
        _guard.Apply(sevenCanaries, DateTimeOffset.UnixEpoch);
        _tally = _plain["v2"].Tally(0);
        for (int second = 0; second < 400; second++)
        {
            // The answers are plain enough for the model to earn a weight, so that its predictions are paid for too.
            _now = second * 1_000_000_000L;
            int bin = second % 2 * 5;
            _learned.Hear(new Voice("v1", 1 - second % 2, new SignalCell(Outcome.Success, ApdexClass.Satisfied, bin, SizeBin.Usual).Code, DeployAge.Settled), _now);
            Count();
            _learned.Tick(_now);
        }

        if (_learned.Heuristic is not { Weight: > 0 })
        {
            throw new InvalidOperationException("the model has no weight, so a tick does not show what it costs");
        }
    }

    /// <summary>One, of a thousand in a row: by itself it is too little to be told from the call.</summary>
    [Benchmark(OperationsPerInvoke = 1000)]
    public void Record()
    {
        for (int i = 0; i < 1000; i++)
        {
            _tally.Record((Outcome)(i & 3), _latency++ & 0x7FFF_FFFF, Target, (i & 4) != 0);
        }
    }

    /// <summary>16 workers x 8 versions, each with new outcomes.</summary>
    [Benchmark]
    public void Tick()
    {
        CountOn(_plain);
        _plain.Tick(_now += 250_000_000);
    }

    /// <summary>The same with feedback, voices and a model that has a weight.</summary>
    [Benchmark]
    public void TickWithModel()
    {
        CountOn(_learned);
        _learned.Tick(_now += 250_000_000);
    }

    /// <summary>The plain tick, and a guard that looks at seven canaries as good as stable.</summary>
    [Benchmark]
    public void TickWithGuard()
    {
        CountOn(_guarded);
        _guarded.Tick(_now += 250_000_000);
        _guard.Tick(_now, DateTimeOffset.UnixEpoch);
    }

    private void Count()
    {
        CountOn(_plain);
        CountOn(_learned);
        for (int worker = 0; worker < Workers; worker++)
        {
            foreach (string version in Names)
            {
                for (int bin = 0; bin < SignalCell.LatencyBins; bin++)
                {
                    _learned[version].Cells(worker).Record(new SignalCell((Outcome)(worker % 4), (ApdexClass)(bin % 3), bin, (SizeBin)(worker % 5)));
                }
            }
        }
    }

    private static void CountOn(RatingEngine engine)
    {
        foreach (string version in Names)
        {
            engine[version].Tally(0).Record(Outcome.Success, 1, Target);
            engine[version].Tally(Workers - 1).Record(Outcome.Error, 1, Target, isMatched: true);
        }
    }

    private static Snapshot Snapshot(RatingSettings rating, params string[] canaries) => new(
        new EdgeSettings { Listeners = [], Versions = [.. Names.Select(name => new VersionSettings { Name = name, Endpoints = [] })], Stable = "v1" },
        RolloutPolicy.AllToStable with { Rating = rating, Canaries = [.. canaries.Select(name => new CanarySettings(name, 1.0 / Versions))] }, "sha256:", NoticedAt: 0);
}
