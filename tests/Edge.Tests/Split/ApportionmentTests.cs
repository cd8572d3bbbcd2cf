// Whose turn it is among several canaries: quotas at every step, for any list, over changes of it, and from many threads.

using CsCheck;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class ApportionmentTests
{
    private static readonly Gen<CanarySettings[]> Lists =
        from weights in Gen.OneOf(Gen.Int[1, 1000], Gen.Int[0, 3], Gen.Const(1), Gen.Int[1, 1_000_000]).Array[2, CanaryList.Max]
        where weights.Any(weight => weight > 0)
        select weights.Select((weight, i) => new CanarySettings($"v{i}", weight / (double)weights.Sum() / 2)).ToArray();

    [Fact]
    public void AfterEveryTurn_EachHasItsQuotaRoundedUpOrDown() => Gen.Select(Lists, Gen.ULong).Sample((canaries, key) =>
    {
        Apportionment apportionment = new(canaries, key);
        double sum = canaries.Sum(canary => canary.Weight);
        long[] had = new long[canaries.Length];
        for (int n = 1; n <= 3000; n++)
        {
            had[apportionment.Take()]++;
            for (int i = 0; i < had.Length; i++)
            {
                double due = n * canaries[i].Weight / sum;
                Assert.True(Math.Abs(had[i] - due) < 1 + 1e-6, $"{canaries[i].Version} has {had[i]} of {due} after {n}");
            }
        }
    }, iter: 300);

    [Fact]
    public void ListChanges_NobodyDriftsAwayFromWhatWasDue() => Gen.Select(Lists, Lists, Gen.Int[1, 50].Array[20, 60], Gen.ULong).Sample((one, other, lengths, key) =>
    {
        // The same versions, so that what is due adds up over both lists.
        int count = Math.Min(one.Length, other.Length);
        CanarySettings[][] lists = [one[..count], other[..count]];
        if (lists.Any(list => list.Sum(canary => canary.Weight) == 0))
        {
            return;
        }

        Apportionment apportionment = new(lists[0], key);
        double[] due = new double[count];
        long[] had = new long[count];
        for (int change = 0; change < lengths.Length; change++)
        {
            CanarySettings[] list = lists[change % 2];
            apportionment = Apportionment.After(apportionment, list, key, error: 0);
            double sum = list.Sum(canary => canary.Weight);
            for (int n = 0; n < lengths[change]; n++)
            {
                int taken = apportionment.Take();
                Assert.True(list[taken].Weight > 0, $"{list[taken].Version} has the weight 0");
                had[taken]++;
                for (int i = 0; i < count; i++)
                {
                    due[i] += list[i].Weight / sum;
                    Assert.InRange(had[i] - due[i], -3, 3); // within 1 while the weights stay; a change may find several behind at once
                }
            }
        }
    }, iter: 300);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void WeightsChangeForEver_NobodyDriftsAwayFromWhatItsWeightsAskedFor(int count)
    {
        Random random = new(count);
        Splitter? splitter = null;
        double[] asked = new double[count];
        int[] had = new int[count];
        for (int change = 0; change < 2000; change++)
        {
            CanarySettings[] canaries = [.. Enumerable.Range(0, count).Select(i => new CanarySettings($"v{i}", random.Next(0, 40) / 100.0 * 2 / count))];
            splitter = Splitter.Create(new RolloutPolicy { Canaries = canaries }, splitter, workers: 1, now: 0, key: 4);
            for (int n = random.Next(1, 20); n > 0; n--)
            {
                if (splitter.Decide(0, 0) is { ToCanary: true } decision)
                {
                    had[decision.Canary]++;
                }

                for (int i = 0; i < count; i++)
                {
                    asked[i] += canaries[i].Weight;
                    Assert.InRange(had[i] - asked[i], -3, 3);
                }
            }
        }
    }

    [Theory]
    [InlineData(0.5, 2)]
    [InlineData(0.05, 20)]
    [InlineData(0.25, 4)]
    [InlineData(0.7, 6)]
    public void TwoCanariesThatHaveEveryRequest_MeetPeriodicTrafficAlike(double first, int period)
    {
        Apportionment apportionment = new([new CanarySettings("v2", first), new CanarySettings("v3", 1 - first)], key: 5);
        const int periods = 20_000;
        int[] turns = new int[period];
        for (int n = 0; n < periods * period; n++)
        {
            turns[n % period] += apportionment.Take() == 0 ? 1 : 0;
        }

        double deviation = 5 * Math.Sqrt(periods * first * (1 - first)); // five of a coin's standard deviations
        Assert.All(turns, count => Assert.InRange(count, periods * first - deviation, periods * first + deviation));
    }

    [Fact]
    public void ThreeCanariesThatHaveEveryRequest_MeetAlternatingTrafficNearlyAlike()
    {
        int[] even = new int[3], all = new int[3];
        Apportionment apportionment = new([new CanarySettings("v2", 0.5), new CanarySettings("v3", 0.3), new CanarySettings("v4", 0.2)], key: 5);
        for (int i = 0; i < 20_000; i++)
        {
            int canary = apportionment.Take();
            all[canary]++;
            even[canary] += i % 2 == 0 ? 1 : 0;
        }

        Assert.All(even.Zip(all), seen => Assert.InRange(seen.First / (double)seen.Second, 0.42, 0.58));
    }

    [Fact]
    public void ThreeCanariesOfOtherTraffic_MeetAlternatingRequestsAlike()
    {
        CanarySettings[] canaries = [new("v2", 0.1), new("v3", 0.2), new("v4", 0.04)];
        Splitter splitter = Splitter.Create(new RolloutPolicy { Canaries = canaries }, previous: null, workers: 1, now: 0, key: 21);
        const int pairs = 100_000;
        int[,] had = new int[3, 2];
        for (int n = 0; n < 2 * pairs; n++)
        {
            if (splitter.Decide(0, 0) is { ToCanary: true } decision)
            {
                had[decision.Canary, n % 2]++;
            }
        }

        for (int i = 0; i < canaries.Length; i++)
        {
            double expected = pairs * canaries[i].Weight, deviation = 5 * Math.Sqrt(expected);
            Assert.InRange(had[i, 0], expected - deviation, expected + deviation);
        }
    }

    [Fact]
    public void WeightZero_NeverHasATurn()
    {
        Apportionment apportionment = new([new CanarySettings("v2", 0), new CanarySettings("v3", 0.1)], key: 1);

        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(1, apportionment.Take()));
    }

    [Fact]
    public void ManyThreads_QuotasHoldInTheEnd()
    {
        CanarySettings[] canaries = [new("v2", 0.05), new("v3", 0.03), new("v4", 0.01)];
        Apportionment apportionment = new(canaries, key: 9);
        long[] had = new long[canaries.Length];
        Race.Run(threads: 3, step: _ => Interlocked.Increment(ref had[apportionment.Take()]), turns: 1000, main: _ => { });

        double turns = had.Sum();
        Assert.All(had.Zip([5 / 9.0, 3 / 9.0, 1 / 9.0]), each => Assert.InRange(each.First - turns * each.Second, -1.000001, 1.000001));
    }
}
