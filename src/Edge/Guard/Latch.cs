// Whether a canary is out. Workers read it with every request, and may close it; the control thread opens it again.

namespace OpenClaw.Edge.Guard;

/// <summary>Why a guard tripped; the <c>cause</c> label of openclaw_guard_trips_total.</summary>
public enum TripCause : byte
{
    /// <summary>The score was too low for too long, and below the baseline's.</summary>
    Rating,

    /// <summary>The sequential test: more errors than the baseline has.</summary>
    Errors,

    /// <summary>The sequential test: more answers over the latency target than the baseline has.</summary>
    Latency,

    /// <summary>Failed connects or resets, one after the other.</summary>
    Failures,
}

/// <summary>The switch of one canary. Stays closed until it is opened by <see cref="Open"/>; whoever closes it first says why.</summary>
public sealed class Latch
{
    private const int NotTripped = -1;

    private int _cause = NotTripped;
    private bool _hasNews;
    private bool _isNoted;

    /// <summary>One volatile read.</summary>
    public bool IsTripped => Volatile.Read(ref _cause) != NotTripped;

    /// <summary>Null: it is not tripped.</summary>
    public TripCause? Cause => Volatile.Read(ref _cause) is not NotTripped and var cause ? (TripCause)cause : null;

    /// <summary>From any thread. False: somebody was first.</summary>
    public bool TryTrip(TripCause cause)
    {
        bool isFirst = Interlocked.CompareExchange(ref _cause, (int)cause, NotTripped) == NotTripped;
        if (isFirst)
        {
            Volatile.Write(ref _hasNews, true);
        }

        return isFirst;
    }

    /// <summary>From any thread: <see cref="TripCause.Failures"/> would have closed it, did the policy not only observe. The control thread is to say so.</summary>
    public void Note() => Volatile.Write(ref _isNoted, true);

    /// <summary>True once after one or more calls of <see cref="Note"/>. For the guard alone, on the control thread.</summary>
    public bool TakeNote() => Interlocked.Exchange(ref _isNoted, false);

    /// <summary>True once after it has been closed, whoever did it: what is under way is to be recalled. For that caller alone, on the control thread.</summary>
    public bool TakeNews() => Interlocked.Exchange(ref _hasNews, false);

    /// <summary>Lets the canary have traffic again. Control thread.</summary>
    public void Open() => Volatile.Write(ref _cause, NotTripped);
}
