// How the permitted chance of a false alarm is divided among tests that are never finished. Pure; any thread.

namespace OpenClaw.Edge.Guard;

/// <summary>Shares of an alpha. All that are ever handed out sum to it at most, so the chance that any test ever errs is at most alpha too.</summary>
public static class Spending
{
    /// <summary>Of one canary's alpha, for each of the two signals of the sequential test.</summary>
    public const double Signal = 0.45;

    /// <summary>Of one canary's alpha, for the rating trip, which asks for a logarithm of it only.</summary>
    public const double Rating = 1 - 2 * Signal;

    /// <summary>The share of test number 1, 2, 3, ... of endlessly many: the reciprocals of the squares sum to pi^2/6.</summary>
    public static double Of(double alpha, long number) => alpha * 6 / (Math.PI * Math.PI * number * (double)number);
}
