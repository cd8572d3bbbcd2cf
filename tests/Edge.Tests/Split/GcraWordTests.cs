// The central word by itself: several tokens at once, floors, and what comes back.

using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Tests.Split;

public sealed class GcraWordTests
{
    private const long Second = 1_000_000_000;

    private static readonly TokenScale Scale = new(capacity: 10, refillRate: 1);

    [Fact]
    public void Take_GivesWhatIsThereAboveTheFloorUpToTheMost()
    {
        GcraWord word = Full();

        Assert.Equal(4, word.Take(4, Scale.Floor(0), 0));
        Assert.Equal(3, word.Take(4, Scale.Floor(3), 0));
        Assert.Equal(0, word.Take(4, Scale.Floor(3), 0));
        Assert.Equal(1, word.Take(4, Scale.Floor(2), 0));
        Assert.Equal(2, word.Take(4, Scale.Floor(0), 0));
    }

    [Fact]
    public void FreeAt_IsTheFirstNanosecondOfATokenAboveTheFloor()
    {
        GcraWord word = Full();
        word.Take(10, 0, 0);

        Assert.Equal(4 * Second, word.FreeAt(Scale.Floor(3)));
        Assert.Equal(0, word.Take(1, Scale.Floor(3), (4 * Second) - 1));
        Assert.Equal(1, word.Take(1, Scale.Floor(3), 4 * Second));
    }

    [Fact]
    public void Return_TakesBackWhatThereIsRoomFor()
    {
        GcraWord word = Full();
        word.Take(5, 0, 0);

        Assert.Equal(2, word.Return(2, 0));
        Assert.Equal(3, word.Room(0));
        Assert.Equal(1, word.Return(4, (3 * Second / 2) + 1)); // one and a half are refilled, so one whole is missing
        Assert.Equal(0, word.Return(1, (3 * Second / 2) + 1));
        Assert.Equal(10, word.Take(20, 0, 2 * Second));
    }

    [Fact]
    public void SealedWord_GivesAndTakesNothing()
    {
        GcraWord word = Full();
        word.Take(5, 0, 0);

        Assert.False(word.TrySeal(word.FullAt - 1));
        Assert.True(word.TrySeal(word.FullAt));
        Assert.True(word.IsSealed);
        Assert.Equal(-1, word.Take(1, 0, 0));
        Assert.Equal(0, word.Return(1, 0));
    }

    private static GcraWord Full() => new(Scale, Scale.Capacity, Scale.Capacity, now: 0);
}
