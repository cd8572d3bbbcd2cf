// What a route's history says of an answer, who may teach it, and that strangers cannot unteach it.

using CsCheck;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Rating;

public sealed class RouteHistoryTests
{
    private const long Millisecond = 1_000_000;
    private const long Target = 500 * Millisecond;

    private readonly RouteHistory _history = new(0xC0FFEE);

    [Theory]
    [InlineData(30, 0)]
    [InlineData(100, 1)]
    [InlineData(170, 2)]
    [InlineData(240, 3)]
    [InlineData(340, 4)]
    [InlineData(600, 5)]
    [InlineData(1200, 6)]
    [InlineData(9000, 7)]
    public void Latency_IsSortedByWhatTheRouteUsuallyTakes(int milliseconds, int bin)
    {
        Teach("/search?q=1", 100, 5000);
        Assert.Equal(bin, Look("/search?q=other", milliseconds, 5000).LatencyBin);
    }

    [Theory]
    [InlineData(5000, SizeBin.Usual)]
    [InlineData(2000, SizeBin.Usual)]
    [InlineData(1000, SizeBin.Smaller)]
    [InlineData(0, SizeBin.Empty)]
    [InlineData(15_000, SizeBin.Usual)]
    [InlineData(30_000, SizeBin.Larger)]
    [InlineData(-1, SizeBin.Unknown)]
    public void Length_IsSortedByWhatTheRouteUsuallySays(long length, SizeBin bin)
    {
        Teach("/search", 100, 5000);
        Assert.Equal(bin, Look("/search", 100, length).Size);
    }

    [Theory]
    [InlineData(499, ApdexClass.Satisfied)]
    [InlineData(500, ApdexClass.Satisfied)]
    [InlineData(501, ApdexClass.Tolerated)]
    [InlineData(2000, ApdexClass.Tolerated)]
    [InlineData(2001, ApdexClass.Slow)]
    public void Target_DividesAsTheScoreHasIt(int milliseconds, ApdexClass expected) => Assert.Equal(expected, Look("/", milliseconds, 1).Apdex);

    [Fact]
    public void WhatNobodyFeels_IsUsual()
    {
        Teach("/", 0.1, 100);
        Assert.Equal(SignalCell.UsualLatency, Look("/", 3, 100).LatencyBin); // thirty times as long, and still nothing
    }

    [Theory]
    [InlineData("/orders/17", "/orders/99821?full=1", true)]
    [InlineData("/api/v1/orders", "/api/v1/customers", false)]
    [InlineData("/a/b/c/d/e", "/a/b/c/d/f", true)] // beyond the fourth segment
    [InlineData("/a/b/c/d", "/a/b/c/e", false)]
    [InlineData("/ab", "/a/b", false)]
    [InlineData("/averylongsegment", "/averylongsegmenu", false)]
    [InlineData("", "/", true)]
    [InlineData("//x", "/x", false)]
    public void Paths_OfOneShapeAreOneRoute(string taught, string asked, bool same)
    {
        Teach(taught, 100, 5000);
        Assert.Equal(same ? 7 : SignalCell.UsualLatency, Look(asked, 9000, 5000).LatencyBin);
    }

    [Fact]
    public void Methods_AreApart()
    {
        Teach("/orders", 100, 5000);
        Assert.Equal(SizeBin.Unknown, _history.Observe(2, "/orders"u8, Outcome.Success, 1, Target, 5000, learns: false).Size);
    }

    [Fact]
    public void CanaryAndErrors_TeachNothing()
    {
        Teach("/a", 100, 5000);
        for (int i = 0; i < 500; i++)
        {
            _history.Observe(1, "/a"u8, Outcome.Success, 5000 * Millisecond, Target, 0, learns: false);
            _history.Observe(1, "/a"u8, Outcome.Error, 5000 * Millisecond, Target, 0, learns: true);
            _history.Observe(1, "/b"u8, Outcome.Success, 5000 * Millisecond, Target, 0, learns: false);
        }

        Assert.Equal((SignalCell.UsualLatency, SizeBin.Usual), (Look("/a", 100, 5000).LatencyBin, Look("/a", 100, 5000).Size));
        Assert.Equal((SignalCell.UsualLatency, SizeBin.Unknown), (Look("/b", 9000, 5000).LatencyBin, Look("/b", 100, 5000).Size));
    }

    [Fact]
    public void OneAnswerThatHung_MovesTheUsualLittle()
    {
        Teach("/a", 100, 5000);
        _history.Observe(1, "/a"u8, Outcome.Success, 3_600_000 * Millisecond, Target, 5000, learns: true);
        Assert.Equal(SignalCell.UsualLatency, Look("/a", 100, 5000).LatencyBin);
    }

    [Fact]
    public void InventedPaths_DoNotDriveOutARouteInUse()
    {
        Teach("/shop/cart", 100, 5000);
        Random random = new(3);
        byte[] path = new byte[20];
        for (int i = 0; i < 100_000; i++)
        {
            for (int at = 1; at < path.Length; at++)
            {
                path[at] = (byte)('a' + random.Next(26));
            }

            path[0] = (byte)'/';
            _history.Observe(1, path, Outcome.Success, 5000 * Millisecond, Target, 0, learns: true);
            if (i % 100 == 0)
            {
                Assert.Equal(7, Look("/shop/cart", 9000, 5000).LatencyBin);
                _history.Observe(1, "/shop/cart"u8, Outcome.Success, 100 * Millisecond, Target, 5000, learns: true);
            }
        }
    }

    [Fact]
    public void InventedPaths_CoolRoutesThatShareTheirSlotsBeforeTheyTakeOne()
    {
        string[] routes = [.. Enumerable.Range(0, 600).Select(i => $"/{(char)('a' + i / 26)}-page/{(char)('a' + i % 26)}-item")];
        foreach (string route in routes)
        {
            Teach(route, 100, 5000);
        }

        string[] known = [.. routes.Where(route => Look(route, 9000, 5000).LatencyBin == 7)];
        Assert.InRange(known.Length, 400, 600); // where three share a pair, one has none
        for (int i = 0; i < 26 * 26 * 26; i++) // 34 for each pair, where each route has been asked for 100 times
        {
            _history.Observe(1, Bytes($"/{(char)('a' + i % 26)}/{(char)('a' + i / 26 % 26)}/{(char)('a' + i / 676)}"), Outcome.Success, 1, Target, 0, learns: true);
        }

        Assert.InRange(known.Count(route => Look(route, 9000, 5000).LatencyBin == 7), 460, 600); // where three share a pair, it was cold; taken at once, a third would be gone
    }

    [Fact]
    public void AnyInput_GivesAKnownCell() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Enum<Outcome>(), Gen.Long, Gen.Long[1, 4_000_000_000_000], Gen.Long[-1, long.MaxValue - 1]).Sample(
            (path, outcome, latency, target, length) =>
            {
                SignalCell cell = _history.Observe(1, path, outcome, latency, target, length, learns: true);
                return cell.IsKnown && cell.Outcome == outcome && cell == SignalCell.From(cell.Code);
            });

    [Fact]
    public void ObserveAndRecord_AllocateNothing()
    {
        CellTally tally = new();
        Teach("/orders/1", 100, 5000);
        Allocations.AssertNone(1000, i => tally.Record(_history.Observe(1, "/orders/1/items"u8, Outcome.Success, i * Millisecond, Target, i, learns: true)));
    }

    private void Teach(string path, double milliseconds, long length)
    {
        for (int i = 0; i < 100; i++)
        {
            _history.Observe(1, Bytes(path), Outcome.Success, (long)(milliseconds * Millisecond), Target, length, learns: true);
        }
    }

    private SignalCell Look(string path, int milliseconds, long length) =>
        _history.Observe(1, Bytes(path), Outcome.Success, milliseconds * Millisecond, Target, length, learns: false);

    private static byte[] Bytes(string path) => System.Text.Encoding.ASCII.GetBytes(path);
}
