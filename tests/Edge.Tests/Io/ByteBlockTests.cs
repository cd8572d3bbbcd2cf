// A block against a plain list, over any sequence of appends and consumes; nothing stays rented when it is empty.

using CsCheck;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Tests.Io;

public sealed class ByteBlockTests
{
    [Fact]
    public void AnySequence_KeepsTheBytesAndGivesTheBlockBack() =>
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
                Assert.Equal(model.Count == 0, pool.RentedBytes == 0);
            }
        }, iter: 200);

    [Fact]
    public void Abandoned_IsNeverLentAgain()
    {
        SlabPool pool = new();
        ByteBlock block = default;
        block.Reserve(pool, 1);
        byte[] array = block.Array;
        block.Append(1);
        block.Abandon(pool);
        Assert.Equal(0, pool.RentedBytes);
        Assert.NotSame(array, pool.Rent(1));
    }
}
