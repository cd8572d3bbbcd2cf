// How the flow of a tripped canary moves to stable where stable cannot take it at once. A value; never reads a clock.

namespace OpenClaw.Edge.Guard;

/// <summary>What stable had no room for stays with the canary and falls linearly to nothing.</summary>
/// <param name="Share">Of the canary's flow, kept at the beginning; 0: none.</param>
/// <param name="From">When it begins, in nanoseconds.</param>
/// <param name="Over">How long it lasts, in nanoseconds; 0: it is over at once.</param>
public readonly record struct Ramp(double Share, long From, long Over)
{
    /// <summary>The share of the canary's flow that is kept at a time, 0..1.</summary>
    public double At(long now) => now >= From + Over ? 0 : Share * (1 - (double)Math.Max(0, now - From) / Over);

    /// <summary>
    /// The share of a canary's flow that stable has no room for. By Little's law a flow has as many exchanges under way as it brings in one exchange's time,
    /// so the canary's have to fit beside stable's.
    /// </summary>
    /// <param name="capacity">Exchanges that stable can have under way.</param>
    /// <param name="stable">Those that it has.</param>
    /// <param name="canary">Those that the canary has.</param>
    public static double Excess(long capacity, long stable, long canary)
    {
        long room = Math.Max(0, capacity - stable);
        return canary <= room ? 0 : 1 - (double)room / canary;
    }
}
