// The words of all keys of one limit, in bounded memory, shared by all workers: a key's word is looked up, held for the few
// steps of a decision, and let go. Allocates nothing after its start; never reads a clock.

namespace OpenClaw.Edge.Limit;

/// <summary>
/// Sets of seven keys, each with a lock of its own that is held for some ten nanoseconds. A key whose burst is whole again is
/// as good as one never seen, and gives way to a new one. When a whole set is busy, the keys that find no place share one word.
/// </summary>
/// <remarks>
/// That word, the last of its set, stands for every key that has no place: it is at least as late as the word of any key that
/// had to go, and a key that gets a place begins with it. So no key is ever let through more than its limit says, whatever it lost
/// or shared, and in whatever order the workers' clocks come.
/// </remarks>
internal sealed class KeyTable
{
    /// <summary>2^14 sets: 114,688 keys in 2 MB, of which the kernel gives what is touched.</summary>
    private const int UsualSetBits = 14;

    // One set: its lock and the keys in one cache line's worth, the words and the shared one in the next.
    private const int Cells = 16;
    private const int Keys = 7;
    private const int Shared = Cells - 1;

    private readonly long[] _cells;
    private readonly int _setBits;
    private readonly SipHash _hash;

    public KeyTable() : this(UsualSetBits, SipHash.WithNewSecret()) { }

    internal KeyTable(int setBits, SipHash hash)
    {
        _cells = new long[Cells << setBits];
        _setBits = setBits;
        _hash = hash;
    }

    public ulong Hash(ReadOnlySpan<byte> key) => _hash.Hash(key);

    /// <summary>Finds the word of a key and keeps others from its set until <see cref="Leave"/>. Who enters several tables does it in one order everywhere.</summary>
    /// <param name="key">What <see cref="Hash"/> gave.</param>
    /// <param name="moment">Now: a word that is not later is as good as none.</param>
    /// <returns>The cell of the word.</returns>
    public int Enter(ulong key, long moment)
    {
        int set = (int)(key >> 1 >> (63 - _setBits)) * Cells;
        SpinWait wait = default;
        while (Interlocked.CompareExchange(ref _cells[set], 1, 0) != 0)
        {
            wait.SpinOnce(sleep1Threshold: -1); // never for a whole millisecond: whoever is inside is about to leave
        }

        Span<long> cells = _cells.AsSpan(set, Cells);
        for (int i = 1; i <= Keys; i++)
        {
            if (cells[i] == (long)key)
            {
                return set + i + Keys;
            }
        }

        for (int i = 1; i <= Keys; i++)
        {
            ref long word = ref cells[i + Keys];
            if (word <= moment)
            {
                cells[Shared] = Math.Max(cells[Shared], word);
                cells[i] = (long)key;
                word = cells[Shared];
                return set + i + Keys;
            }
        }

        return set + Shared;
    }

    /// <summary>The word in a cell that <see cref="Enter"/> gave. Until <see cref="Leave"/>.</summary>
    public ref long Word(int cell) => ref _cells[cell];

    /// <summary>Whether a cell belongs to all keys of its set that have no place.</summary>
    public static bool IsShared(int cell) => cell % Cells == Shared;

    public void Leave(int cell) => Volatile.Write(ref _cells[cell - (cell % Cells)], 0);
}
