// Round numbers for the axes of both pictures, and how their labels are written. Pure.

using System.Globalization;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Simulate;

internal static class Axis
{
    /// <summary>A quarter of each is a round number too.</summary>
    private static readonly double[] Round = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10];

    /// <summary>The least round number that is not below <paramref name="most"/>: one of a few numbers times a power of ten.</summary>
    public static double Top(double most)
    {
        if (!(most > 0))
        {
            return 1;
        }

        double power = Math.Pow(10, Math.Floor(Math.Log10(most)));
        return Round.First(factor => factor * power >= most * (1 - 1e-9)) * power;
    }

    public static string Label(double value) => value >= 1000
        ? value.ToString("#,0", CultureInfo.InvariantCulture)
        : Math.Round(value, 3).ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>Round times from 0 on, of which at most seven fit.</summary>
    public static IEnumerable<(long At, string Label)> Times(long duration)
    {
        long day = Timeline.Steps[^1];
        long step = Timeline.Steps.FirstOrDefault(step => step * 6 >= duration, ((duration / day) + 6) / 6 * day);
        for (long at = 0; at <= duration; at += step)
        {
            yield return (at, Wording.Show(TimeSpan.FromTicks(at / 100)));
        }
    }
}
