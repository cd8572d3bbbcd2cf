// The worst of all windows that end now, kept up to date while a sweep goes on in time: n log n for all pairs of a start and an end.

namespace OpenClaw.TestKit.Laws;

/// <summary>
/// Starts of windows in the order of their time, each with a handicap; the value of a start is its handicap plus the events at or after it.
/// </summary>
internal sealed class WindowTree
{
    private readonly int _leaves;
    private readonly long[] _events; // of a node and all below it
    private readonly double[] _best; // the largest value below a node, of its own events only

    public WindowTree(int starts)
    {
        _leaves = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(starts, 1));
        _events = new long[2 * _leaves];
        _best = new double[2 * _leaves];
        Array.Fill(_best, double.NegativeInfinity);
    }

    /// <summary>The largest value of all starts that were opened; negative infinity without any.</summary>
    public double Best => _best[1];

    /// <summary>From now on the start counts.</summary>
    public void Open(int start, double handicap)
    {
        _best[_leaves + start] = handicap + _events[_leaves + start];
        Ascend(_leaves + start);
    }

    /// <summary>One event, which every window that starts at <paramref name="lastStart"/> or before holds; -1: none does.</summary>
    public void Add(int lastStart)
    {
        if (lastStart >= 0)
        {
            _events[_leaves + lastStart]++;
            _best[_leaves + lastStart]++;
            Ascend(_leaves + lastStart);
        }
    }

    private void Ascend(int node)
    {
        for (node /= 2; node >= 1; node /= 2)
        {
            int left = 2 * node, right = left + 1;
            _events[node] = _events[left] + _events[right];
            _best[node] = Math.Max(_best[right], _best[left] + _events[right]);
        }
    }
}
