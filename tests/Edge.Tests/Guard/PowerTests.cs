// How soon a worse canary is found, from the start and after it has been good for long. OPENCLAW_GUARD_SCALE=N tries N times as often.

using OpenClaw.Edge.Guard;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class PowerTests
{
    private const double Alpha = 0.001;
    private const double Baseline = 0.001;

    /// <summary>No test of pairs at this alpha can need fewer in the mean than log(1/alpha) / (KL(p, m) + KL(q, m)); the one here pays for two signals and the score too.</summary>
    [Theory]
    [InlineData(0.02)]
    [InlineData(0.05)]
    [InlineData(0.2)]
    [InlineData(1)]
    public void WorseFromTheStart_TripsWithinTwiceTheBestPossible(double rate)
    {
        int[] pairs = Sorted(100 * Trials.Scale, draws => PairsToTrip(new SequentialTest(Alpha * Spending.Signal), draws, rate, perTick: 1));
        double bound = Bound(rate);
        Trials.Print($"{rate,5:P0} beside {Baseline:P1}: bound {bound,6:0.0} pairs, median {pairs[pairs.Length / 2]}, mean {pairs.Average():0.0}, 95 % within {pairs[pairs.Length * 95 / 100]}");
        Assert.InRange(pairs[pairs.Length / 2], 1, 2 * bound + 5);
        Assert.InRange(pairs.Average(), 1, 2 * bound + 5);
    }

    /// <summary>Latencies scatter what belongs together over ticks; hardly any pair is lost by it.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(50)]
    public void OutcomesScatteredOverTicks_CostLittle(double perTick)
    {
        int[] pairs = Sorted(50 * Trials.Scale, draws =>
        {
            SequentialTest test = new(Alpha * Spending.Signal);
            Responses canary = new(draws), baseline = new(draws);
            int sent = 0;
            for (int tick = 0; ; tick++)
            {
                Load load = new(draws.Poisson(perTick), 0, default, Straggling: 0.3, Tail: 0.3);
                sent += (int)load.Canary;
                Arm mine = Arm.OfErrors(canary.Next(tick, load.Canary, new Quality(0.02), load)), theirs = Arm.OfErrors(baseline.Next(tick, load.Canary, new Quality(Baseline), load));
                if (test.Add(mine, theirs))
                {
                    return sent;
                }
            }
        });
        Trials.Print($"2 % beside 0.1 %, {perTick} pairs a tick: median {pairs[pairs.Length / 2]}, mean {pairs.Average():0.0} pairs sent, bound {Bound(0.02):0.0}");
        Assert.InRange(pairs[pairs.Length / 2], 1, 2 * Bound(0.02) + 5 + 2 * perTick);
    }

    /// <summary>What it earned while it was good must not protect it: one endless epoch would need ten to a hundred times as long after a million pairs.</summary>
    [Theory]
    [InlineData(1_000)]
    [InlineData(10_000)]
    [InlineData(100_000)]
    [InlineData(1_000_000)]
    public void WorseAfterLong_TripsWithinFiveTimesTheBestPossible(int good)
    {
        foreach (double rate in new[] { 0.02, 0.05, 0.2, 1 })
        {
            int[] pairs = Sorted(10 * Trials.Scale, draws =>
            {
                SequentialTest test = new(Alpha * Spending.Signal);
                for (int n = (int)(good * (1 + draws.Uniform())); n > 0; n -= 50)
                {
                    test.Add(new Arm(50, draws.Binomial(50, Baseline)), new Arm(50, draws.Binomial(50, Baseline)));
                }

                return PairsToTrip(test, draws, rate, perTick: 5);
            });
            Trials.Print($"good for {good,9} to {2 * good,9} pairs, then {rate,5:P0}: median {pairs[pairs.Length / 2],5}, mean {pairs.Average(),7:0.0}, 95 % within {pairs[pairs.Length * 95 / 100]}");
            Assert.InRange(pairs[pairs.Length / 2], 1, 5 * Bound(rate) + 25);
        }
    }

    private static int PairsToTrip(SequentialTest test, Draws draws, double rate, int perTick)
    {
        int pairs = perTick;
        while (!test.Add(new Arm(perTick, draws.Binomial(perTick, rate)), new Arm(perTick, draws.Binomial(perTick, Baseline))))
        {
            pairs += perTick;
        }

        return pairs;
    }

    private static int[] Sorted(int trials, Func<Draws, int> run) => [.. Enumerable.Range(0, trials).Select(seed => run(new Draws(seed))).Order()];

    private static double Bound(double rate)
    {
        double mean = (rate + Baseline) / 2;
        return Math.Log(1 / Alpha) / (Divergence(rate, mean) + Divergence(Baseline, mean));
    }

    /// <summary>Of a coin with chance p from one with chance q; in nats.</summary>
    private static double Divergence(double p, double q) => p * Math.Log(p / q) + (p < 1 ? (1 - p) * Math.Log((1 - p) / (1 - q)) : 0);
}
