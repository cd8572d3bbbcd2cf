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

    /// <summary>One volatile read.</summary>
    public bool IsTripped => Volatile.Read(ref _cause) != NotTripped;

    /// <summary>Null: it is not tripped.</summary>
    public TripCause? Cause => Volatile.Read(ref _cause) is not NotTripped and var cause ? (TripCause)cause : null;

    /// <summary>From any thread. False: somebody was first.</summary>
    public bool TryTrip(TripCause cause) => Interlocked.CompareExchange(ref _cause, (int)cause, NotTripped) == NotTripped;

    /// <summary>Lets the canary have traffic again. Control thread.</summary>
    public void Open() => Volatile.Write(ref _cause, NotTripped);
}
