// The fixed part of the score: from counted outcomes to a number, by the weights of the policy. Pure; any thread.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Rating;

public static class Formula
{
    /// <summary>
    /// The success and latency parts by their weights, at one sample or more; null without samples, or if every weight is 0. Errors cost
    /// everything from <see cref="RatingSettings.ErrorRateAtZero"/> on; latency is Apdex; an abort counts half for both.
    /// </summary>
    /// <param name="z">Standard normal quantile of the confidence that the bounds are to have.</param>
    public static Estimate? Measure(in OutcomeCounts counts, RatingSettings settings, double z = Estimate.Usual)
    {
        if (counts.Samples == 0)
        {
            return null;
        }

        double half = 0.5 * counts.Aborts;
        Estimate errors = Estimate.OfMean(counts.Errors + half, counts.Samples, z);
        Estimate apdex = Estimate.OfMean(counts.Satisfied + 0.5 * counts.Tolerated + half, counts.Samples, z);

        WeightedAverage parts = new WeightedAverage();
        parts.Add(settings.SuccessWeight, errors.LeftOver(settings.ErrorRateAtZero));
        parts.Add(settings.LatencyWeight, apdex);
        return parts.Result;
    }
}
