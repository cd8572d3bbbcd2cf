// Everything that may call a canary worse, as the product puts it together, for simulated rollouts. One thread an object.

using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;

namespace OpenClaw.Edge.Tests.Guard;

/// <summary>The sequential test of both signals every tick, the rating trip every second, at the shares of alpha that the product gives them.</summary>
internal sealed class Judges(double alpha)
{
    private static readonly RatingSettings Settings = new();

    private readonly SequentialTest _errors = new(alpha * Spending.Signal);
    private readonly SequentialTest _latency = new(alpha * Spending.Signal);
    private readonly RatingTrip _rating = new(alpha * Spending.Rating);
    private readonly OutcomeWindow _window = new(Settings.Window);

    /// <summary>Null as long as nothing has tripped.</summary>
    public TripCause? Cause { get; private set; }

    public void Tick(int tick, in OutcomeCounts canary, in OutcomeCounts baseline)
    {
        if (_errors.Add(Arm.OfErrors(canary), Arm.OfErrors(baseline)))
        {
            Cause ??= TripCause.Errors;
        }

        if (_latency.Add(Arm.OfLatency(canary), Arm.OfLatency(baseline)))
        {
            Cause ??= TripCause.Latency;
        }

        long now = tick * 250_000_000L;
        _rating.Add(canary, baseline, Settings, now);
        _window.Add(canary, now);
        if (tick % Traffic.TicksPerSecond == 0 && Formula.Measure(_window.Sum, Settings) is { } score
            && _rating.Look(score.Value, new GuardSettings().FailBelow, Settings))
        {
            Cause ??= TripCause.Rating;
        }
    }
}
