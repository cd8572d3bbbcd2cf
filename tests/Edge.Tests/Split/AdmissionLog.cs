// The cap's own judge: knows when tokens were taken and which settings held when, and nothing of the bucket's word.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Split;

/// <summary>Checks admissions against capacity and refill rate in every window, in decimal arithmetic.</summary>
internal sealed class AdmissionLog
{
    private readonly List<(long From, decimal Capacity, decimal RefillRate)> _settings = [];
    private readonly List<long> _admissions = [];

    public int Count => _admissions.Count;

    /// <summary>To be called in the order of time.</summary>
    public void SettingsFrom(long now, BucketSettings settings) =>
        _settings.Add((now, (decimal)settings.Capacity, (decimal)settings.RefillRate));

    public void Admit(long now) => _admissions.Add(now);

    /// <summary>
    /// The most by which any window holds more admissions than the tokens that could be there at its start and the refill during it.
    /// Windows that begin and end at an admission decide, and those that begin just before or after a change of settings.
    /// </summary>
    public decimal WorstExcess()
    {
        _admissions.Sort();
        decimal worst = decimal.MinValue;
        decimal start = decimal.MinValue; // the largest of (refilled - admitted before - capacity) over all window starts so far
        decimal refilled = 0; // from the first settings to the latest
        int setting = -1;
        for (int k = 0; k < _admissions.Count; k++)
        {
            long now = _admissions[k];
            for (; setting + 1 < _settings.Count && _settings[setting + 1].From <= now; setting++)
            {
                var next = _settings[setting + 1];
                refilled += setting < 0 ? 0 : RefilledSince(setting, next.From);
                decimal capacity = setting < 0 ? next.Capacity : Math.Min(_settings[setting].Capacity, next.Capacity);
                start = Math.Max(start, refilled - k - capacity);
            }

            decimal sum = refilled + RefilledSince(setting, now);
            start = Math.Max(start, sum - k - _settings[setting].Capacity);
            worst = Math.Max(worst, k + 1 - sum + start);
        }

        return worst;
    }

    private decimal RefilledSince(int setting, long now) =>
        _settings[setting].RefillRate * (now - _settings[setting].From) / 1_000_000_000m;
}
