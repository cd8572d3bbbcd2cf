// The tokens that one worker holds ready for one rank. The worker and thieves take from it, the worker and the control thread
// fill it, the control thread seals it. Never locks and never waits: who finds it being filled does without.

using System.Runtime.InteropServices;

namespace OpenClaw.Edge.Split;

/// <summary>A count of leased tokens, alone on its cache line like <see cref="PaddedWord"/>, with the worker's memory of a refusal beside it.</summary>
/// <remarks>
/// Who wants to fill it claims the room first, in the word itself, so that two cannot fill the same room and a shard never holds
/// more than its lease, what is on its way included. A claim keeps nobody from taking.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct Shard
{
    private const long Claimed = 1L << 62;
    private const long Count = Claimed - 1;

    [FieldOffset(128)] private long _word; // the count, with the marks Claimed and PaddedWord.Sealed
    [FieldOffset(136)] private long _nothingBefore;

    public long Tokens => Volatile.Read(ref _word) & Count;

    public bool IsSealed => Volatile.Read(ref _word) < 0;

    /// <summary>Nanoseconds before which a look at the central word is in vain. The worker writes, the control thread sets it back to 0.</summary>
    public long NothingBefore
    {
        readonly get => Volatile.Read(in _nothingBefore);
        set => Volatile.Write(ref _nothingBefore, value);
    }

    /// <summary>Takes so many tokens or none.</summary>
    public bool TryTake(long tokens = 1)
    {
        long word = Volatile.Read(ref _word);
        while ((word & Count) >= tokens)
        {
            long seen = Interlocked.CompareExchange(ref _word, word - tokens, word);
            if (seen == word)
            {
                return true;
            }

            word = seen;
        }

        return false;
    }

    /// <summary>Claims the room that is left of a lease. <see cref="Put"/> must follow, even with nothing.</summary>
    /// <returns>How many tokens may be put; 0: none, and nothing is claimed.</returns>
    public long Claim(long lease)
    {
        long word = Volatile.Read(ref _word);
        while (word >= 0 && word < lease) // a claim or a seal is beyond either end
        {
            long seen = Interlocked.CompareExchange(ref _word, word | Claimed, word);
            if (seen == word)
            {
                return lease - word;
            }

            word = seen;
        }

        return 0;
    }

    /// <summary>Puts tokens into the room that was claimed, and ends the claim.</summary>
    /// <returns>False: the shard was sealed meanwhile, and the tokens are still the caller's.</returns>
    public bool Put(long tokens)
    {
        long word = Volatile.Read(ref _word);
        while (word >= 0)
        {
            long seen = Interlocked.CompareExchange(ref _word, word - Claimed + tokens, word);
            if (seen == word)
            {
                return true;
            }

            word = seen;
        }

        return false;
    }

    /// <summary>Ends the shard's life: it stays empty.</summary>
    /// <returns>The tokens that were in it; 0 the second time.</returns>
    public long Seal() => Interlocked.Exchange(ref _word, PaddedWord.Sealed) & Count;
}
