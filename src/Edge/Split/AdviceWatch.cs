// Measures how many requests the share places, and notices when the bucket begins or ceases to rule instead of the weight.
// Control thread; another thread may read what it says. Time is passed in.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Split;

/// <summary>One verdict for a rollout, renewed every <see cref="Interval"/> from the requests of the last minute.</summary>
public sealed class AdviceWatch
{
    /// <summary>Nanoseconds between two looks.</summary>
    public const long Interval = 5_000_000_000;

    private const int Samples = 13; // of which the oldest and the newest are a minute apart

    /// <summary>Looks before the first verdict: a rush at the start is no rate.</summary>
    private const int SamplesMin = 3;

    /// <summary>Of fewer requests nobody can tell the rate: the error of twenty is about 22 %.</summary>
    private const int RequestsMin = 20;

    private readonly Queue<(long At, long Placed)> _samples = new(Samples);
    private long _lookAt;
    private volatile Advice? _current; // the control thread writes

    /// <summary>What the operator should know now; null: nothing.</summary>
    public Advice? Current => _current;

    /// <summary>To be called often; looks when it is time.</summary>
    /// <param name="placed">Requests that the share has placed since the start of the process, now or when their sessions began: each may ask for a token.</param>
    /// <param name="now">Nanoseconds on a monotonic clock.</param>
    /// <returns>Whether there is <see cref="Current"/> advice where there was none, or none where there was.</returns>
    public bool Look(RolloutPolicy policy, TokenBucket? bucket, long placed, long now)
    {
        if (now < _lookAt)
        {
            return false;
        }

        _lookAt = now + Interval;
        if (_samples.Count == Samples)
        {
            _samples.Dequeue();
        }

        _samples.Enqueue((now, placed));
        bool ruled = _current is not null;
        _current = Judge(policy, bucket, placed, now);
        return ruled != _current is not null;
    }

    private Advice? Judge(RolloutPolicy policy, TokenBucket? bucket, long placed, long now)
    {
        (long since, long before) = _samples.Peek();
        if (_samples.Count < SamplesMin || placed - before < RequestsMin || bucket is null)
        {
            return null;
        }

        double rate = (placed - before) / ((now - since) / 1e9);
        Advice advice = Advice.Of(policy, rate);
        if (advice.Ruler == Ruler.Bucket)
        {
            // A bucket holds nothing back yet while there is half of what it has above the highest floor.
            double floor = policy.Canaries.Max(canary => canary.Weight > 0 ? canary.Floor : 0);
            return _current is not null || bucket.Level(now) < (bucket.Settings.Capacity + floor) / 2 ? advice : null;
        }

        // Near the border the verdict stays as it was: a warning ends when the weight asks for no more than the bucket gives.
        return advice.Ruler != Ruler.OnlyOne && rate * policy.CanaryWeight > bucket.Settings.RefillRate ? _current : null;
    }
}
