// Cells, there and back; and the window that counts them.

using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class SignalCellTests
{
    [Fact]
    public void EveryCombination_HasACodeOfItsOwnAndComesBack()
    {
        HashSet<byte> codes = [];
        foreach (Outcome outcome in Enum.GetValues<Outcome>())
        foreach (ApdexClass apdex in Enum.GetValues<ApdexClass>())
        foreach (int bin in Enumerable.Range(0, SignalCell.LatencyBins))
        foreach (SizeBin size in Enum.GetValues<SizeBin>())
        {
            SignalCell cell = new(outcome, apdex, bin, size);
            Assert.True(codes.Add(cell.Code) || outcome != Outcome.Success); // the length of others is not kept
            Assert.Equal(cell, SignalCell.From(cell.Code));
            Assert.True(cell.IsKnown);
            Assert.Equal((outcome, apdex, bin), (cell.Outcome, cell.Apdex, cell.LatencyBin));
            Assert.Equal(outcome == Outcome.Success ? size : SizeBin.Usual, cell.Size);
        }

        Assert.Equal(Enumerable.Range(1, SignalCell.Codes - 1), codes.Order().Select(code => (int)code));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(SignalCell.Codes)]
    [InlineData(255)]
    public void ForeignCode_SaysNothing(int code) => Assert.False(SignalCell.From(code).IsKnown);

    [Fact]
    public void Features_TellEveryPairOfCellsApart()
    {
        uint[] features = [.. Enumerable.Range(1, SignalCell.Codes - 1).Select(code => SignalFeatures.Of(SignalCell.From(code), DeployAge.Settled))];
        Assert.Equal(features.Length, features.Distinct().Count());
        Assert.All(features, set => Assert.True((set & 1) == 1 && set >> SignalFeatures.Count == 0));
        SignalCell cell = new(Outcome.Success, ApdexClass.Satisfied, SignalCell.UsualLatency, SizeBin.Usual);
        Assert.Equal(1u << SignalFeatures.Base, SignalFeatures.Of(cell, DeployAge.Unknown));
        Assert.Equal(["underTwoHoursOld", "under15MinutesOld", "under2MinutesOld"], Named(SignalFeatures.Of(cell, DeployAge.Fresh)));
        cell = new SignalCell(Outcome.Error, ApdexClass.Tolerated, 3, SizeBin.Usual);
        Assert.Equal(["error", "overTarget", "over1.4UsualLatency", "over2UsualLatency"], Named(SignalFeatures.Of(cell, DeployAge.Settled)));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(119, 1)]
    [InlineData(120, 2)]
    [InlineData(15 * 60, 3)]
    [InlineData(2 * 3600, DeployAge.Settled)]
    [InlineData(1e9, DeployAge.Settled)]
    public void Age_GrowsInSteps(double seconds, int age) => Assert.Equal(age, DeployAge.Of(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Window_AddsUpWorkersAndForgetsWithItsLength()
    {
        SignalCell cell = SignalCell.From(7);
        CellTally[] tallies = [new(), new()];
        CellWindow window = new(tallies);
        TimeSpan length = TimeSpan.FromSeconds(60);
        tallies[0].Record(cell);
        tallies[1].Record(cell);
        window.Update(length, 0);
        Assert.Equal(2, window.Counts[7]);
        Assert.Equal(2, window.Counts.ToArray().Sum());

        window.Update(length, 60_000_000_000);
        Assert.Equal(2 / Math.E, window.Counts[7], 9);
        for (long second = 61; second < 600; second++)
        {
            tallies[0].Record(cell);
            window.Update(length, second * 1_000_000_000);
        }

        Assert.InRange(window.Counts[7], 59, 62); // as many as the window has
    }

    private static IEnumerable<string> Named(uint features) => Enumerable.Range(1, SignalFeatures.Count - 1).Where(i => (features >> i & 1) != 0).Select(i => SignalFeatures.Names[i]);
}
