// How far a share has come: what /status and the metrics print, and what one schedule hands to the next. A value; any thread.

namespace OpenClaw.Edge.Split;

/// <param name="Eligible">Positions handed out since the start of the process.</param>
/// <param name="Asked">The sum of weight x positions over every schedule so far, in turns x 2^64. Exact.</param>
/// <param name="TurnTaken">Whether the stratum that <paramref name="Asked"/> points into has had its turn.</param>
public readonly record struct ShareTotals(long Eligible, UInt128 Asked, bool TurnTaken)
{
    private const double TwoTo64 = 18446744073709551616.0;

    /// <summary>Turns so far: one for every stratum that is over, and one if the current stratum has had its own.</summary>
    public long Turns => (long)(ulong)(Asked >> 64) + (TurnTaken ? 1 : 0);

    /// <summary>Turns asked for so far, as a real number.</summary>
    public double AskedTurns => (double)Asked / TwoTo64;

    /// <summary>Turns minus asked turns: more than -1, less than 1, whatever the weights were.</summary>
    public double ErrorRequests => (TurnTaken ? 1 : 0) - (ulong)Asked / TwoTo64;

    /// <summary>An error to two digits; what is less than a whole request never looks like one.</summary>
    public static double Shown(double errorRequests) =>
        Math.Abs(errorRequests) < 1 ? Math.Clamp(Math.Round(errorRequests, 2), -0.99, 0.99) : Math.Round(errorRequests, 2);

    /// <summary>Turns among the eligible requests, 0..1; 0 before the first.</summary>
    public double AchievedShare => Eligible == 0 ? 0 : (double)Turns / Eligible;
}
