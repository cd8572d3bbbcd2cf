// The learned part among the others: by the weight it earned, and never what is no number.

using CsCheck;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class HeuristicPartTests
{
    private static readonly Estimate Others = new(0.8, 0.7, 0.85);

    [Theory]
    [InlineData(0.25, 0.25)]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(double.NaN, 0)]
    public void Correction_HasTheWeightItEarned(double earned, double share)
    {
        HeuristicPart part = new(new Estimate(0.5, 0.4, 0.55), Formula: 0.9);
        Estimate mixed = part.MixedInto(Others, earned);

        Assert.Equal(0.8 - share * 0.4, mixed.Value, 12);
        Assert.Equal(0.7 - share * 0.5, mixed.Lower, 12);
        Assert.Equal(0.85 - share * 0.35, mixed.Upper, 12);
    }

    [Fact]
    public void NothingToCorrect_LeavesTheValue() =>
        Assert.Equal(Others.Value, new HeuristicPart(new Estimate(0.95, 0.9, 1), Formula: 0.95).MixedInto(Others, 0.5).Value, 12);

    [Fact]
    public void AnyPart_LeavesBoundsAroundTheValueWithinOne()
    {
        Gen<double> number = Gen.OneOf(Gen.Double, Gen.Double[-0.5, 1.5]); // infinities and such that are no number among them
        Gen.Select(number, number, number, number, number).Sample((value, lower, upper, formula, share) =>
        {
            Estimate mixed = new HeuristicPart(new Estimate(value, lower, upper), formula).MixedInto(Others, share);
            Assert.True(mixed.IsSound, mixed.ToString());
        });
    }
}
