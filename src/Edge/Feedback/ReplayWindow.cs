// Which tokens were used, so that none counts twice. One object per process, in bounded memory; any thread, behind a lock,
// since voices are rare. Never reads a clock. Allocates nothing but when a clock was set back.

namespace OpenClaw.Edge.Feedback;

internal enum TokenUse : byte
{
    First,
    Again,

    /// <summary>It is older than what is remembered.</summary>
    Unknown,
}

/// <summary>
/// Remembers the nonces of the tokens used, those issued last. When it is full, the oldest are forgotten and every token as old as
/// they are is refused from then on. So no token is ever taken twice, whatever clocks do: what is remembered is refused because it is
/// remembered, and what is forgotten because of its own signed time. (A token expires by the clock, and that is not asked here.)
/// </summary>
/// <remarks>
/// A clock that ran ahead and was set back leaves tokens in here whose time is yet to come. They would be the last to be forgotten,
/// and with nothing else in memory every new token would be refused at once. So they are forgotten first, and their
/// times are refused when they come: for as long as the clock had been wrong, not for as far as it had been.
/// </remarks>
internal sealed class ReplayWindow(int capacity = ReplayWindow.UsualCapacity)
{
    /// <summary>Edges that share a key need not agree on the time to the second.</summary>
    public const int SkewMax = 60;

    private const int UsualCapacity = 65_536; // 2.5 MB

    private readonly Lock _lock = new();
    private readonly HashSet<ulong> _nonces = new(capacity);
    private readonly PriorityQueue<ulong, long> _byTime = new(capacity);
    private long _floor;
    private long _latest;
    private (long From, long To) _refused = (long.MaxValue, long.MinValue);

    public int Capacity => capacity;

    /// <summary>Tokens remembered.</summary>
    public int Held
    {
        get
        {
            lock (_lock)
            {
                return _nonces.Count;
            }
        }
    }

    /// <summary>Tokens issued before it are refused, in seconds since 1970; 0: nothing had to be forgotten yet.</summary>
    public long Floor => Volatile.Read(ref _floor);

    /// <summary>Uses a token. Only the first use of a nonce is ever <see cref="TokenUse.First"/>.</summary>
    /// <param name="issuedAt">Seconds since 1970, as signed.</param>
    /// <param name="now">Seconds since 1970; only says which tokens cannot have been issued yet.</param>
    public TokenUse Use(ulong nonce, long issuedAt, long now)
    {
        lock (_lock)
        {
            if (IsForgotten(issuedAt))
            {
                return TokenUse.Unknown;
            }

            if (_nonces.Contains(nonce))
            {
                return TokenUse.Again;
            }

            if (_nonces.Count == capacity)
            {
                MakeRoom(now + SkewMax);
                if (IsForgotten(issuedAt))
                {
                    return TokenUse.Unknown;
                }
            }

            _nonces.Add(nonce);
            _byTime.Enqueue(nonce, issuedAt);
            _latest = Math.Max(_latest, issuedAt);
            return TokenUse.First;
        }
    }

    private bool IsForgotten(long issuedAt) => issuedAt < _floor || (issuedAt >= _refused.From && issuedAt <= _refused.To);

    private void MakeRoom(long latestPossible)
    {
        if (_latest > latestPossible)
        {
            ForgetBeyond(latestPossible);
        }

        if (_nonces.Count == capacity && _byTime.TryPeek(out _, out long oldest))
        {
            Volatile.Write(ref _floor, oldest + 1);
            while (_byTime.TryPeek(out ulong nonce, out long issuedAt) && issuedAt <= oldest)
            {
                _byTime.Dequeue();
                _nonces.Remove(nonce);
            }
        }
    }

    private void ForgetBeyond(long latestPossible)
    {
        (ulong Nonce, long IssuedAt)[] all = [.. _byTime.UnorderedItems];
        _byTime.Clear();
        _latest = 0;
        foreach ((ulong nonce, long issuedAt) in all)
        {
            if (issuedAt > latestPossible)
            {
                _nonces.Remove(nonce);
                _refused = (Math.Min(_refused.From, issuedAt), Math.Max(_refused.To, issuedAt));
            }
            else
            {
                _byTime.Enqueue(nonce, issuedAt);
                _latest = Math.Max(_latest, issuedAt);
            }
        }
    }
}
