// What makes each token another: random words from the system's generator, fetched many at a time. Worker's thread only.

using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace OpenClaw.Edge.Feedback;

/// <summary>64 random bits each: among the tokens that one window remembers, two alike come once in 8 x 10^9 windows, and cost one voice.</summary>
internal sealed class NonceSource
{
    private readonly ulong[] _words = new ulong[64]; // one call of the generator costs as much as all of them together
    private int _left;

    public ulong Next()
    {
        if (_left == 0)
        {
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(_words.AsSpan()));
            _left = _words.Length;
        }

        return _words[--_left];
    }
}
