// How much of the long runs is run: a little in every ./test.sh, more by OPENCLAW_LAW_SCALE.

using System.Globalization;

namespace OpenClaw.TestKit.Laws;

public static class Scale
{
    /// <summary>A whole number from 1; so many times the usual.</summary>
    public static int Factor { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("OPENCLAW_LAW_SCALE"), NumberStyles.None, CultureInfo.InvariantCulture, out int factor) ? Math.Max(1, factor) : 1;
}
