// One 64-bit word that every worker writes, kept away from everything else. Written by whoever holds it, with Interlocked only.

using System.Runtime.InteropServices;

namespace OpenClaw.Edge.Split;

/// <summary>
/// A word alone on its cache line. 128 bytes on either side, because x86 prefetches lines of 64 bytes in pairs and
/// an object starts at any multiple of 8.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128 + sizeof(long) + 128)]
internal struct PaddedWord
{
    /// <summary>The sign bit: this word has been handed over to a successor and means nothing any more.</summary>
    public const long Sealed = long.MinValue;

    [FieldOffset(128)] public long Value;
}
