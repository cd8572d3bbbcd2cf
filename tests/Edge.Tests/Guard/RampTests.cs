// How much of a tripped canary's flow stays for a while, and that exactly so much passes.

using CsCheck;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Guard;

public sealed class RampTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(100, 60, 40, 0)]    // just fits
    [InlineData(100, 60, 41, 1 - 40 / 41.0)]
    [InlineData(100, 50, 100, 0.5)]
    [InlineData(100, 100, 10, 1)]   // no room at all
    [InlineData(100, 120, 10, 1)]
    [InlineData(0, 0, 10, 1)]       // stable is down
    [InlineData(0, 0, 0, 0)]
    [InlineData(100, 100, 0, 0)]    // nothing to move
    public void Excess_IsWhatHasNoRoom(long capacity, long stable, long canary, double expected) =>
        Assert.Equal(expected, Ramp.Excess(capacity, stable, canary), 12);

    [Fact]
    public void WhatMovesAtOnce_FillsTheRoomAndNoMore() =>
        Gen.Select(Gen.Long[0, 10_000], Gen.Long[0, 10_000], Gen.Long[1, 10_000]).Sample((capacity, stable, canary) =>
        {
            double moved = canary * (1 - Ramp.Excess(capacity, stable, canary));
            Assert.Equal(Math.Min(canary, Math.Max(0, capacity - stable)), moved, 6);
        });

    [Fact]
    public void Share_FallsLinearlyToNothing()
    {
        Ramp ramp = new(0.8, 5 * Second, 10 * Second);
        Assert.Equal([0.8, 0.8, 0.4, 0.08, 0, 0], new[] { 0, 5, 10, 14, 15, 99 }.Select(second => Math.Round(ramp.At(second * Second), 12)));
        Assert.Equal(0, default(Ramp).At(0));
    }

    [Fact]
    public void Trip_MovesWhatFitsAtOnceAndTheRestInTime()
    {
        GuardScene scene = new("v2");
        scene.Crowd("v2", 0.6);
        scene.Ruin("v2");
        Latch latch = scene.Guard.LatchOf("v2");

        Assert.Equal((0.6, 0.6), (scene["v2"].Ramp, latch.Kept));
        Assert.InRange(Passing(latch, 1000), 599, 601);
        scene.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(0.3, scene["v2"].Ramp, 12);
        Assert.InRange(Passing(latch, 1000), 299, 301);
        Assert.False(latch.TakeNews());
        scene.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(0, scene["v2"].Ramp);
        Assert.Equal(0, Passing(latch, 1000));
        Assert.True(latch.TakeNews()); // what is under way may be recalled now
        Assert.Equal(GuardState.Tripped, scene["v2"].State);
    }

    [Fact]
    public void OverManySteps_AsManyPassAsTheSharesSumTo()
    {
        GuardScene scene = new("v2");
        scene.Crowd("v2", 1);
        scene.Ruin("v2");
        Latch latch = scene.Guard.LatchOf("v2");
        double expected = 0;
        long passed = 0;
        for (int tick = 0; tick < 41; tick++)
        {
            expected += 7 * latch.Kept;
            passed += Passing(latch, 7);
            scene.Pass();
        }

        Assert.Equal(7 * 20.5, expected, 9);
        Assert.InRange(passed, expected - 1, expected + 1);
    }

    [Fact]
    public void RampOverNothing_NeverRamps()
    {
        GuardScene scene = new();
        scene.Apply(new GuardSettings { RampOver = TimeSpan.Zero }, ["v2"]);
        scene.Crowd("v2", 1);
        scene.Ruin("v2");

        Assert.Equal(0, scene["v2"].Ramp);
        Assert.True(scene.Guard.LatchOf("v2").Bars());
        Assert.True(scene.Guard.LatchOf("v2").TakeNews());
    }

    [Fact]
    public void AbortInARamp_EndsIt()
    {
        GuardScene scene = new("v2");
        scene.Crowd("v2", 1);
        scene.Ruin("v2");
        Assert.False(scene.Guard.Abort("v2", scene.Now, scene.Utc));
        scene.Pass();

        Assert.Equal((0.0, TripCause.Errors), (scene["v2"].Ramp, scene["v2"].Trip!.Cause));
        Assert.True(scene.Guard.LatchOf("v2").Bars());
    }

    [Fact]
    public void ResetInARamp_OpensAltogether()
    {
        GuardScene scene = new("v2");
        scene.Crowd("v2", 0.5);
        scene.Ruin("v2");
        scene.Guard.Reset("v2", scene.Utc);
        scene.Pass();

        Assert.Equal(1000, Passing(scene.Guard.LatchOf("v2"), 1000));
        Assert.Equal(0, scene["v2"].Ramp);
    }

    private static int Passing(Latch latch, int requests) => Enumerable.Range(0, requests).Count(_ => !latch.Bars());
}
