// The cap's own judge: knows when tokens were taken and which settings held when, and nothing of the bucket's word.

using OpenClaw.Edge.Policy;

namespace OpenClaw.Edge.Tests.Split;

/// <summary>Checks admissions against capacity and refill rate in every window, in decimal arithmetic.</summary>
internal sealed class AdmissionLog
{
    private readonly List<(long From, decimal Capacity, decimal RefillRate)> _settings = [];
    private readonly List<long> _admissions = [];

    public void SettingsFrom(long now, BucketSettings settings) =>
        _settings.Add((now, (decimal)settings.Capacity, (decimal)settings.RefillRate));

    public void Admit(long now) => _admissions.Add(now);

    public int Count => _admissions.Count;

    /// <summary>
    /// The most by which any window holds more admissions than the tokens that could be there at its start and the refill during it.
    /// Windows that begin and end at an admission decide, and those that begin just before or after a change of settings.
    /// </summary>
    public decimal WorstExcess()
    {
        _admissions.Sort();
        decimal worst = decimal.MinValue;
        decimal start = decimal.MinValue; // the largest of (refilled - admitted before - capacity) over all window starts so far
        int setting = 0;
        for (int k = 0; k < _admissions.Count; k++)
        {
            while (setting < _settings.Count && _settings[setting].From <= _admissions[k])
            {
                long from = _settings[setting].From;
                decimal capacity = setting == 0 ? _settings[0].Capacity : Math.Min(_settings[setting - 1].Capacity, _settings[setting].Capacity);
                start = Math.Max(start, Refilled(from) - k - capacity);
                setting++;
            }

            decimal refilled = Refilled(_admissions[k]);
            start = Math.Max(start, refilled - k - _settings[setting - 1].Capacity);
            worst = Math.Max(worst, k + 1 - refilled + start);
        }

        return worst;
    }

    private decimal Refilled(long now)
    {
        decimal sum = 0;
        for (int i = 0; i < _settings.Count && _settings[i].From < now; i++)
        {
            long until = i + 1 < _settings.Count ? Math.Min(_settings[i + 1].From, now) : now;
            sum += _settings[i].RefillRate * (until - _settings[i].From) / 1_000_000_000m;
        }

        return sum;
    }
}
