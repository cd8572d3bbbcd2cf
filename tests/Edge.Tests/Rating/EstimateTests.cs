// Intervals, held against the roots of the equation that defines them.

using CsCheck;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class EstimateTests
{
    [Fact]
    public void FiveOfAHundred_HasTheTextbookInterval()
    {
        Estimate estimate = Estimate.OfMean(5, 100);

        Assert.Equal(0.05, estimate.Value, 12);
        Assert.Equal(0.02154, estimate.Lower, 5);
        Assert.Equal(0.11175, estimate.Upper, 5);
    }

    [Fact]
    public void Bounds_AreWhereTheMeanIsJustSignificant()
    {
        Gen.Select(Gen.Long[1, 100_000], Gen.Double[0, 1]).Sample((n, mean) =>
        {
            Estimate estimate = Estimate.OfMean(mean * n, n);
            foreach (double bound in new[] { estimate.Lower, estimate.Upper })
            {
                // Wilson: (mean - p)^2 = z^2 p (1 - p) / n at both ends.
                double z = 1.959963984540054;
                Assert.Equal(0, (mean - bound) * (mean - bound) - z * z * bound * (1 - bound) / n, 12);
            }

            Assert.True(0 <= estimate.Lower && estimate.Lower <= estimate.Value && estimate.Value <= estimate.Upper && estimate.Upper <= 1);
        });
    }

    [Fact]
    public void LeftOver_TurnsTheBoundsAround()
    {
        Estimate left = new Estimate(0.02, 0.01, 0.2).LeftOver(atZero: 0.1);

        Assert.Equal(0.8, left.Value, 12);
        Assert.Equal(0, left.Lower, 12);
        Assert.Equal(0.9, left.Upper, 12);
    }
}
