// Everything counted for one version name since the process started, worker by worker. Kept when the configuration drops
// the name, so that its counters go on where they were when it comes back and never fall. Workers write their own part;
// the control thread weighs; a scrape reads.

using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Split;

namespace OpenClaw.Edge.Observe;

internal sealed class VersionLedger
{
    private readonly VersionCounters[] _workers;
    private readonly Quality[] _quality = new Quality[VersionCounters.Roles];
    private long _releaseChanges; // the control thread writes

    public VersionLedger(string version, int workers)
    {
        Version = version;
        _workers = new VersionCounters[workers];
        for (int i = 0; i < workers; i++)
        {
            _workers[i] = new VersionCounters();
        }
    }

    public string Version { get; }

    /// <summary>Times that it became another release under the same name.</summary>
    public long ReleaseChanges => Volatile.Read(ref _releaseChanges);

    /// <summary>Where worker number <paramref name="worker"/>, and nobody else, counts.</summary>
    public VersionCounters Worker(int worker) => _workers[worker];

    public long Requests(Role role, int codeClass, Reason reason)
    {
        long sum = 0;
        foreach (VersionCounters counters in _workers)
        {
            sum += counters.Requests(role, codeClass, reason);
        }

        return sum;
    }

    public long UpstreamErrors(UpstreamStage stage)
    {
        long sum = 0;
        foreach (VersionCounters counters in _workers)
        {
            sum += counters.UpstreamErrors(stage);
        }

        return sum;
    }

    public long TokensIssued()
    {
        long sum = 0;
        foreach (VersionCounters counters in _workers)
        {
            sum += Volatile.Read(ref counters.TokensIssued);
        }

        return sum;
    }

    public long Mirrored(MirrorResult result)
    {
        long sum = 0;
        foreach (VersionCounters counters in _workers)
        {
            sum += counters.Mirrored.Of(result);
        }

        return sum;
    }

    public DurationTotals Durations(Role role)
    {
        DurationTotals totals = new();
        foreach (VersionCounters counters in _workers)
        {
            totals.Add(counters.Durations(role));
        }

        return totals;
    }

    /// <summary>Control thread.</summary>
    public void CountRelease() => Volatile.Write(ref _releaseChanges, _releaseChanges + 1);

    /// <summary>Gives the requests since the last call the score of this moment. Control thread, every tick.</summary>
    public void Weigh(Score score)
    {
        for (int role = 0; role < _quality.Length; role++)
        {
            long count = 0;
            foreach (VersionCounters counters in _workers)
            {
                count += counters.Durations((Role)role).Total;
            }

            ref Quality quality = ref _quality[role];
            Volatile.Write(ref quality.Sum, quality.Sum + ((count - quality.Count) * score.Value));
            Volatile.Write(ref quality.Count, count);
        }
    }

    /// <summary>Scores summed over requests, and how many those are: their quotient is the mean score that traffic met.</summary>
    public (double Sum, long Count) QualityOf(Role role) => (Volatile.Read(ref _quality[(int)role].Sum), Volatile.Read(ref _quality[(int)role].Count));

    private struct Quality
    {
        public double Sum; // the control thread writes
        public long Count;
    }
}

/// <summary>The ledgers of all names there ever were. A process sees as many names as its operator rolls out.</summary>
internal sealed class Ledgers(int workers)
{
    private volatile VersionLedger[] _all = []; // the control thread replaces it

    public IReadOnlyList<VersionLedger> All => _all;

    /// <summary>The ledger of a name, opened if there is none. Control thread.</summary>
    public VersionLedger Of(string version)
    {
        foreach (VersionLedger known in _all)
        {
            if (known.Version == version)
            {
                return known;
            }
        }

        VersionLedger opened = new(version, workers);
        _all = [.. _all, opened];
        return opened;
    }
}
