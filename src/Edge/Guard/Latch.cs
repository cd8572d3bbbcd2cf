// Whether a canary is out. Workers read it with every request, and may close it; the control thread opens it again.

using OpenClaw.Edge.Split;

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

    /// <summary>Somebody said so.</summary>
    Operator,

    /// <summary>What was out before a restart could not be read, so everything counts as out.</summary>
    State,
}

/// <summary>The switch of one canary. Stays closed until it is opened by <see cref="Open"/>; whoever closes it first says why.</summary>
public sealed class Latch
{
    private const int NotTripped = -1;

    private int _cause = NotTripped;
    private bool _hasNews;
    private bool _isNoted;
    private volatile ShareSchedule? _kept; // the control thread writes; null: nothing passes

    /// <summary>One volatile read.</summary>
    public bool IsTripped => Volatile.Read(ref _cause) != NotTripped;

    /// <summary>Null: it is not tripped.</summary>
    public TripCause? Cause => Volatile.Read(ref _cause) is not NotTripped and var cause ? (TripCause)cause : null;

    /// <summary>The share of requests that still pass although it is tripped.</summary>
    public double Kept => _kept?.Weight ?? 0;

    /// <summary>Whether this request must stay away; where a share of them still passes, it counts as one. One volatile read while it is not tripped.</summary>
    public bool Bars() => IsTripped && _kept?.Take() != true;

    /// <summary>From any thread. False: somebody was first.</summary>
    public bool TryTrip(TripCause cause)
    {
        bool isFirst = TrySet(cause);
        if (isFirst)
        {
            Volatile.Write(ref _hasNews, true);
        }

        return isFirst;
    }

    /// <summary>The same, but lets a share of the requests pass for now. Control thread.</summary>
    public bool TryTrip(TripCause cause, double kept)
    {
        if (kept <= 0 || IsTripped)
        {
            return TryTrip(cause);
        }

        _kept = ShareSchedule.After(null, kept);
        if (TrySet(cause))
        {
            return true;
        }

        _kept = null;
        return false;
    }

    /// <summary>Changes the share of requests that still pass. Control thread.</summary>
    public void Keep(double share)
    {
        ShareSchedule? kept = _kept;
        if (kept is null)
        {
            return;
        }

        _kept = share > 0 ? ShareSchedule.After(kept, share) : null;
        if (share <= 0)
        {
            Volatile.Write(ref _hasNews, true);
        }
    }

    /// <summary>From any thread: <see cref="TripCause.Failures"/> would have closed it, did the policy not only observe. The control thread is to say so.</summary>
    public void Note() => Volatile.Write(ref _isNoted, true);

    /// <summary>True once after one or more calls of <see cref="Note"/>. For the guard alone, on the control thread.</summary>
    public bool TakeNote() => Interlocked.Exchange(ref _isNoted, false);

    /// <summary>True once when nothing passes any more, whoever did it: what is under way is to be recalled. For that caller alone, on the control thread.</summary>
    public bool TakeNews() => Interlocked.Exchange(ref _hasNews, false);

    /// <summary>Lets the canary have traffic again. Control thread.</summary>
    public void Open()
    {
        _kept = null;
        Volatile.Write(ref _hasNews, false);
        Volatile.Write(ref _isNoted, false);
        Volatile.Write(ref _cause, NotTripped); // last: from here on a worker may close it again, with news
    }

    private bool TrySet(TripCause cause) => Interlocked.CompareExchange(ref _cause, (int)cause, NotTripped) == NotTripped;
}
