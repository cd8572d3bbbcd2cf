// How long each route of the service usually takes and how much it usually says: what one worker has seen, in a table that never grows.
// That worker's thread only. Never allocates after construction.

using System.Runtime.InteropServices;

namespace OpenClaw.Edge.Rating;

/// <summary>
/// Sorts responses into <see cref="SignalCell"/>s by the history of their route: method and the first segments of the path, those with a digit in them taken for
/// one. Shared by all versions and taught by stable alone, so that a slow canary cannot teach that slow is usual.
/// </summary>
/// <param name="key">Secret of the process: which routes share a slot is nothing that a client can choose.</param>
public sealed class RouteHistory(ulong key)
{
    /// <summary>Slots of 16 bytes; a service has tens of routes, seldom hundreds.</summary>
    public const int Slots = 1024;

    private const int SegmentsMax = 4;
    private const int BytesMax = 64; // of the path, so that a long one costs no more
    private const int Informed = 8; // answers before a history is believed
    private const int Memory = 64; // answers that the averages reach back
    private const int HeatMax = 255;
    private const float StepMax = 2; // one answer counts as four times the usual at most, or a quarter

    private readonly Slot[] _slots = new Slot[Slots];

    /// <summary>The cell of a response. Classes by the target as in <see cref="VersionTally"/>.</summary>
    /// <param name="route">From <see cref="RouteOf"/>.</param>
    /// <param name="contentLength">-1: not announced, or no content by the rules of HTTP (HEAD, 204, 304).</param>
    /// <param name="learns">An answer of stable that was the client's to see; only its successes are learned from.</param>
    public SignalCell Observe(ulong route, Outcome outcome, long latencyNanoseconds, long targetNanoseconds, long contentLength, bool learns)
    {
        // What nobody feels does not count: below 1/64 of the target (8 ms of 500) every latency is alike.
        float latency = Log2(Math.Max(0, latencyNanoseconds) + targetNanoseconds / 64);
        bool teaches = learns && outcome == Outcome.Success;
        ref Slot slot = ref Find(route, teaches);
        ApdexClass apdex = latencyNanoseconds <= targetNanoseconds ? ApdexClass.Satisfied
            : latencyNanoseconds <= 4 * targetNanoseconds ? ApdexClass.Tolerated : ApdexClass.Slow;
        if (slot.Tag != Tag(route))
        {
            return new SignalCell(outcome, apdex, SignalCell.UsualLatency, SizeBin.Unknown);
        }

        int bin = slot.Latencies < Informed ? SignalCell.UsualLatency : LatencyBinOf(latency - slot.Latency);
        SizeBin size = slot.Sizes < Informed || contentLength < 0 ? SizeBin.Unknown : SizeBinOf(contentLength, slot.Size);
        if (teaches)
        {
            slot.Latency = Approach(slot.Latency, latency, ref slot.Latencies);
            if (contentLength >= 0)
            {
                slot.Size = Approach(slot.Size, Log2(contentLength + 1), ref slot.Sizes);
            }
        }

        return new SignalCell(outcome, apdex, bin, size);
    }

    /// <summary>
    /// The slot of the route, or another's if it has none. Two slots may hold it. A newcomer that finds both taken cools the colder one and has it when that is
    /// cold: so a route stays as long as it is asked for more often than newcomers hit its pair, and inventing paths takes 512 times its rate to drive it out.
    /// </summary>
    private ref Slot Find(ulong route, bool claims)
    {
        int pair = (int)(route % (Slots / 2)) * 2;
        uint tag = Tag(route);
        ref Slot first = ref _slots[pair];
        ref Slot second = ref _slots[pair + 1];
        ref Slot found = ref first.Tag == tag ? ref first : ref second.Tag == tag ? ref second : ref first.Heat <= second.Heat ? ref first : ref second;
        if (!claims)
        {
            return ref found;
        }

        if (found.Tag == tag)
        {
            found.Heat += found.Heat < HeatMax ? (byte)1 : (byte)0;
        }
        else if (found.Heat > 0)
        {
            found.Heat--;
        }
        else
        {
            found = new Slot { Tag = tag, Heat = 1 };
        }

        return ref found;
    }

    /// <summary>Never 0, which marks a free slot.</summary>
    private static uint Tag(ulong route) => (uint)(route >> 32) | 1;

    /// <summary>A mean at first, then a moving one; steps are cut, so that one answer that hung does not move it far.</summary>
    private static float Approach(float average, float value, ref byte count)
    {
        if (count == 0)
        {
            count = 1;
            return value;
        }

        count += count < Memory ? (byte)1 : (byte)0;
        return average + Math.Clamp(value - average, -StepMax, StepMax) / count;
    }

    /// <param name="octaves">Logarithm to base 2 of latency over the usual one.</param>
    private static int LatencyBinOf(float octaves) => octaves switch
    {
        < -1 => 0,
        < 0.5f => SignalCell.UsualLatency,
        < 1 => 2,
        < 1.5f => 3,
        < 2 => 4,
        < 3 => 5,
        < 4 => 6,
        _ => 7,
    };

    private static SizeBin SizeBinOf(long length, float usual)
    {
        float octaves = Log2(length + 1) - usual;
        return length == 0 ? (usual > 4 ? SizeBin.Empty : SizeBin.Usual) // 2^4: routes that say less than 16 bytes may say nothing
            : octaves < -2 ? SizeBin.Smaller : octaves > 2 ? SizeBin.Larger : SizeBin.Usual;
    }

    /// <summary>From the bits of a float: exponent and, in place of the fraction's logarithm, the fraction; at most 0.09 too small.</summary>
    private static float Log2(long value) => (BitConverter.SingleToInt32Bits(value) - 0x3F80_0000) * (1f / (1 << 23));

    /// <summary>The route of a request, to be kept until its answer comes.</summary>
    /// <param name="method">Any number that tells methods apart.</param>
    /// <param name="target">Path and query; the query is not looked at.</param>
    public ulong RouteOf(int method, ReadOnlySpan<byte> target)
    {
        target = target[..Math.Min(target.Length, BytesMax)];
        target = target.StartsWith((byte)'/') ? target[1..] : target;
        ulong hash = Mix(key, (uint)method);
        for (int segments = 0; segments < SegmentsMax; segments++)
        {
            int end = target.IndexOfAny((byte)'/', (byte)'?');
            ReadOnlySpan<byte> segment = end < 0 ? target : target[..end];
            hash = segment.ContainsAnyInRange((byte)'0', (byte)'9') ? Mix(hash, '#') : Add(hash, segment);
            if (end < 0 || target[end] == '?')
            {
                break;
            }

            target = target[(end + 1)..];
        }

        return hash;
    }

    private static ulong Add(ulong hash, ReadOnlySpan<byte> segment)
    {
        ulong length = (ulong)segment.Length;
        for (; segment.Length >= sizeof(ulong); segment = segment[sizeof(ulong)..])
        {
            hash = Mix(hash, MemoryMarshal.Read<ulong>(segment));
        }

        ulong rest = 0;
        foreach (byte b in segment)
        {
            rest = (rest << 8) | b;
        }

        return Mix(hash, rest ^ (length << 56)); // seven bytes are left at most
    }

    /// <summary>One step of a multiplicative hash with the golden ratio; both halves of the product take part, as slots come from the low bits and tags from the high ones.</summary>
    private static ulong Mix(ulong hash, ulong word)
    {
        ulong product = Math.BigMul(hash ^ word, 0x9E37_79B9_7F4A_7C15, out ulong low);
        return product ^ low;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Slot
    {
        public uint Tag;
        public float Latency; // logarithms to base 2 of nanoseconds and of bytes
        public float Size;
        public byte Latencies; // how many the averages are of, up to Memory
        public byte Sizes;
        public byte Heat;
    }
}
