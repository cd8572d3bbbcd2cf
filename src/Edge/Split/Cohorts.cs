// Who of all users belongs to which canary: a layout of intervals on 0..1, where every session has a fixed point. One object
// per snapshot, immutable; any worker. Why it is laid like this: docs/decisions/0008-sessions.md.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Split;

/// <summary>
/// The 1st, 3rd, ... canary lie side by side from the left, the 2nd, 4th, ... from the right, and stable is what is left between them. So
/// with one or two canaries an interval only grows when its weight is raised: nobody is taken out of it. Points are fractions of 2^64.
/// </summary>
public sealed class Cohorts
{
    private static readonly UInt128 Whole = UInt128.One << 64;

    private readonly double[] _widths;
    private readonly (UInt128 From, UInt128 To)[] _canaries;
    private readonly (UInt128 From, UInt128 To) _stable;

    /// <param name="keptFrom">A canary whose weight is 0 keeps the width it had there, for the sessions it has; null: it has none.</param>
    public Cohorts(IReadOnlyList<CanarySettings> canaries, Cohorts? keptFrom = null)
    {
        _widths = new double[canaries.Count];
        _canaries = new (UInt128, UInt128)[canaries.Count];
        _stable = (0, Whole);
        for (int i = 0; i < canaries.Count; i++)
        {
            _widths[i] = canaries[i].Weight > 0 || keptFrom is null ? canaries[i].Weight : keptFrom._widths[i];
            UInt128 width = UInt128.Min((UInt128)(_widths[i] * (double)Whole), _stable.To - _stable.From); // weights may sum to a hair over 1
            if (i % 2 == 0)
            {
                _canaries[i] = (_stable.From, _stable.From + width);
                _stable.From += width;
            }
            else
            {
                _canaries[i] = (_stable.To - width, _stable.To);
                _stable.To -= width;
            }
        }
    }

    /// <summary>The canary that a point belongs to, or <see cref="Decision.Stable"/>.</summary>
    public int Of(ulong point)
    {
        if (point >= _stable.From && point < _stable.To)
        {
            return Decision.Stable;
        }

        for (int i = 0; i < _canaries.Length; i++)
        {
            if (point >= _canaries[i].From && point < _canaries[i].To)
            {
                return i;
            }
        }

        return Decision.Stable;
    }

    /// <summary>A point of a canary or of stable, any of them as likely as another. False: there is none.</summary>
    /// <param name="random">Uniform in 0..2^64.</param>
    public bool TryPlace(int canary, ulong random, out ulong point)
    {
        (UInt128 from, UInt128 to) = canary == Decision.Stable ? _stable : _canaries[canary];
        point = (ulong)(from + ((to - from) * random >> 64)); // at most 2^64 x (2^64 - 1): no overflow
        return from < to;
    }
}
