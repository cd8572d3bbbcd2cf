// Makes X-Request-Id values: 128 bits of xoshiro256** (Blackman and Vigna 2018), seeded per worker from the system's
// generator. Unique, not secret. Worker's thread only.

using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace OpenClaw.Edge;

internal sealed class RequestIdSource
{
    private ulong _a, _b, _c, _d;

    public RequestIdSource()
    {
        Span<ulong> seed = stackalloc ulong[4];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(seed));
        (_a, _b, _c, _d) = (seed[0] | 1, seed[1], seed[2], seed[3]); // not all zero
    }

    /// <summary>Writes 32 lower-case hexadecimal digits.</summary>
    public void Next(Span<byte> text)
    {
        Span<ulong> id = [NextWord(), NextWord()];
        Convert.TryToHexStringLower(MemoryMarshal.AsBytes(id), text, out _);
    }

    private ulong NextWord()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }
}
