// The rating trip, period by period.

using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class RatingTripTests
{
    private const double FailBelow = 0.7;

    private static readonly RatingSettings Settings = new();
    private static readonly OutcomeCounts Good = new(1000, 0, 0, 0, 0);
    private static readonly OutcomeCounts Bad = new(800, 0, 0, 200, 0);

    private readonly RatingTrip _trip = new(0.001 * Spending.Rating);
    private long _now;

    [Fact]
    public void LowScoreBesideAGoodBaseline_TripsAtTheThirdPeriod()
    {
        Assert.False(Look(0.4, Bad, Good));
        Assert.False(Look(0.4, Bad, Good));
        Assert.True(Look(0.4, Bad, Good));
        Assert.Equal((0.4, 3000), (_trip.Last.Score, _trip.Last.Pairs));
        Assert.True(_trip.Last.CanaryUpper < _trip.Last.BaselineLower);
    }

    [Fact]
    public void GoodPeriodBetween_BeginsToCountAnew() =>
        Assert.Equal([false, false, false, false, false, true], new[] { 0.6, 0.6, 0.7, 0.6, 0.6, 0.6 }.Select(score => Look(score, Bad, Good)));

    [Fact]
    public void SharedOutage_NeverTrips() =>
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.False(Look(0.3, Bad, Bad)));

    [Theory]
    [InlineData(16, false)]
    [InlineData(17, true)]
    public void FewerThanMinSamples_IsNotEnough(long perPeriod, bool trips)
    {
        OutcomeCounts failures = new(0, 0, 0, perPeriod, 0), successes = new(perPeriod, 0, 0, 0, 0);
        Look(0, failures, successes);
        Look(0, failures, successes);
        Assert.Equal(trips, Look(0, failures, successes));
    }

    [Fact]
    public void NothingInTheBaseline_NeverTrips() =>
        Assert.All(Enumerable.Range(0, 100), _ => Assert.False(Look(0, Bad, default)));

    /// <summary>Ten canary requests for one of the baseline in an outage, as many of the one as of the other before and after.</summary>
    [Fact]
    public void RatioChangesInASharedOutage_NeverTrips()
    {
        OutcomeCounts failing = new(0, 0, 0, 1000, 0), aTenth = new(0, 0, 0, 100, 0);
        for (int i = 0; i < 20; i++)
        {
            Assert.False(Look(0.99, Good, Good));
        }

        for (int i = 0; i < 40; i++)
        {
            Assert.False(Look(0.1, failing, aTenth));
        }
    }

    /// <summary>Alpha is large here so that a loose bound would show: windows that share nothing, and a score that is always too low.</summary>
    [Fact]
    public void IdenticalVersions_TripAsSeldomAsPromised()
    {
        const double alpha = 0.2;
        int trips = 0, rollouts = 200 * Trials.Scale;
        for (int rollout = 0; rollout < rollouts; rollout++)
        {
            Draws draws = new(rollout);
            RatingTrip trip = new(alpha);
            for (int look = 0; look < 100; look++)
            {
                long now = look * 61_000_000_000;
                trip.Add(draws.Outcomes(60, new Quality(0.01, 0.05)), draws.Outcomes(60, new Quality(0.01, 0.05)), Settings, now);
                if (trip.Look(0.5, FailBelow, Settings))
                {
                    trips++;
                    break;
                }
            }
        }

        Assert.InRange(trips, 0, Trials.AtMost(rollouts, alpha));
    }

    private bool Look(double score, OutcomeCounts canary, OutcomeCounts baseline)
    {
        _now += 1_000_000_000;
        _trip.Add(canary, baseline, Settings, _now);
        return _trip.Look(score, FailBelow, Settings);
    }
}
