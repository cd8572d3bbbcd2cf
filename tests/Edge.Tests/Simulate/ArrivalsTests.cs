// Arrivals: how many, how far apart, in order, and the same again for the same seed.

using CsCheck;
using OpenClaw.Edge.Simulate;

namespace OpenClaw.Edge.Tests.Simulate;

public sealed class ArrivalsTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Even_ComesByTheClock()
    {
        Assert.Equal([0, Second / 4, Second / 2, 3 * Second / 4], Arrivals.Even(4, Second));
        Assert.Equal(12_000, Arrivals.Even(40, 300 * Second).Count());
        Assert.Equal([0, 20 * Second, 40 * Second], Arrivals.Even(3 / 60.0, 60 * Second));
        Assert.Empty(Arrivals.Even(0, Second));
    }

    /// <summary>Gaps of independent arrivals: mean and standard deviation are both 1/rate; the number is within five of its own deviations.</summary>
    [Fact]
    public void Poisson_HasTheGapsOfIndependentArrivals()
    {
        long[] arrivals = [.. Arrivals.Poisson(100, 1000 * Second, seed: 7)];
        double[] gaps = [.. arrivals.Skip(1).Zip(arrivals, (later, earlier) => (later - earlier) / 1e9)];
        double mean = gaps.Average();
        Assert.InRange(arrivals.Length, 100_000 - (5 * 316), 100_000 + (5 * 316));
        Assert.InRange(Math.Sqrt(gaps.Average(gap => (gap - mean) * (gap - mean))), 0.0098, 0.0102);
        Assert.Equal(arrivals, Arrivals.Poisson(100, 1000 * Second, seed: 7));
        Assert.NotEqual(arrivals, Arrivals.Poisson(100, 1000 * Second, seed: 8));
    }

    [Fact]
    public void Bursts_ComeAtTheEndOfEveryPeriod() =>
        Assert.Equal([Second, Second, 2 * Second, 2 * Second], Arrivals.Bursts(new Burst(2, Second), 3 * Second));

    [Fact]
    public void Merged_HoldsEveryArrivalInOrder() => Gen.Long[0, 50].Array[0, 20].Array[0, 6].Sample(lists =>
    {
        long[][] sorted = [.. lists.Select(list => list.Order().ToArray())];
        Assert.Equal(sorted.SelectMany(list => list).Order(), Arrivals.Merge(sorted));
    });
}
