// The guard of one canary: its tests, what they have seen, and how it stands. Control thread only, never reads a clock.

using System.Globalization;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Guard;

internal sealed class CanaryWatch(string version, Latch latch, DateTimeOffset since)
{
    private double _alpha;
    private string? _release;
    private SequentialTest? _errors; // null, like the next two: they have not begun
    private SequentialTest? _latency;
    private RatingTrip? _score;
    private VersionRating? _baselineRating; // whose outcomes were counted up to _baselineSeen
    private OutcomeCounts _canarySeen;
    private OutcomeCounts _baselineSeen;
    private OutcomeCounts _canary; // since the tests began
    private OutcomeCounts _baseline;
    private long _lookAt = long.MinValue;
    private GuardState _state = GuardState.Learning;
    private DateTimeOffset _since = since;

    public string Version => version;

    public Latch Latch => latch;

    /// <summary>Null: no configuration names the version, or none has been taken over yet.</summary>
    public VersionRating? Rating { get; private set; }

    /// <summary>The release that is judged; null: nobody has said which it is.</summary>
    public string? Release => _release;

    /// <summary>Null: it is not out, or the latch was closed by a worker and nobody has looked since.</summary>
    public Trip? Trip { get; set; }

    /// <summary>What speaks for taking it out while that is not done; null: nothing.</summary>
    public Trip? Finding { get; set; }

    public Ramp Ramp { get; set; }

    /// <summary>Its tests have been given what they may spend.</summary>
    public bool HasBegun => _errors is not null;

    /// <summary>It gets no traffic, or is to get none from the next tick on.</summary>
    public bool IsOut => Trip is not null || latch.IsTripped;

    /// <summary>Whether what is known of it is known of this release. One that nobody named before has always been this one: what is out stays out.</summary>
    /// <param name="release">Null: nobody says which it is.</param>
    public bool IsOf(string? release) => release is null || _release is null || release == _release;

    /// <summary>Takes a release that <see cref="IsOf"/> allows for the one that is judged.</summary>
    public void Learn(string? release)
    {
        if (release is not null && _release is null)
        {
            _release = release;
            Trip = Trip is null ? null : Trip with { Release = release };
        }
    }

    /// <summary>Goes by this rating from now on. Another one stands for another build, so the tests begin anew.</summary>
    /// <param name="rating">Null: no configuration names the version.</param>
    public void Follow(VersionRating? rating, VersionRating stable)
    {
        bool isAnother = rating is not null && rating != Rating;
        Rating = rating;
        if (isAnother)
        {
            if (Trip is not null)
            {
                rating!.HoldAt(Trip.Score);
            }

            if (HasBegun)
            {
                Begin(stable);
            }
        }
    }

    /// <summary>The tests begin, with this chance of a false alarm for all of them together.</summary>
    public void Begin(double alpha, VersionRating stable)
    {
        _alpha = alpha;
        Begin(stable);
    }

    /// <summary>The tests know nothing any more.</summary>
    public void Begin(VersionRating stable)
    {
        _errors = new SequentialTest(_alpha * Spending.Signal);
        _latency = new SequentialTest(_alpha * Spending.Signal);
        _score = new RatingTrip(_alpha * Spending.Rating);
        _canary = _baseline = default;
        _lookAt = long.MinValue;
        Finding = null;
        PassOver(stable);
    }

    /// <summary>What came up to now is not looked at.</summary>
    public void PassOver(VersionRating stable)
    {
        _canarySeen = Rating?.Matched ?? default;
        (_baselineRating, _baselineSeen) = (stable, stable.Matched);
    }

    /// <summary>Lets the tests see what came since the last call. The result is a new cause to take the canary out, and why; null: none, or there is one already.</summary>
    public (TripCause Cause, string Reason)? Look(VersionRating stable, RolloutPolicy policy, long now)
    {
        if (Rating is null || _errors is null || _latency is null || _score is null || _baselineRating != stable)
        {
            PassOver(stable);
            return null;
        }

        OutcomeCounts canary = Rating.Matched - _canarySeen, baseline = stable.Matched - _baselineSeen;
        PassOver(stable);
        _canary += canary;
        _baseline += baseline;
        if (Finding is not null)
        {
            return null;
        }

        _score.Add(canary, baseline, policy.Rating, now);
        if (_errors.Add(Arm.OfErrors(canary), Arm.OfErrors(baseline)))
        {
            return (TripCause.Errors, Describe("errors", _errors.Evidence));
        }

        if (_latency.Add(Arm.OfLatency(canary), Arm.OfLatency(baseline)))
        {
            return (TripCause.Latency, Describe("over the latency target", _latency.Evidence));
        }

        if (now < _lookAt)
        {
            return null;
        }

        _lookAt = now + (long)policy.Guard.Interval.TotalNanoseconds;
        bool trips = _score.Look(Rating.Current.Value, policy.Guard.FailBelow, policy.Rating);
        return trips ? (TripCause.Rating, Describe(_score.Last, policy.Guard)) : null;
    }

    public CanaryStatus Describe(RolloutPolicy policy, DateTimeOffset utc)
    {
        GuardState state = Trip is not null ? GuardState.Tripped
            : policy.Guard.Mode == GuardMode.Off ? GuardState.Off
            : _canary.Samples < policy.Rating.MinSamples ? GuardState.Learning
            : GuardState.Holding;
        if (state != _state)
        {
            (_state, _since) = (state, Trip?.Since ?? utc);
        }

        Score score = Rating?.Current ?? Trip?.Score ?? Score.Unknown;
        return new CanaryStatus
        {
            Version = version,
            Release = _release,
            State = state,
            Verdict = state == GuardState.Tripped ? GateVerdict.Fail
                : state != GuardState.Learning && Finding is null && score.Lower > policy.Guard.PassAbove ? GateVerdict.Pass
                : GateVerdict.Hold,
            Since = _since,
            Trip = Trip,
            WouldTrip = Trip is null ? Finding : null,
            Ramp = latch.Kept,
            Score = score,
            Canary = _canary,
            Baseline = _baseline,
            Errors = _errors?.Evidence ?? default,
            Latency = _latency?.Evidence ?? default,
            Look = _score?.Last ?? default,
        };
    }

    private static string Describe(string what, Evidence e) => string.Create(CultureInfo.InvariantCulture,
        $"{what}: {e.CanaryRate * e.Pairs:0.#} of {e.Pairs} canary requests ({e.CanaryRate * 100:0.#} %), {e.BaselineRate * e.Pairs:0.#} of as many baseline requests; evidence e^{e.LogE:0.0} over threshold e^{e.LogThreshold:0.0}, epoch {e.Epoch}");

    private static string Describe(RatingLook look, GuardSettings guard) => string.Create(CultureInfo.InvariantCulture,
        $"rating: {look.Score:0.000} is under failBelow {guard.FailBelow:0.###} for more than two periods; at most {look.CanaryUpper:0.000} by {look.Pairs} canary requests, the baseline at least {look.BaselineLower:0.000} by as many");
}
