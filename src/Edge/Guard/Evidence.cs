// What a sequential test has found, for logs and status pages. A value; any thread.

namespace OpenClaw.Edge.Guard;

/// <summary>The strongest epoch of a <see cref="SequentialTest"/>: the one that is nearest to rejecting, or has.</summary>
/// <param name="Pairs">Canary and baseline outcomes compared in it, one with one.</param>
/// <param name="CanaryRate">Mean badness of the canary's, 0..1; 0 without any.</param>
/// <param name="BaselineRate">Of the baseline's.</param>
/// <param name="LogE">Natural logarithm of the evidence that the canary is worse; 0: none either way.</param>
/// <param name="LogThreshold">Where the test rejects.</param>
/// <param name="Epoch">Its number, from 1.</param>
public readonly record struct Evidence(long Pairs, double CanaryRate, double BaselineRate, double LogE, double LogThreshold, long Epoch)
{
    /// <summary>How far the evidence has come, on a scale where the test rejects at 1; 0 where nothing has begun.</summary>
    public double Ratio => LogThreshold > 0 ? LogE / LogThreshold : 0;
}
