// The made-up versions: as bad and as slow as they are told to be, and the same again for the same seed.

using OpenClaw.Edge.Drill;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Drill;

public sealed class BehaviourTests
{
    private const long Target = 500_000_000, Timeout = 60_000_000_000;
    private const int Many = 100_000;

    private static (Outcome Outcome, long Latency)[] Ask(Behaviour behaviour, long timeout = Timeout)
    {
        Service service = new(Target, timeout);
        Dice dice = new(7);
        return [.. Enumerable.Range(0, Many).Select(_ => service.Answer(behaviour, dice))];
    }

    private static double Share<T>(T[] all, Func<T, bool> which) => (double)all.Count(which) / all.Length;

    [Fact]
    public void Errors_ComeAsOftenAsTold() =>
        Assert.Equal(0.2, Share(Ask(new Behaviour(0.2)), answer => answer.Outcome == Outcome.Error), tolerance: 0.006);

    [Fact]
    public void VersionThatIsWell_StaysBelowTheTargetWithNinetyNineOfHundred()
    {
        (Outcome, long Latency)[] answers = Ask(Behaviour.Usual);
        Assert.InRange(Share(answers, answer => answer.Latency > Target), 0.002, 0.01);
        Assert.Equal(Target / 8.0, answers.Select(answer => answer.Latency).Order().ElementAt(Many / 2), tolerance: Target / 160.0);
        Assert.InRange(answers.Max(answer => answer.Latency), 2 * Target, 60 * Target); // the tail
    }

    [Fact]
    public void Slowness_MultipliesEveryLatency()
    {
        (Outcome, long Latency)[] usual = Ask(Behaviour.Usual), slow = Ask(Behaviour.Usual with { Slowness = 6 });
        Assert.All(usual.Zip(slow), pair => Assert.Equal(6.0, (double)pair.Second.Latency / pair.First.Latency, tolerance: 1e-3));
        Assert.InRange(Share(slow, answer => answer.Latency > Target), 0.30, 0.36);
    }

    [Fact]
    public void AnswerAfterTheTimeout_IsAnErrorAtThatTime()
    {
        (Outcome Outcome, long Latency)[] late = [.. Ask(new Behaviour(0), timeout: Target / 8).Where(answer => answer.Latency == Target / 8)];
        Assert.InRange(late.Length, (Many / 2) - 1000, (Many / 2) + 1000);
        Assert.All(late, answer => Assert.Equal(Outcome.Error, answer.Outcome));
    }

    [Fact]
    public void Dice_AreFairAndFollowTheirSeed()
    {
        Dice dice = new(3);
        int[] counts = new int[6];
        double sum = 0, squares = 0;
        for (int i = 0; i < Many; i++)
        {
            counts[dice.Next(6)]++;
            double normal = dice.NextNormal();
            (sum, squares) = (sum + normal, squares + (normal * normal));
        }

        Assert.All(counts, count => Assert.InRange(count, (Many / 6) - 500, (Many / 6) + 500));
        Assert.Equal(0, sum / Many, tolerance: 0.015);
        Assert.Equal(1, squares / Many, tolerance: 0.02);
        Assert.Equal(new Dice(9).Next(), new Dice(9).Next());
        Assert.NotEqual(new Dice(9).Next(), new Dice(10).Next());
    }
}
