// Lines through a ring, over its seam and against its bound.

using CsCheck;
using OpenClaw.Edge.Observe;

namespace OpenClaw.Edge.Tests.Observe;

public sealed class LineRingTests
{
    private static byte[] TakeAll(LineRing ring)
    {
        List<byte> taken = [];
        for (int left = ring.Length; left > 0;)
        {
            ReadOnlySpan<byte> bytes = ring.Peek(left);
            taken.AddRange(bytes);
            left -= bytes.Length;
            ring.Take(bytes.Length);
        }

        return [.. taken];
    }

    [Fact]
    public void LineThatDoesNotFit_IsRefusedWhole()
    {
        LineRing ring = new(8);
        Assert.True(ring.TryAdd("12345\n"u8));
        Assert.False(ring.TryAdd("123"u8));
        Assert.True(ring.TryAdd("1\n"u8));
        Assert.False(ring.TryAdd("\n"u8));
        Assert.Equal("12345\n1\n"u8.ToArray(), TakeAll(ring));
        Assert.False(ring.TryAdd("123456789"u8));
        Assert.Equal(0, ring.Length);
    }

    [Fact]
    public void AnyLinesInAnyRhythm_ComeOutAsTheyWentIn() =>
        Gen.Select(Gen.Byte.Array[0, 12], Gen.Bool).Array[0, 60].Sample(steps =>
        {
            LineRing ring = new(16);
            List<byte> went = [], came = [];
            foreach ((byte[] line, bool take) in steps)
            {
                bool fits = ring.Length + line.Length <= 16;
                Assert.Equal(fits, ring.TryAdd(line));
                went.AddRange(fits ? line : []);
                came.AddRange(take ? TakeAll(ring) : []);
            }

            came.AddRange(TakeAll(ring));
            Assert.Equal(went, came);
        });

    [Fact]
    public void TwoThreads_LoseAndTearNothing()
    {
        LineRing ring = new(64);
        const int lines = 20_000;
        Thread worker = new(() =>
        {
            for (int i = 0; i < lines; i++)
            {
                byte[] line = System.Text.Encoding.ASCII.GetBytes($"{i}\n");
                while (!ring.TryAdd(line))
                {
                    Thread.Yield();
                }
            }
        });
        worker.Start();
        List<byte> came = [];
        while (worker.IsAlive || ring.Length > 0)
        {
            came.AddRange(TakeAll(ring));
        }

        Assert.Equal(string.Concat(Enumerable.Range(0, lines).Select(i => $"{i}\n")), System.Text.Encoding.ASCII.GetString([.. came]));
    }
}
