// What a window holds when its clock jumps or stands, and when its length changes.

using CsCheck;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class OutcomeWindowTests
{
    private const long Second = 1_000_000_000;

    private static readonly OutcomeCounts One = new(1, 0, 0, 0, 0);

    [Fact]
    public void ClockThatStandsOrRunsBack_LosesNothing()
    {
        OutcomeWindow window = new(TimeSpan.FromSeconds(60));
        foreach (long now in new[] { 100, 100, 90, 0, 100 })
        {
            window.Add(One, now * Second);
        }

        Assert.Equal(5, window.Sum.Samples);
        window.Add(default, 161 * Second);
        Assert.Equal(0, window.Sum.Samples);
    }

    [Fact]
    public void ClockThatJumpsToItsEnd_LeavesOnlyWhatIsNew()
    {
        OutcomeWindow window = new(TimeSpan.FromSeconds(1));
        window.Add(One, 0);
        window.Add(One, long.MaxValue);
        Assert.Equal(1, window.Sum.Samples);
    }

    [Theory]
    [InlineData(30, 60, 60)] // longer: all of it
    [InlineData(60, 30, 30)] // shorter: the last half minute
    [InlineData(60, 600, 60)]
    [InlineData(60, 1, 1)]
    public void AnotherLength_KeepsWhatItReaches(int before, int after, int reaches)
    {
        OutcomeWindow window = new(TimeSpan.FromSeconds(before));
        for (int second = 1000; second < 1000 + before; second++)
        {
            window.Add(One, second * Second);
        }

        OutcomeWindow resized = window.Resized(TimeSpan.FromSeconds(after));
        Assert.Equal(Math.Min(before, reaches), resized.Sum.Samples);
        resized.Add(default, (1000 + before + after) * Second);
        Assert.Equal(0, resized.Sum.Samples);
    }

    [Fact]
    public void EmptyWindow_StaysEmpty() => Assert.Equal(default, new OutcomeWindow(TimeSpan.FromSeconds(60)).Resized(TimeSpan.FromSeconds(5)).Sum);

    /// <summary>With every change of the length an outcome may move to the beginning of its slot, and so go early by the width of that slot; never late.</summary>
    [Fact]
    public void AnyChangesOfLength_KeepNothingTooLongAndLittleTooShort() =>
        Gen.Select(Gen.Int[1, 600], Gen.Int[0, 100], Gen.Int[0, 20]).Array[1, 30].Sample(steps =>
        {
            OutcomeWindow window = new(TimeSpan.FromSeconds(60));
            List<long> most = [], least = [];
            long now = 0, length = 60 * Second, early = 0;
            foreach ((int seconds, int pause, int count) in steps)
            {
                early += length / OutcomeWindow.Slots;
                now += pause * Second;
                length = seconds * Second;
                window = window.Resized(TimeSpan.FromSeconds(seconds));
                window.Add(new OutcomeCounts(count, 0, 0, 0, 0), now);

                most.AddRange(Enumerable.Repeat(now, count));
                least.RemoveAll(time => time <= now - length + early + length / OutcomeWindow.Slots);
                least.AddRange(Enumerable.Repeat(now, count));
                most.RemoveAll(time => time <= now - length);
                Assert.InRange(window.Sum.Samples, least.Count, most.Count);
            }
        });
}
