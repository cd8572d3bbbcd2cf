// What a made-up version does with requests, and the dice that decide for each. The same again for the same seed. Main thread;
// reads no clock.

using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Drill;

/// <summary>A version at one moment.</summary>
/// <param name="Errors">Share of requests that end in an error, 0..1.</param>
/// <param name="Slowness">How many times as long as usual an answer takes.</param>
/// <param name="IsDown">Its connections are refused.</param>
internal readonly record struct Behaviour(double Errors, double Slowness = 1, bool IsDown = false)
{
    /// <summary>One request in a thousand fails, as in most services that are well.</summary>
    public static readonly Behaviour Usual = new(0.001);
}

/// <summary>How long answers take: log-normal, with a few that go a slower way, as where a cache has nothing.</summary>
/// <param name="target">What the policy calls fast enough, in nanoseconds: a version that is well stays below it with 99 of 100 answers.</param>
/// <param name="timeout">After that time the edge gives up, and it is an error.</param>
internal sealed class Service(long target, long timeout)
{
    private const double Sigma = 0.6, SlowShare = 0.01, SlowFactor = 10;

    /// <summary>As parts of the median, so many that it makes no difference that there are no others, and so few that the nearest cache holds them: drawing one is much cheaper than computing one.</summary>
    private static readonly float[] Factors = Draw(1 << 13);

    private readonly double _median = target / 8.0;

    /// <returns>How the request ends, and nanoseconds until it does.</returns>
    public (Outcome Outcome, long Latency) Answer(in Behaviour behaviour, Dice dice)
    {
        double latency = _median * behaviour.Slowness * Factors[dice.Next(Factors.Length)];
        return latency >= timeout ? (Outcome.Error, timeout)
            : (dice.Next() < behaviour.Errors ? Outcome.Error : Outcome.Success, (long)latency);
    }

    private static float[] Draw(int count)
    {
        Dice dice = new(seed: 1);
        float[] factors = new float[count];
        for (int i = 0; i < count; i++)
        {
            double way = dice.Next() < SlowShare ? SlowFactor : 1;
            factors[i] = (float)(way * Math.Exp(Sigma * dice.NextNormal()));
        }

        return factors;
    }
}

/// <summary>Random numbers (SplitMix64 as a sequence), many times as fast as a seeded <see cref="Random"/>.</summary>
internal sealed class Dice(ulong seed)
{
    private const ulong Step = 0x9E3779B97F4A7C15; // odd: the sequence has a period of 2^64

    private ulong _state = SplitMix.Mix(seed);
    private double _spare = double.NaN;

    /// <summary>Uniform in 0..1, 1 excluded.</summary>
    public double Next() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    public int Next(int most) => (int)(((NextBits() >> 32) * (ulong)most) >> 32);

    /// <summary>Standard normal (Box and Muller 1958), which come in pairs.</summary>
    public double NextNormal()
    {
        if (!double.IsNaN(_spare))
        {
            double spare = _spare;
            _spare = double.NaN;
            return spare;
        }

        double radius = Math.Sqrt(-2 * Math.Log(1 - Next()));
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * Next());
        _spare = radius * sine;
        return radius * cosine;
    }

    private ulong NextBits() => SplitMix.Mix(_state += Step);
}
