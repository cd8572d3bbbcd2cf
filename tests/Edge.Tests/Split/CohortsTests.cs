// The layout of users: who belongs where, and who stays when weights change.

using System.Numerics;
using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class CohortsTests
{
    /// <summary>Up to eight weights that sum to 1 at most.</summary>
    private static readonly Gen<double[]> Weights = Gen.Double[0, 1].Array[1, 8].Select(weights =>
    {
        double sum = Math.Max(1, weights.Sum());
        return weights.Select(weight => weight / sum).ToArray();
    });

    private static Cohorts Of(double[] weights, Cohorts? keptFrom = null) =>
        new([.. weights.Select((weight, i) => new CanarySettings($"v{i + 2}", weight))], keptFrom);

    [Fact]
    public void OneCanary_HasThePointsBelowItsWeight() => Gen.Select(Gen.Double[0, 1], Gen.ULong).Sample((weight, point) =>
        Of([weight]).Of(point) == (point < new BigInteger(weight * 18446744073709551616.0) ? 0 : Decision.Stable));

    [Fact]
    public void Place_IsWhereTheDecisionSaid() => Gen.Select(Weights, Gen.Int[Decision.Stable, 7], Gen.ULong).Sample((weights, canary, random) =>
    {
        Cohorts cohorts = Of(weights);
        canary = Math.Min(canary, weights.Length - 1);
        return !cohorts.TryPlace(canary, random, out ulong point) || cohorts.Of(point) == canary;
    });

    [Fact]
    public void Place_IsThereWhereverThereIsWidth() => Gen.Select(Weights, Gen.ULong).Sample((weights, random) =>
        Enumerable.Range(0, weights.Length).All(i => weights[i] is > 0 and < 1e-9 || Of(weights).TryPlace(i, random, out _) == weights[i] > 0)); // narrower ones may be no point wide

    [Fact]
    public void Places_AreSpreadOverTheWholeInterval()
    {
        Cohorts cohorts = Of([0.25, 0.25]);
        Assert.Equal((0UL, (1UL << 62) - 1), Ends(0));
        Assert.Equal((3UL << 62, ulong.MaxValue), Ends(1));
        Assert.Equal((1UL << 62, (3UL << 62) - 1), Ends(Decision.Stable));

        (ulong, ulong) Ends(int canary)
        {
            Assert.True(cohorts.TryPlace(canary, 0, out ulong first));
            Assert.True(cohorts.TryPlace(canary, ulong.MaxValue, out ulong last));
            return (first, last);
        }
    }

    [Fact]
    public void RaisedWeightOfOneOrTwo_OnlyAddsUsers() => Gen.Select(Gen.Double[0, 1].Array[2], Gen.Double[0, 1].Array[2], Gen.ULong).Sample((a, b, point) =>
    {
        double sum = Math.Max(1, Math.Max(a[0], b[0]) + Math.Max(a[1], b[1]));
        double[] low = [Math.Min(a[0], b[0]) / sum, Math.Min(a[1], b[1]) / sum], high = [Math.Max(a[0], b[0]) / sum, Math.Max(a[1], b[1]) / sum];
        int before = Of(low).Of(point), after = Of(high).Of(point);
        return before == Decision.Stable || after == before;
    });

    [Fact]
    public void Widths_AreTheWeights() => Weights.Sample(weights =>
    {
        const int points = 4096;
        Cohorts cohorts = Of(weights);
        int[] hits = new int[weights.Length];
        for (ulong i = 0; i < points; i++)
        {
            int canary = cohorts.Of(i << 52);
            if (canary >= 0)
            {
                hits[canary]++;
            }
        }

        return weights.Select((weight, i) => Math.Abs(hits[i] - weight * points) <= 1.001).All(near => near);
    });

    [Fact]
    public void WeightZero_HasNobody() => Gen.ULong.Sample(point => Of([0]).Of(point) == Decision.Stable && !Of([0]).TryPlace(0, point, out _));

    [Fact]
    public void WholeWeight_HasEverybodyAndStableNoPlace() => Gen.ULong.Sample(point => Of([1]).Of(point) == 0 && !Of([1]).TryPlace(Decision.Stable, point, out _));

    [Fact]
    public void DrainingCanary_KeepsItsPointsAndGetsNoNewOnes() => Gen.Select(Weights, Gen.ULong, Gen.ULong).Sample((weights, point, random) =>
    {
        Cohorts before = Of(weights);
        double[] zero = new double[weights.Length];
        Cohorts drained = Of(zero, Of(zero, before)); // a second reload changes nothing
        return drained.Of(point) == before.Of(point)
            && (!drained.TryPlace(Decision.Stable, random, out ulong fresh) || before.Of(fresh) == Decision.Stable);
    });

    [Fact]
    public void WeightsThatSumToAHairOverOne_LeaveNoPointOut()
    {
        Cohorts cohorts = Of([0.7, 0.3 + 1e-10]);
        Assert.False(cohorts.TryPlace(Decision.Stable, 0, out _));
        Assert.Equal((0, 1), (cohorts.Of(0), cohorts.Of(ulong.MaxValue)));
    }
}
