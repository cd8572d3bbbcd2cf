// What users say, and how it fades.

using CsCheck;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class VoicesTests
{
    private const long Second = 1_000_000_000;

    private static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(10);
    private static readonly Estimate Perfect = new(1, 0.97, 1);

    [Fact]
    public void Nobody_LeavesTheOtherPartsAlone()
    {
        Voices voices = new();
        voices.Fade(HalfLife, 5 * Second);

        Assert.Null(voices.Mean);
        Assert.Equal(Perfect, voices.AddedTo(Perfect, 0.85, 0.15));
    }

    [Fact]
    public void HalfLife_HalvesTheWeightAndKeepsTheMean()
    {
        Voices voices = new();
        voices.Add(1, HalfLife, 0);
        voices.Add(0, HalfLife, 0);
        voices.Fade(HalfLife, 600 * Second);

        Assert.Equal(1, voices.Weight, 12);
        Assert.Equal(0.5, voices.Mean!.Value.Value, 12);
    }

    [Fact]
    public void AnyVoices_FadeAsThoughEachHadFadedByItself() =>
        Gen.Select(Gen.Double[0, 1], Gen.Int[0, 5000], Gen.Bool).Array[1, 40].Sample(voices =>
        {
            Voices sums = new();
            List<(double Score, double At)> said = [];
            double now = 0;
            foreach ((double score, int pause, bool look) in voices)
            {
                now += pause;
                sums.Add(score, HalfLife, (long)now * Second);
                said.Add((score, now));
                if (look)
                {
                    now += pause; // looking in between changes nothing
                    sums.Fade(HalfLife, (long)now * Second);
                }
            }

            double weight = said.Sum(voice => Math.Pow(2, (voice.At - now) / 600));
            double sum = said.Sum(voice => voice.Score * Math.Pow(2, (voice.At - now) / 600));
            Assert.Equal(weight, sums.Weight, 9);
            Assert.Equal(sum / weight, sums.Mean!.Value.Value, 9);
        });

    [Theory]
    [InlineData(7L * 24 * 3600)]
    [InlineData(9_000_000_000)] // 285 years: most of what 64 bits of nanoseconds hold
    public void AfterALongSilence_NothingIsLeftAndTheNextVoiceIsTheFirst(long seconds)
    {
        Voices voices = new();
        for (int i = 0; i < 1_000_000; i++)
        {
            voices.Add(0, HalfLife, 0);
        }

        voices.Fade(HalfLife, seconds * Second);
        Assert.Null(voices.Mean);
        voices.Add(1, HalfLife, seconds * Second);
        Assert.Equal((1, 1), (voices.Weight, voices.Mean!.Value.Value));
    }

    [Fact]
    public void ClockThatRunsBack_StandsStill()
    {
        Voices voices = new();
        voices.Add(1, HalfLife, 600 * Second);
        voices.Add(1, HalfLife, 0);
        voices.Fade(HalfLife, 600 * Second);

        Assert.Equal(2, voices.Weight);
    }

    [Fact]
    public void FirstThumbUp_LowersNoScore()
    {
        Voices voices = new();
        voices.Add(1, HalfLife, 0);

        Assert.Equal(1, voices.AddedTo(Perfect, 0.85, 0.15).Value);
        Assert.True(voices.AddedTo(new Estimate(0.9, 0.8, 0.95), 0.85, 0.15).Value > 0.9);
    }

    /// <summary>Beta-smoothed: the part is (sum + 10 x the others) / (voices + 10), and has its weight among the weights.</summary>
    [Fact]
    public void TenThumbsDown_CountHalfOfWhatManyDo()
    {
        Voices voices = new();
        for (int i = 0; i < 10; i++)
        {
            voices.Add(0, HalfLife, 0);
        }

        double part = (0 + 10 * 0.9) / (10 + 10);
        Assert.Equal(0.85 * 0.9 + 0.15 * part, voices.AddedTo(new Estimate(0.9, 0.8, 0.95), 0.85, 0.15).Value, 12);
    }

    /// <summary>However many say so: with the usual weights, voices alone take no perfect version below the guard's 0.70.</summary>
    [Fact]
    public void Flood_MovesAScoreByThePartsWeightAtMost()
    {
        Voices voices = new();
        for (int i = 0; i < 10_000_000; i++)
        {
            voices.Add(0, HalfLife, 0);
        }

        Assert.InRange(voices.AddedTo(Perfect, 0.85, 0.15).Value, 0.85, 0.8501);
    }
}
