// Weights that were written beside one another, and the shares they come to: a weight over the sum of all, as the Gateway API
// has it. What belongs to none of our versions is stable's. The watch's thread.

namespace OpenClaw.Edge.Kubernetes;

internal sealed class WeightSum(TrafficQuestion question)
{
    private readonly Dictionary<string, long> _weights = [];
    private long _total;

    /// <summary>The versions of ours that stand in the list, whatever their weight.</summary>
    public IReadOnlyCollection<string> Versions => _weights.Keys;

    /// <summary>The weights are all 0, or there is none.</summary>
    public bool IsZero => _total == 0;

    /// <summary>The version that gets everything; null: several do.</summary>
    public string? Only => question.Versions.FirstOrDefault(version => Shares[version] == 1);

    /// <summary>By version, 0..1; together 1. A sum of 0 is all stable's.</summary>
    public IReadOnlyDictionary<string, double> Shares
    {
        get
        {
            Dictionary<string, double> shares = question.Canaries.ToDictionary(canary => canary, canary => IsZero ? 0 : (double)_weights.GetValueOrDefault(canary) / _total);
            long canaries = question.Canaries.Sum(canary => _weights.GetValueOrDefault(canary));
            shares[question.Stable] = IsZero ? 1 : (double)(_total - canaries) / _total;
            return shares;
        }
    }

    /// <param name="version">Null: none of ours.</param>
    public void Add(string? version, long weight)
    {
        _total += weight;
        if (version is not null)
        {
            _weights[version] = _weights.GetValueOrDefault(version) + weight;
        }
    }

    public bool SaysTheSameAs(WeightSum other) => Shares.All(share => other.Shares[share.Key] == share.Value);
}
