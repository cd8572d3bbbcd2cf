// How many rollouts are simulated: a few in every ./test.sh, more by OPENCLAW_GUARD_SCALE. And where their figures go.

using System.Globalization;

namespace OpenClaw.Edge.Tests.Guard;

internal static class Trials
{
    /// <summary>So many times the usual; 200 for the figures in docs/decisions/0009-sequential-test.md.</summary>
    public static int Scale { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("OPENCLAW_GUARD_SCALE"), NumberStyles.None, CultureInfo.InvariantCulture, out int factor) ? Math.Max(1, factor) : 1;

    /// <summary>At most this many of so many trials at this chance, or chance alone will not do: the mean and three and a half standard deviations.</summary>
    public static int AtMost(int trials, double chance) => (int)Math.Ceiling(trials * chance + 3.5 * Math.Sqrt(trials * chance * (1 - chance)));

    public static void Print(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);
}
