// Whether weight and bucket agree at a rate of requests, and what would make them agree. Pure: any thread, no live state. The
// control thread asks with what it measured, simulate with what it was told.

using System.Globalization;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Split;

/// <summary>Which of the two decides how much the canary gets.</summary>
public enum Ruler : byte
{
    /// <summary>There is only one of them, or nothing comes.</summary>
    OnlyOne,

    /// <summary>The weight; the bucket is the cap it is meant to be.</summary>
    Weight,

    /// <summary>The weight, on average; its turns come in bursts that are larger than the bucket.</summary>
    WeightButForBursts,

    /// <summary>The weight; the bucket is so far above that it caps next to nothing.</summary>
    WeightFarBelowTheCap,

    /// <summary>The bucket; the weight is a dead letter.</summary>
    Bucket,
}

/// <param name="text">A sentence for the operator; empty for <see cref="Ruler.OnlyOne"/>.</param>
/// <param name="isWarning">Something in the policy does not do what its author is likely to believe.</param>
public sealed class Advice(Ruler ruler, string text, bool isWarning = false)
{
    /// <summary>The weight asks for clearly more than the bucket gives: by so much that no rounding explains it.</summary>
    public const double Clearly = 1.1;

    /// <summary>A cap so many times above the usual is there for accidents only: a canary that got that much would not be "a few percent".</summary>
    public const double FarAbove = 20;

    /// <summary>Room that a bucket needs above the mean: with a quarter to spare, random arrivals keep a few tokens in it.</summary>
    private const double Room = 1.25;

    /// <summary>Bursts so many times the capacity lose half of their turns; a little more than it is the luck of random arrivals.</summary>
    private const double FarBeyond = 2;

    private static readonly Advice Nothing = new(Ruler.OnlyOne, "");

    public Ruler Ruler => ruler;

    public string Text => text;

    public bool IsWarning => isWarning;

    public string Severity => isWarning ? "warning" : "note";

    /// <summary>What to say about <paramref name="policy"/> while so many eligible requests come.</summary>
    /// <param name="rate">Eligible requests per second.</param>
    /// <param name="burst">The capacity that would let every turn through at <see cref="EnoughRefill"/>, in tokens; 0: not known.</param>
    public static Advice Of(RolloutPolicy policy, double rate, double burst = 0)
    {
        double weight = policy.CanaryWeight;
        if (policy.Bucket is not { } bucket || policy.Abort || policy.IsUncapped || weight == 0 || !(rate > 0))
        {
            return Nothing;
        }

        double asked = rate * weight;
        if (asked > bucket.RefillRate * Clearly)
        {
            return new Advice(Ruler.Bucket, BucketRules(bucket, rate, asked, weight, EnoughRefill(policy, rate), burst), isWarning: true);
        }

        if (burst > bucket.Capacity)
        {
            return new Advice(
                Ruler.WeightButForBursts,
                $"the turns come in bursts that a capacity of {Show(bucket.Capacity)} cannot take; {Show(Math.Ceiling(burst))} would have let every turn through",
                isWarning: burst > FarBeyond * bucket.Capacity);
        }

        double from = bucket.RefillRate / weight;
        return bucket.RefillRate > FarAbove * asked
            ? new Advice(
                Ruler.WeightFarBelowTheCap,
                $"the cap acts only from {Show(from)} requests/s on, which is {Show(from / rate)} times what comes: a cap near the usual is a refill rate of {Show(Up(asked * Room))}/s",
                isWarning: true)
            : new Advice(Ruler.Weight, $"the weight decides; the cap acts from {Show(from)} requests/s on");
    }

    /// <summary>The refill rate, in tokens per second, that lets the weight through at <paramref name="rate"/>: the policy's own where it does.</summary>
    public static double EnoughRefill(RolloutPolicy policy, double rate)
    {
        double asked = rate * policy.CanaryWeight;
        double own = policy.Bucket?.RefillRate ?? 0;
        return asked > own * Clearly ? Up(asked * Room) : own;
    }

    private static string BucketRules(BucketSettings bucket, double rate, double asked, double weight, double enough, double burst)
    {
        double matching = Down(bucket.RefillRate / rate);
        string capacity = burst > bucket.Capacity ? $" and a capacity of {Show(Math.Ceiling(burst))}" : "";
        return $"the bucket decides, not the weight: at {Show(rate)} requests/s a weight of {Percent(weight)} asks for {Show(asked)} tokens a second " +
            $"and the bucket gives {Show(bucket.RefillRate)}, which is {Percent(bucket.RefillRate / rate)} of the requests once its {Show(bucket.Capacity)} tokens are spent " +
            $"(after {Show(bucket.Capacity / (asked - bucket.RefillRate))} s). " +
            $"A refill rate of {Show(enough)}/s{capacity} would let the weight through; a weight of {Percent(matching)} is what the bucket gives";
    }

    private static string Percent(double share) => Show(share * 100) + " %";

    /// <summary>Three digits that count, and never an exponent where a person would write none.</summary>
    private static string Show(double number) => number switch
    {
        >= 100 => number.ToString("#,0", CultureInfo.InvariantCulture),
        >= 10 => number.ToString("0.#", CultureInfo.InvariantCulture),
        >= 1 => number.ToString("0.##", CultureInfo.InvariantCulture),
        >= 1e-12 => Math.Round(number, 3 - (int)Math.Ceiling(Math.Log10(number))).ToString("0.###############", CultureInfo.InvariantCulture),
        _ => "0",
    };

    /// <summary>Two digits that count, rounded up.</summary>
    private static double Up(double number)
    {
        double unit = Math.Pow(10, Math.Floor(Math.Log10(number)) - 1);
        return Math.Round(Math.Ceiling(number / unit) * unit, 12);
    }

    /// <summary>Two digits that count, rounded down; 0 stays 0.</summary>
    private static double Down(double number)
    {
        double unit = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(number, 1e-12))) - 1);
        return Math.Round(Math.Floor(number / unit) * unit, 14);
    }
}
