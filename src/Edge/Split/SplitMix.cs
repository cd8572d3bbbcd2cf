// The hash behind every drawn place. Pure.

namespace OpenClaw.Edge.Split;

internal static class SplitMix
{
    /// <summary>SplitMix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit.</summary>
    public static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
