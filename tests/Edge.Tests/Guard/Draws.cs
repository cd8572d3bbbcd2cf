// Random counts with a fixed seed, drawn in the time of one number whatever they count. One thread an object.

using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Guard;

/// <summary>Exact in distribution but for rounding: what is drawn for a tick is what a loop over its requests would have counted.</summary>
internal sealed class Draws(int seed)
{
    private readonly Random _random = new(seed);

    public double Uniform() => _random.NextDouble();

    /// <summary>Successes among <paramref name="trials"/> at <paramref name="chance"/> each.</summary>
    public long Binomial(long trials, double chance) =>
        trials == 0 || chance <= 0 ? 0
        : chance >= 1 ? trials
        : chance > 0.5 ? trials - Binomial(trials, 1 - chance)
        : trials * chance < 10 ? ByInversion(trials, chance)
        : ByRejection(trials, chance);

    /// <summary>Arrivals that know nothing of each other; a binomial of so many trials cannot be told from it.</summary>
    public long Poisson(double mean) => Binomial(1_000_000_000, mean / 1_000_000_000);

    /// <summary>Values of a distribution whose tail falls with the given power, at least 1.</summary>
    public double Pareto(double power) => Math.Pow(1 - Uniform(), -1 / power);

    /// <summary>Outcomes of so many requests: one binomial after the other, each of what is left.</summary>
    public OutcomeCounts Outcomes(long requests, in Quality quality)
    {
        long errors = Binomial(requests, quality.Errors);
        long rest = requests - errors;
        long aborts = Binomial(rest, quality.Aborts);
        rest -= aborts;
        long late = Binomial(rest, quality.Late);
        long slow = Binomial(late, quality.SlowOfLate);
        return new OutcomeCounts(rest - late, late - slow, slow, errors, aborts);
    }

    /// <summary>Walks up from zero successes; few steps where few are expected.</summary>
    private long ByInversion(long trials, double chance)
    {
        double odds = chance / (1 - chance), left = Uniform();
        double probability = Math.Exp(trials * Math.Log(1 - chance));
        long count = 0;
        while (left > probability && count < trials)
        {
            left -= probability;
            count++;
            probability *= odds * (trials - count + 1) / count;
        }

        return count;
    }

    /// <summary>Transformed rejection: Hoermann, The generation of binomial random variates (1993), algorithm BTRS; for means of 10 and more.</summary>
    private long ByRejection(long trials, double chance)
    {
        double spread = Math.Sqrt(trials * chance * (1 - chance));
        double b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * chance;
        double centre = trials * chance + 0.5, squeeze = 0.92 - 4.2 / b, scale = (2.83 + 5.1 / b) * spread;
        double mode = Math.Floor((trials + 1) * chance), odds = chance / (1 - chance);
        while (true)
        {
            double u = Uniform() - 0.5, v = Uniform(), us = 0.5 - Math.Abs(u);
            double k = Math.Floor((2 * a / us + b) * u + centre);
            if (k < 0 || k > trials)
            {
                continue;
            }

            if (us >= 0.07 && v <= squeeze)
            {
                return (long)k;
            }

            double logRatio = (k - mode) * Math.Log(odds) + LogFactorial(mode) + LogFactorial(trials - mode) - LogFactorial(k) - LogFactorial(trials - k);
            if (Math.Log(v * scale / (a / (us * us) + b)) <= logRatio)
            {
                return (long)k;
            }
        }
    }

    /// <summary>Stirling's series, shifted to where three terms of it are good to 1e-13.</summary>
    private static double LogFactorial(double n)
    {
        double product = 1;
        while (n < 15)
        {
            n++;
            product *= n;
        }

        double inverse = 1 / n;
        return (n + 0.5) * Math.Log(n) - n + 0.91893853320467274 // ln(2 pi)/2
            + inverse * (1.0 / 12 - inverse * inverse * (1.0 / 360 - inverse * inverse / 1260)) - Math.Log(product);
    }
}

/// <summary>Chances of a request: to fail; of the others, to be left by the client; of the rest, to be late, and of those to be slow.</summary>
internal readonly record struct Quality(double Errors, double Late = 0, double Aborts = 0, double SlowOfLate = 0.2)
{
    /// <summary>Of requests of which a part fares like <paramref name="a"/> and the rest like <paramref name="b"/>.</summary>
    public static Quality Mix(in Quality a, in Quality b, double part)
    {
        double rest = 1 - part, errors = part * a.Errors + rest * b.Errors;
        double aLeft = part * (1 - a.Errors), bLeft = rest * (1 - b.Errors);
        double aborts = aLeft * a.Aborts + bLeft * b.Aborts, late = aLeft * (1 - a.Aborts) * a.Late + bLeft * (1 - b.Aborts) * b.Late;
        double slow = aLeft * (1 - a.Aborts) * a.Late * a.SlowOfLate + bLeft * (1 - b.Aborts) * b.Late * b.SlowOfLate;
        return new Quality(errors, Share(late, aLeft + bLeft - aborts), Share(aborts, aLeft + bLeft), Share(slow, late));
    }

    private static double Share(double part, double whole) => whole > 0 ? Math.Min(1, part / whole) : 0;
}
