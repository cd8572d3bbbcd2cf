// No token is ever used twice, whatever is forgotten and whatever the clock does; and nobody is kept out for ever.

using CsCheck;
using OpenClaw.Edge.Feedback;

namespace OpenClaw.Edge.Tests.Feedback;

public sealed class ReplayWindowTests
{
    private const long Now = Voices.Now;

    [Fact]
    public void SecondUse_IsAgain()
    {
        ReplayWindow window = new();
        Assert.Equal(TokenUse.First, window.Use(7, Now, Now));
        Assert.Equal(TokenUse.First, window.Use(8, Now, Now));
        Assert.Equal(TokenUse.Again, window.Use(7, Now, Now));
        Assert.Equal((2, 65_536, 0L), (window.Held, window.Capacity, window.Floor));
    }

    [Fact]
    public void FullWindow_ForgetsTheOldestAndRefusesAllThatAreAsOld()
    {
        ReplayWindow window = new(capacity: 4);
        foreach (int age in new[] { 30, 10, 40, 20 })
        {
            Assert.Equal(TokenUse.First, window.Use((ulong)age, Now - age, Now));
        }

        Assert.Equal(TokenUse.First, window.Use(5, Now - 5, Now));
        Assert.Equal((4, Now - 39), (window.Held, window.Floor));
        Assert.Equal(TokenUse.Unknown, window.Use(40, Now - 40, Now));
        Assert.Equal(TokenUse.Unknown, window.Use(41, Now - 40, Now));
        Assert.Equal(TokenUse.Again, window.Use(30, Now - 30, Now));
        Assert.Equal(TokenUse.Unknown, window.Use(42, Now - 31, Now)); // older than all that are held: there is no room to remember it
        Assert.Equal(TokenUse.First, window.Use(1, Now, Now));
    }

    [Fact]
    public void ManyOfOneSecond_GoTogether()
    {
        ReplayWindow window = new(capacity: 100);
        for (ulong nonce = 1; nonce <= 100; nonce++)
        {
            Assert.Equal(TokenUse.First, window.Use(nonce, Now, Now));
        }

        Assert.Equal(TokenUse.First, window.Use(101, Now + 1, Now + 1));
        Assert.Equal(1, window.Held);
        Assert.All(Enumerable.Range(1, 100), nonce => Assert.Equal(TokenUse.Unknown, window.Use((ulong)nonce, Now, Now + 1)));
    }

    /// <summary>A clock ten years ahead fills the window with tokens of its time; then it is set right.</summary>
    [Fact]
    public void ClockThatIsSetBack_KeepsNobodyOutAndOpensNoReplay()
    {
        const long year = 31_557_600;
        const long ahead = Now + (10 * year);
        ReplayWindow window = new(capacity: 1_000);
        for (int i = 0; i < 1_000; i++)
        {
            Assert.Equal(TokenUse.First, window.Use((ulong)i, ahead + (i / 10), ahead + (i / 10)));
        }

        for (int i = 0; i < 500; i++)
        {
            Assert.Equal(TokenUse.First, window.Use((ulong)(10_000 + i), Now + i, Now + i));
        }

        Assert.Equal(0, window.Floor);
        Assert.All(Enumerable.Range(0, 1_000), i => Assert.Equal(TokenUse.Unknown, window.Use((ulong)i, ahead + (i / 10), ahead + 100)));
        Assert.Equal(TokenUse.First, window.Use(20_000, ahead + 100, ahead + 100)); // those hundred seconds and no more
    }

    [Fact]
    public void ClockThatJumpsAhead_ForgetsNothingByItself()
    {
        ReplayWindow window = new(capacity: 10);
        Assert.Equal(TokenUse.First, window.Use(1, Now, Now));
        Assert.Equal(TokenUse.First, window.Use(2, Now + 1_000_000, Now + 1_000_000));
        Assert.Equal(TokenUse.Again, window.Use(1, Now, Now + 1_000_000));
        Assert.Equal(TokenUse.Again, window.Use(1, Now, Now));
    }

    /// <summary>Few nonces, few places, issue times and clocks in any order: against a set that forgets nothing.</summary>
    [Fact]
    public void NoNonce_IsEverFirstTwice() =>
        Gen.Select(Gen.Int[1, 8], Gen.Select(Gen.ULong[1, 40], Gen.Long[-100, 100]).Array[1, 200]).Sample((capacity, uses) =>
        {
            ReplayWindow window = new(capacity);
            HashSet<ulong> used = [];
            foreach ((ulong nonce, long clock) in uses)
            {
                long issuedAt = Now + (long)(nonce * 37 % 150); // signed, so always the same for one nonce
                TokenUse use = window.Use(nonce, issuedAt, Now + clock);
                if ((use == TokenUse.First && !used.Add(nonce)) || window.Held > capacity || (use == TokenUse.Again && !used.Contains(nonce)))
                {
                    return false;
                }
            }

            return true;
        });

    [Fact]
    public void AsLongAsThereIsRoom_EveryNewTokenIsFirst() => Gen.Long[-100_000, 100_000].Array[0, 200].Sample(times =>
    {
        ReplayWindow window = new(capacity: 200);
        return times.Select((time, i) => window.Use((ulong)i, Now + time, Now)).All(use => use == TokenUse.First);
    });

    [Fact]
    public void ManyThreads_GetEachTokenOnce()
    {
        const int tokens = 20_000;
        ReplayWindow window = new();
        int first = 0;
        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < tokens; i++)
            {
                if (window.Use((ulong)i, Now, Now) == TokenUse.First)
                {
                    Interlocked.Increment(ref first);
                }
            }
        });
        Assert.Equal(tokens, first);
    }

    [Fact]
    public void SteadyUseOfAFullWindow_AllocatesNothing()
    {
        ReplayWindow window = new();
        int used = 0;
        void Use()
        {
            window.Use((ulong)used * 0x9E3779B97F4A7C15, Now + (used / 100), Now + (used / 100));
            used++;
        }

        while (used < 100_000)
        {
            Use();
        }

        Allocations.AssertNone(100_000, _ => Use());
        Assert.InRange(window.Held, 65_400, 65_536);
    }
}
