// A worker's byte buffers, in a few size classes, last returned first rented (so that the hot one is still in cache).
// Pinned arrays: the kernel writes into them without a pin a call. Used by the worker's thread only; never cleared.

namespace OpenClaw.Edge.Io;

internal sealed class SlabPool
{
    /// <summary>Room for nearly every head; a TLS record with its overhead (16 KiB + 325 octets, RFC 8446 5.2) fits the second class.</summary>
    public const int SmallBytes = 4 * 1024, RecordBytes = 20 * 1024, LargeBytes = 64 * 1024, HugeBytes = 256 * 1024;

    /// <summary>Free bytes kept per class; what comes back above that goes to the collector.</summary>
    private const int KeptBytesPerClass = 4 * 1024 * 1024;

    private readonly FreeList[] _classes = [new(SmallBytes), new(RecordBytes), new(LargeBytes), new(HugeBytes)];

    /// <summary>A buffer of at least <paramref name="bytes"/>; above the largest class one of just that size, which is not kept.</summary>
    public byte[] Rent(int bytes)
    {
        foreach (FreeList list in _classes)
        {
            if (bytes <= list.BlockBytes)
            {
                return list.Count > 0 ? list.Blocks[--list.Count]! : Allocate(list.BlockBytes);
            }
        }

        return Allocate(bytes);
    }

    /// <summary>A block that is not returned is lost to the pool and left to the collector.</summary>
    public void Return(byte[] block)
    {
        foreach (FreeList list in _classes)
        {
            if (block.Length == list.BlockBytes)
            {
                if (list.Count < list.Blocks.Length)
                {
                    list.Blocks[list.Count++] = block;
                }

                return;
            }
        }
    }

    private static byte[] Allocate(int bytes) => GC.AllocateUninitializedArray<byte>(bytes, pinned: true);

    private sealed class FreeList(int blockBytes)
    {
        public readonly int BlockBytes = blockBytes;
        public readonly byte[]?[] Blocks = new byte[KeptBytesPerClass / blockBytes][];
        public int Count;
    }
}
