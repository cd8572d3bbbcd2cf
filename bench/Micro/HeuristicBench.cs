// What the learned model costs: on a worker for a response, and on the control thread for a tick of many workers and versions.

using BenchmarkDotNet.Attributes;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Bench;

[MemoryDiagnoser]
public class HeuristicBench
{
    private const int Workers = 16;
    private const int Versions = 8;
    private const long Target = 500_000_000;

    private readonly RouteHistory _history = new(0x5EED);
    private readonly CellTally[][] _tallies = [.. Enumerable.Range(0, Versions).Select(_ => Enumerable.Range(0, Workers).Select(_ => new CellTally()).ToArray())];
    private readonly HeuristicModel _model = new(new RatingSettings());
    private CellWindow[] _windows = [];
    private long _count;
    private long _now;

    /// <summary>Every cell has been seen in every version, which is as bad as it gets.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _windows = [.. _tallies.Select(tallies => new CellWindow(tallies))];
        foreach (CellTally tally in _tallies.SelectMany(tallies => tallies))
        {
            for (int i = 0; i < 100 * SignalCell.Codes; i++)
            {
                tally.Record(SignalCell.From(i % SignalCell.Codes));
            }
        }
    }

    [Benchmark]
    public void ObserveAndRecord()
    {
        long n = _count++;
        ulong route = _history.RouteOf(1, (n & 1) == 0 ? "/api/v1/orders/81723/items?page=2"u8 : "/products/blue-suede-shoes"u8);
        SignalCell cell = _history.Observe(route, Outcome.Success, 1_000_000 + (n & 0xFF_FFFF), Target, 4000 + (n & 1023), learns: true);
        _tallies[0][0].Record(cell);
    }

    [Benchmark]
    public double TickOf16WorkersAnd8Versions()
    {
        _model.Age(_now += 1_000_000); // as if time stood nearly still, so that no cell runs dry
        double sum = 0;
        foreach (CellWindow window in _windows)
        {
            window.Update(TimeSpan.FromHours(10), _now);
            sum += _model.Rate(window.Counts, DeployAge.Fresh)!.Value.Predicted.Value;
        }

        return sum;
    }

    [Benchmark]
    public bool Learn()
    {
        _model.Age(_now += 250_000_000);
        return _model.Learn(SignalCell.From((int)(_count++ % SignalCell.Codes)), DeployAge.Fresh, 0.5);
    }
}
