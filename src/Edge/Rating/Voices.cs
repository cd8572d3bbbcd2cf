// What users have said of one version, fading. Control thread only; time is passed in.

namespace OpenClaw.Edge.Rating;

/// <summary>What a score has heard of users.</summary>
/// <param name="Weight">Voices, each by what is left of it.</param>
public sealed record Opinion(double Weight, Estimate Mean);

/// <summary>Sums of voices, each of which counts half after every half-life.</summary>
internal sealed class Voices
{
    /// <summary>So many voices have half the influence that endlessly many have.</summary>
    public const double Smoothing = 10;

    /// <summary>What fewer voices say moves no score by a millionth.</summary>
    private const double Nothing = 1e-6;

    private double _sum;
    private long _at = long.MinValue; // until when they have faded

    /// <summary>How many voices there are, counted by what is left of each. Not more than Kish's effective number, as no weight is above 1.</summary>
    public double Weight { get; private set; }

    /// <summary>The mean score and its bounds; null: nobody said anything, or long ago.</summary>
    public Estimate? Mean => Weight > 0 ? Estimate.OfMean(_sum, Weight) : null;

    /// <param name="score">0 to 1.</param>
    public void Add(double score, TimeSpan halfLife, long now)
    {
        Fade(halfLife, now);
        _sum += score;
        Weight++;
    }

    /// <summary>Lets the time since the last call pass. A clock that runs back stands still.</summary>
    public void Fade(TimeSpan halfLife, long now)
    {
        double kept = now > _at ? Math.Pow(2, -((double)now - _at) / halfLife.TotalNanoseconds) : 1;
        _at = Math.Max(_at, now);
        Weight *= kept;
        _sum *= kept;
        if (Weight < Nothing)
        {
            Clear();
        }
    }

    public void Clear() => Weight = _sum = 0;

    /// <summary>
    /// The other parts' estimate with that of the voices in it: Beta-smoothed, that is, <see cref="Smoothing"/> voices more that say what the other parts say.
    /// So the first voice moves little, and no voice nothing.
    /// </summary>
    /// <param name="others">By <paramref name="othersWeight"/>.</param>
    public Estimate AddedTo(Estimate others, double othersWeight, double weight)
    {
        if (Mean is not { } mean)
        {
            return others;
        }

        return others.MixedWith(mean, weight / (othersWeight + weight) * (Weight / (Weight + Smoothing)));
    }
}
