// Whether a canary is out. Workers read it with every request, and may close it; the control thread opens it again.

using OpenClaw.Edge.Policy;
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

    /// <summary>What was tripped before a restart could not be read, so everything counts as tripped.</summary>
    State,
}

/// <summary>The switch of one canary. Stays closed until it is opened by <see cref="Open"/>; whoever closes it first says why.</summary>
public sealed class Latch
{
    private const int None = -1;

    private int _cause = None;
    private int _noted = None;
    private volatile GuardMode _mode = GuardMode.Enforce; // the control thread writes, like the next
    private volatile ShareSchedule? _kept; // null: all are kept away

    /// <summary>One volatile read.</summary>
    public bool IsTripped => Volatile.Read(ref _cause) != None;

    /// <summary>Null: it is not tripped.</summary>
    public TripCause? Cause => ToCause(Volatile.Read(ref _cause));

    /// <summary>What <see cref="TryTrip"/> was told while the guard only looked on; null: nothing.</summary>
    public TripCause? Noted => ToCause(Volatile.Read(ref _noted));

    /// <summary>The share of requests that still pass although it is tripped; 0: none, and what is under way may be called back.</summary>
    public double Kept => _kept?.Weight ?? 0;

    /// <summary>What <see cref="TryTrip"/> does: close, note, nothing. Control thread.</summary>
    public GuardMode Mode
    {
        get => _mode;
        set => _mode = value;
    }

    /// <summary>Whether this request must stay away. Counts it where a share of them is still kept; one volatile read while it is not tripped.</summary>
    public bool Bars() => IsTripped && _kept?.Take() != true;

    /// <summary>Closes it where the guard enforces, from any thread. False: somebody was first, or the guard does not enforce.</summary>
    public bool TryTrip(TripCause cause)
    {
        if (_mode == GuardMode.Enforce)
        {
            return TrySet(ref _cause, cause);
        }

        if (_mode == GuardMode.Observe && Volatile.Read(ref _noted) == None)
        {
            TrySet(ref _noted, cause);
        }

        return false;
    }

    /// <summary>Closes it in every mode, and lets a share of the requests pass for now. Control thread. False: somebody was first.</summary>
    internal bool TryClose(TripCause cause, double kept)
    {
        if (IsTripped)
        {
            return false;
        }

        Keep(kept);
        if (TrySet(ref _cause, cause))
        {
            return true;
        }

        Keep(0);
        return false;
    }

    /// <summary>Changes the share that still passes. Control thread.</summary>
    internal void Keep(double share) => _kept = share > 0 ? ShareSchedule.After(_kept, share) : null;

    /// <summary>Lets the canary have traffic again, and forgets what was noted. Control thread.</summary>
    public void Open()
    {
        Volatile.Write(ref _cause, None);
        Volatile.Write(ref _noted, None);
        _kept = null;
    }

    private static TripCause? ToCause(int value) => value == None ? null : (TripCause)value;

    private static bool TrySet(ref int word, TripCause cause) => Interlocked.CompareExchange(ref word, (int)cause, None) == None;
}
