// Watches every canary of the rollout and takes out those that are bad. Control thread only, but for the latches it hands out and for
// what it says of itself. Never reads a clock.

using System.Globalization;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Guard;

/// <summary>
/// One guard for all canaries of one edge. To be given every snapshot after the ratings got it, and ticked after them; what it finds it
/// does (closes a latch, holds a score) and tells.
/// </summary>
/// <param name="ratings">Of all versions.</param>
/// <param name="tell">Called with everything that happens, on the thread that made it happen; null: nobody listens.</param>
/// <param name="excess">The share of a canary's flow that stable has no room for, 0..1 (<see cref="Ramp.Excess"/>); null: it takes everything.</param>
public sealed class RolloutGuard(RatingEngine ratings, Action<GuardEvent>? tell = null, Func<string, double>? excess = null)
{
    private readonly Dictionary<string, Latch> _latches = [];
    private readonly long[] _trips = new long[Enum.GetValues<TripCause>().Length];
    private readonly long[] _wouldTrips = new long[Enum.GetValues<TripCause>().Length];
    private List<CanaryWatch> _watches = []; // in the order of the policy; then those that are out and that no policy names
    private RolloutPolicy _policy = RolloutPolicy.AllToStable;
    private VersionRating? _stable; // null: there was no snapshot yet
    private string? _stableRelease; // null: nobody has said
    private long _batches; // of canaries that came together, in this rollout
    private bool _isDistrustful;
    private DateTimeOffset _idleSince;
    private volatile GuardStatus _status = new(GuardMode.Off, GuardState.Off, null, default, []);

    /// <summary>How everything stands, as of the last call of any method; any thread.</summary>
    public GuardStatus Status => _status;

    /// <summary>Times that a canary was taken out; any thread.</summary>
    public long Trips(TripCause cause) => Volatile.Read(ref _trips[(int)cause]);

    /// <summary>Times that one would have been; any thread.</summary>
    public long WouldTrips(TripCause cause) => Volatile.Read(ref _wouldTrips[(int)cause]);

    /// <summary>The latch of a version; the same object for as long as the process runs.</summary>
    public Latch LatchOf(string version)
    {
        if (!_latches.TryGetValue(version, out Latch? latch))
        {
            latch = new Latch();
            _latches.Add(version, latch);
        }

        return latch;
    }

    /// <summary>What has to outlast the process.</summary>
    public Journal Journal => new([.. _watches.Where(watch => watch.Trip is not null).Select(watch => (watch.Version, watch.Trip!))], _isDistrustful);

    /// <summary>Takes out what was out before the process started. Before the first snapshot.</summary>
    public void Restore(Journal journal)
    {
        _isDistrustful = journal.IsDistrusted;
        foreach ((string version, Trip trip) in journal.Latched)
        {
            Latch latch = LatchOf(version);
            latch.TryTrip(trip.Cause);
            CanaryWatch watch = new(version, latch, trip.Since) { Trip = trip };
            watch.Learn(trip.Release);
            _watches.Add(watch);
        }
    }

    /// <summary>
    /// Takes over a snapshot. A canary that stays keeps its tests and its latch. One that the policy does not name any more, while it names others, or
    /// that is the stable version now, is forgotten: its latch opens. A policy without canaries forgets nobody that is out. A canary that is another release
    /// now is forgotten likewise and comes back as a new one; where stable is another, every canary's tests begin anew, and who is out stays out.
    /// </summary>
    /// <param name="utc">The time of the day, for those who read of it.</param>
    public void Apply(Snapshot snapshot, DateTimeOffset utc)
    {
        if (_stable is null || _policy.Canaries.Count > 0)
        {
            _idleSince = utc;
        }

        _policy = snapshot.Rollout;
        IReadOnlyList<CanarySettings> canaries = _policy.Canaries;
        foreach (CanaryWatch gone in _watches.FindAll(watch => watch.Version == snapshot.Edge.Stable || !(canaries.Count == 0 ? watch.IsOut : IsNamed(watch.Version))))
        {
            Drop(gone, utc);
        }

        foreach (CanaryWatch old in _watches.FindAll(watch => !watch.IsOf(snapshot.ReleaseOf(watch.Version))))
        {
            Replace(old, utc);
        }

        BeginNew(utc, isPromoted: TakeStable(snapshot));
        _watches.ForEach(watch => watch.Learn(snapshot.ReleaseOf(watch.Version)));
        foreach (CanaryWatch watch in _watches)
        {
            watch.Follow(snapshot.Edge.Versions.Any(version => version.Name == watch.Version) ? ratings[watch.Version] : null, _stable!);
        }

        if (canaries.Count > 0)
        {
            _watches = [.. canaries.Select(canary => Find(canary.Version)!)];
        }

        Publish(utc);
    }

    /// <summary>Looks at what the ratings' last tick saw, and at what workers did to the latches.</summary>
    /// <param name="now">Nanoseconds on a monotonic clock.</param>
    /// <param name="utc">The time of the day, for those who read of it.</param>
    public void Tick(long now, DateTimeOffset utc)
    {
        if (_stable is null)
        {
            return;
        }

        foreach (CanaryWatch watch in _watches)
        {
            if (watch.Trip is not null)
            {
                watch.Latch.Keep(watch.Ramp.At(now));
            }
            else if (watch.Latch.Cause is { } cause)
            {
                TakeOut(watch, cause, ReasonOf(cause), now, utc);
            }
            else
            {
                Look(watch, now, utc);
            }
        }

        Publish(utc);
    }

    /// <summary>Lets a canary that is out have traffic again: its tests and its rating begin anew. False: it was not out, and nothing stood against it.</summary>
    public bool Reset(string version, DateTimeOffset utc)
    {
        if (_stable is null || Find(version) is not { } watch || (watch.Finding is null && !watch.IsOut))
        {
            return false;
        }

        CanaryStatus before = watch.Describe(_policy, utc);
        Release(watch);
        watch.Rating?.Restart();
        watch.Begin(_stable);
        if (!IsNamed(version))
        {
            _watches.Remove(watch); // a policy without canaries kept it for its trip alone
        }

        tell?.Invoke(new GuardEvent(GuardEventKind.Reset, before));
        Publish(utc);
        return true;
    }

    /// <summary>Takes a canary out because an operator says so, in every mode, and at once. False: it is out already (and gets nothing any more, if it still got some).</summary>
    public bool Abort(string version, long now, DateTimeOffset utc)
    {
        if (Find(version) is not { } watch)
        {
            return false;
        }

        bool isNew = watch.Trip is null;
        if (isNew)
        {
            TakeOut(watch, TripCause.Operator, ReasonOf(TripCause.Operator), now, utc);
        }

        watch.Ramp = default;
        watch.Latch.Keep(0);
        Publish(utc);
        return isNew;
    }

    private CanaryWatch? Find(string version) => _watches.Find(watch => watch.Version == version);

    private bool IsNamed(string version) => _policy.Canaries.Any(canary => canary.Version == version);

    /// <summary>
    /// All canaries of a rollout together may be thrown out wrongly with a chance of alpha. Who comes later must not raise that: those who come first share the first
    /// part of the series that epochs are paid from, the next the second part. A rollout ends when none of its canaries is left, or when they have another
    /// stable version to be compared with. Another release is another canary: where it was the only one, the promise is made to it anew, and among others
    /// it comes later than they do.
    /// </summary>
    private void BeginNew(DateTimeOffset utc, bool isPromoted)
    {
        string[] names = [.. _policy.Canaries.Select(canary => canary.Version).Where(version => isPromoted || Find(version) is not { HasBegun: true })];
        if (names.Length == 0)
        {
            return;
        }

        _batches = !isPromoted && _watches.Any(watch => watch.HasBegun) ? _batches + 1 : 1;
        double alpha = Spending.Of(_policy.Guard.Alpha, _batches) / names.Length;
        foreach (string name in names)
        {
            if (Find(name) is not { } watch)
            {
                watch = new CanaryWatch(name, LatchOf(name), utc);
                watch.Latch.Open(); // what was under way when the version was a canary before may have closed it since
                _watches.Add(watch);
            }

            watch.Begin(alpha, _stable!);
            if (_isDistrustful && !watch.IsOut)
            {
                TakeOut(watch, TripCause.State, ReasonOf(TripCause.State), now: 0, utc);
            }
        }

        _isDistrustful = false;
    }

    private void Look(CanaryWatch watch, long now, DateTimeOffset utc)
    {
        GuardMode mode = _policy.Guard.Mode;
        if (mode == GuardMode.Off)
        {
            watch.PassOver(_stable!);
            return;
        }

        (TripCause Cause, string Reason)? found = watch.Look(_stable!, _policy, now);
        if (watch.Latch.TakeNote() && watch.Finding is null && mode == GuardMode.Observe)
        {
            found ??= (TripCause.Failures, ReasonOf(TripCause.Failures));
        }

        if (found is { } finding)
        {
            watch.Finding = new Trip(finding.Cause, utc, finding.Reason, watch.Rating?.Current ?? Score.Unknown);
            if (mode == GuardMode.Observe)
            {
                _wouldTrips[(int)finding.Cause]++;
                tell?.Invoke(new GuardEvent(GuardEventKind.WouldTrip, watch.Describe(_policy, utc)));
            }
        }

        if (watch.Finding is { } reason && mode == GuardMode.Enforce)
        {
            TakeOut(watch, reason.Cause, reason.Reason, now, utc);
        }
    }

    /// <summary>Closes the latch, unless a worker did, and keeps everything as it is.</summary>
    private void TakeOut(CanaryWatch watch, TripCause cause, string reason, long now, DateTimeOffset utc)
    {
        long over = (long)_policy.Guard.RampOver.TotalNanoseconds;
        bool mayRamp = over > 0 && cause is TripCause.Rating or TripCause.Errors or TripCause.Latency && !watch.Latch.IsTripped;
        Ramp ramp = mayRamp ? new Ramp(Math.Clamp(excess?.Invoke(watch.Version) ?? 0, 0, 1), now, over) : default;
        watch.Ramp = watch.Latch.TryTrip(cause, ramp.Share) ? ramp : default;
        watch.Trip = new Trip(cause, utc, reason, watch.Rating?.Current ?? Score.Unknown) { Release = watch.Release };
        watch.Rating?.HoldAt(watch.Trip.Score);

        _trips[(int)cause]++;
        tell?.Invoke(new GuardEvent(GuardEventKind.Tripped, watch.Describe(_policy, utc)));
    }

    /// <summary>Forgets a version that is no canary any more.</summary>
    private void Drop(CanaryWatch watch, DateTimeOffset utc)
    {
        CanaryStatus before = watch.Describe(_policy, utc);
        bool wasOut = watch.IsOut;
        Release(watch);
        _watches.Remove(watch);
        if (wasOut)
        {
            watch.Rating?.Restart();
            tell?.Invoke(new GuardEvent(GuardEventKind.Dropped, before));
        }
    }

    /// <summary>Forgets a release that another has taken the place of. Its rating has forgotten it already.</summary>
    private void Replace(CanaryWatch watch, DateTimeOffset utc)
    {
        CanaryStatus before = watch.Describe(_policy, utc);
        Release(watch);
        _watches.Remove(watch);
        tell?.Invoke(new GuardEvent(GuardEventKind.Released, before));
    }

    /// <summary>Whether stable is another release of the same version than it was.</summary>
    private bool TakeStable(Snapshot snapshot)
    {
        VersionRating stable = ratings[snapshot.Edge.Stable];
        bool isSame = stable == _stable;
        string? before = isSame ? _stableRelease : null;
        _stable = stable;
        _stableRelease = snapshot.ReleaseOf(snapshot.Edge.Stable) ?? before;
        return before is not null && before != _stableRelease;
    }

    private static void Release(CanaryWatch watch)
    {
        watch.Trip = null;
        watch.Ramp = default;
        watch.Latch.Open();
        if (watch.Rating is { } rating)
        {
            rating.IsHeld = false;
        }
    }

    private string ReasonOf(TripCause cause) => cause switch
    {
        TripCause.Failures => string.Create(CultureInfo.InvariantCulture, $"failures: {_policy.Guard.ConsecutiveFailures} failed connects or resets in a row on one worker"),
        TripCause.Operator => "an operator took it out",
        TripCause.State => "what was out before the restart cannot be read, so every canary counts as out",
        _ => GuardLabels.Of(cause),
    };

    private void Publish(DateTimeOffset utc)
    {
        CanaryStatus[] canaries = [.. _watches.Select(watch => watch.Describe(_policy, utc))];
        GuardMode mode = _policy.Guard.Mode;
        bool isOver = _policy.Canaries.Count == 0; // whoever is still remembered is out of a rollout that has ended
        _status = !isOver && canaries.MaxBy(canary => canary.State) is { } worst
            ? new GuardStatus(mode, worst.State, worst.Trip?.Cause, worst.Since, canaries)
            : new GuardStatus(mode, mode == GuardMode.Off ? GuardState.Off : GuardState.Holding, null, _idleSince, canaries);
    }
}
