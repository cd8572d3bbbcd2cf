// A growing run of bytes in one rented block: what a reader has received, or what a writer has yet to send. Always
// contiguous, so that heads are parsed in one segment; holds no block while empty.

namespace OpenClaw.Edge.Io;

internal struct ByteBlock
{
    private byte[]? _block;

    public int Start { get; private set; }

    public int End { get; private set; }

    public readonly int Length => End - Start;

    public readonly bool IsEmpty => Start == End;

    public readonly byte[] Array => _block ?? [];

    public readonly int Room => _block is null ? 0 : _block.Length - End;

    public readonly Memory<byte> Free => _block.AsMemory(End);

    public readonly Span<byte> FreeSpan => _block.AsSpan(End);

    public readonly ReadOnlySpan<byte> Filled => _block.AsSpan(Start, End - Start);

    /// <summary>Makes room for at least <paramref name="bytes"/> more, by moving what is there or by a larger block.</summary>
    public void Reserve(SlabPool pool, int bytes)
    {
        if (_block is null)
        {
            _block = pool.Rent(bytes);
        }
        else if (_block.Length - End < bytes)
        {
            Rearrange(pool, bytes);
        }
    }

    public void Append(int bytes) => End += bytes;

    /// <summary>Moves the start to an index of the array; gives the block back when nothing is left.</summary>
    public void ConsumeTo(SlabPool pool, int index)
    {
        Start = index;
        if (Start == End)
        {
            Release(pool);
        }
    }

    public void Release(SlabPool pool)
    {
        if (_block is not null)
        {
            pool.Return(_block);
            _block = null;
        }

        Start = End = 0;
    }

    /// <summary>Lets go of a block that somebody may still be reading: it is left to the collector, never lent again.</summary>
    public void Abandon()
    {
        _block = null;
        Start = End = 0;
    }

    private void Rearrange(SlabPool pool, int bytes)
    {
        int length = Length;
        byte[] old = _block!;
        if (old.Length - length >= bytes && length <= old.Length / 2)
        {
            old.AsSpan(Start, length).CopyTo(old);
        }
        else
        {
            _block = pool.Rent(Math.Max(length + bytes, old.Length));
            old.AsSpan(Start, length).CopyTo(_block);
            pool.Return(old);
        }

        Start = 0;
        End = length;
    }
}
