// The responses of one version by their cells over about the last minute (or other window), from all workers. Control thread only.

namespace OpenClaw.Edge.Rating;

/// <summary>
/// Counts that fade with the length of the window as their time constant: under even traffic as many as the window has, and
/// 1.5 kB in place of a ring of them.
/// </summary>
public sealed class CellWindow(CellTally[] tallies)
{
    private readonly long[] _seen = new long[SignalCell.Codes]; // of all tallies, at the last update
    private readonly long[] _total = new long[SignalCell.Codes];
    private readonly double[] _counts = new double[SignalCell.Codes];
    private long _updatedAt;

    /// <summary>One for each code.</summary>
    public ReadOnlySpan<double> Counts => _counts;

    /// <summary>Takes in what the workers have counted since the last call.</summary>
    /// <param name="now">Nanoseconds on a monotonic clock; never runs back.</param>
    public void Update(TimeSpan window, long now)
    {
        ReadTallies();
        double kept = Math.Exp(-(now - _updatedAt) / window.TotalNanoseconds);
        for (int code = 0; code < SignalCell.Codes; code++)
        {
            _counts[code] = kept * _counts[code] + (_total[code] - _seen[code]);
        }

        _total.CopyTo(_seen, 0);
        _updatedAt = now;
    }

    /// <summary>Forgets what was counted so far.</summary>
    public void Clear()
    {
        ReadTallies();
        _total.CopyTo(_seen, 0);
        Array.Clear(_counts);
    }

    private void ReadTallies()
    {
        Array.Clear(_total);
        foreach (CellTally tally in tallies)
        {
            tally.AddTo(_total);
        }
    }
}
