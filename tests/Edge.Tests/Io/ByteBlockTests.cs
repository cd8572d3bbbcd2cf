// A block against a plain list, over any sequence of appends and consumes; and where blocks go that it has no more use for.

using CsCheck;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Tests.Io;

public sealed class ByteBlockTests
{
    [Fact]
    public void AnySequence_KeepsTheBytesAndHoldsNoBlockWhenEmpty() =>
        Gen.Select(Gen.Int[1, 9_000], Gen.Int[0, 12_000]).Array[1, 40].Sample(steps =>
        {
            SlabPool pool = new();
            ByteBlock block = default;
            List<byte> model = [];
            byte next = 0;
            foreach ((int append, int consume) in steps)
            {
                block.Reserve(pool, append);
                Span<byte> free = block.FreeSpan;
                Assert.True(free.Length >= append);
                for (int i = 0; i < append; i++)
                {
                    free[i] = next;
                    model.Add(next++);
                }

                block.Append(append);
                int take = Math.Min(consume, model.Count);
                block.ConsumeTo(pool, block.Start + take);
                model.RemoveRange(0, take);
                Assert.True(block.Filled.SequenceEqual(model.ToArray()));
                Assert.Equal(model.Count == 0, block.Array.Length == 0);
            }
        }, iter: 200);

    [Fact]
    public void EmptiedOrOutgrown_IsLentAgain()
    {
        SlabPool pool = new();
        ByteBlock block = default;
        block.Reserve(pool, 1);
        byte[] small = block.Array;
        block.Append(1);
        block.Reserve(pool, SlabPool.SmallBytes);
        byte[] large = block.Array;
        Assert.Same(small, pool.Rent(1));
        block.ConsumeTo(pool, block.End);
        Assert.Same(large, pool.Rent(large.Length));
    }

    [Fact]
    public void Abandoned_IsNeverLentAgain()
    {
        SlabPool pool = new();
        ByteBlock block = default;
        block.Reserve(pool, 1);
        byte[] array = block.Array;
        block.Append(1);
        block.Abandon();
        Assert.NotSame(array, pool.Rent(1));
    }
}
