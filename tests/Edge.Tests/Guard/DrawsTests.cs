// The dice of the simulations are fair: what is proved with loaded ones proves nothing.

using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class DrawsTests
{
    /// <summary>Pearson's chi-squared against the exact chances; few, many, rare and frequent successes, and both algorithms.</summary>
    [Theory]
    [InlineData(1, 0.3)]
    [InlineData(50, 0.001)]
    [InlineData(50, 0.15)]
    [InlineData(50, 0.5)]
    [InlineData(40, 0.9)]
    [InlineData(400, 0.03)]
    [InlineData(1000, 0.4)]
    [InlineData(100_000, 0.0002)]
    public void Binomial_HasItsDistribution(int trials, double chance)
    {
        const int draws = 50_000;
        Draws random = new(7);
        Dictionary<long, int> seen = [];
        for (int i = 0; i < draws; i++)
        {
            long count = random.Binomial(trials, chance);
            seen[count] = seen.GetValueOrDefault(count) + 1;
        }

        double squares = 0, rest = draws, logChance = trials * Math.Log(1 - chance);
        int cells = 0, found = 0;
        for (int count = 0; count <= trials; count++)
        {
            double expected = draws * Math.Exp(logChance);
            if (expected >= 10)
            {
                int here = seen.GetValueOrDefault(count);
                squares += (here - expected) * (here - expected) / expected;
                (rest, found, cells) = (rest - expected, found + here, cells + 1);
            }

            logChance += Math.Log((double)(trials - count) / (count + 1)) + Math.Log(chance / (1 - chance));
        }

        Assert.InRange(draws - found, 0, rest + 5 * Math.Sqrt(rest + 1) + 5);
        Assert.InRange(squares, 0, cells + 5 * Math.Sqrt(2 * cells));
    }

    [Fact]
    public void Outcomes_AreAllThereAndSharedOutAsTheQualitySays()
    {
        Quality quality = Quality.Mix(new Quality(0.1, 0.2, 0.05), new Quality(0.5, 0.6, 0.2, 0.5), 0.25);
        OutcomeCounts counts = new Draws(3).Outcomes(10_000_000, quality);
        Assert.Equal(10_000_000, counts.Samples);
        double a = 0.25 * 0.9, b = 0.75 * 0.5; // without errors
        Assert.Equal(0.25 * 0.1 + 0.75 * 0.5, counts.Errors / 1e7, 0.001);
        Assert.Equal(a * 0.05 + b * 0.2, counts.Aborts / 1e7, 0.001);
        Assert.Equal(a * 0.95 * 0.2 * 0.2 + b * 0.8 * 0.6 * 0.5, counts.Slow / 1e7, 0.001);
        Assert.Equal(a * 0.95 * 0.2 * 0.8 + b * 0.8 * 0.6 * 0.5, counts.Tolerated / 1e7, 0.001);
    }
}
