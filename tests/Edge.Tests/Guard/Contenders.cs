// What else watches canaries, in its usual form: a fixed mark on a polled score, and a rank test on rates of minutes. One thread an object.

using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Guard;

/// <summary>An analysis as an Argo Rollouts template does it: every 30 seconds the score of the last minute, and the first under the mark aborts.</summary>
/// <param name="phase">Ticks from the start to the first poll.</param>
internal sealed class PolledMark(int phase)
{
    private const int Interval = 30 * (int)Traffic.TicksPerSecond;
    private static readonly RatingSettings Settings = new();

    private readonly OutcomeWindow _window = new(Settings.Window);

    public bool Tick(int tick, in OutcomeCounts canary)
    {
        _window.Add(canary, tick * 250_000_000L);
        return tick % Interval == phase && _window.Sum.Samples >= Settings.MinSamples
            && Formula.Measure(_window.Sum, Settings)!.Value.Value < new GuardSettings().FailBelow;
    }
}

/// <summary>
/// A judge as Kayenta's: error rates of single minutes, canary's and baseline's, by Mann-Whitney's test at 98 % on both sides, here of the last ten minutes, every minute
/// from the fifth on. (Kayenta also asks that they differ by a quarter; without that it is quicker here.)
/// </summary>
internal sealed class RankJudge
{
    private const int Minute = 60 * (int)Traffic.TicksPerSecond;
    private const int MinutesMin = 5;
    private const int MinutesMax = 10;
    private const double Quantile = 2.3263478740408408; // of the standard normal distribution at 0.99

    private readonly Queue<double> _canaries = [];
    private readonly Queue<double> _baselines = [];
    private OutcomeCounts _canary;
    private OutcomeCounts _baseline;

    public bool Tick(int tick, in OutcomeCounts canary, in OutcomeCounts baseline)
    {
        _canary += canary;
        _baseline += baseline;
        if (tick % Minute != Minute - 1)
        {
            return false;
        }

        Add(_canaries, ref _canary);
        Add(_baselines, ref _baseline);
        return _canaries.Count >= MinutesMin && Score([.. _canaries], [.. _baselines]) > Quantile;
    }

    private static void Add(Queue<double> rates, ref OutcomeCounts minute)
    {
        rates.Enqueue((minute.Errors + 0.5 * minute.Aborts) / Math.Max(1, minute.Samples));
        minute = default;
        if (rates.Count > MinutesMax)
        {
            rates.Dequeue();
        }
    }

    /// <summary>How many standard deviations the first tend to be above the second; with the corrections for ties and for continuity.</summary>
    internal static double Score(double[] first, double[] second)
    {
        double above = first.Sum(a => second.Sum(b => a > b ? 1 : a == b ? 0.5 : 0));
        double[] all = [.. first, .. second];
        double n = all.Length, ties = all.GroupBy(value => value).Sum(group => Math.Pow(group.Count(), 3) - group.Count());
        double product = first.Length * second.Length, variance = product / 12 * (n + 1 - ties / (n * (n - 1)));
        return variance <= 0 ? 0 : (above - product / 2 - 0.5) / Math.Sqrt(variance);
    }
}
