// The control side of the process: turns loaded configuration into plans, carries live state from one to the next, ticks
// the rating, keeps names resolved. Its callers are the configuration watcher's thread and the ticking thread; a lock keeps
// them apart. Workers never wait for it.

using Microsoft.Extensions.Logging;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Listen;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Split;
using OpenClaw.Edge.Tls;
using Version = OpenClaw.Edge.Forward.Version;

namespace OpenClaw.Edge;

/// <summary>How far the process is in its life; /readyz says yes to one of them.</summary>
internal enum Phase : byte { Starting, Serving, Draining }

internal sealed class Control
{
    private readonly Lock _lock = new();
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly RatingEngine _ratings;
    private readonly Dictionary<string, LiveVersion> _versions = [];
    private int _slots;
    private volatile Phase _phase = Phase.Starting;

    public Control(Snapshot first, int workers, TimeProvider time, ILogger log)
    {
        _log = log;
        _time = time;
        _ratings = new RatingEngine(workers);
        Ledgers = new Ledgers(workers);
        Plan = Compile(first, null);
        Admission.Limits = first.Edge.Limits;
        Workers = [.. Enumerable.Range(0, workers).Select(index => new Worker(index, workers, Plan, time) { ReportBug = bug => Log.Bug(_log, bug) })];
    }

    public IReadOnlyList<Worker> Workers { get; }

    public Admission Admission { get; } = new();

    /// <summary>The listeners' shared state; their certificates are swapped here.</summary>
    public IReadOnlyList<ListenerContext> Listeners { get; set; } = [];

    /// <summary>The plan that workers read, or are about to. Any thread may read.</summary>
    public Plan Plan { get; private set; }

    /// <summary>What was counted for every version there ever was.</summary>
    public Ledgers Ledgers { get; }

    /// <summary>Written by whoever starts, drains or stops the process; read by the side port.</summary>
    public Phase Phase
    {
        get => _phase;
        set => _phase = value;
    }

    /// <summary>Null: off. Set before the workers start.</summary>
    public AccessLog? AccessLog { get; set; }

    /// <summary>Where the listeners listen, as URLs, with the ports the kernel chose. Set before they accept.</summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];

    public bool LastReloadSuccessful { get; private set; } = true;

    /// <summary>From the notice of a changed file to the last worker using it.</summary>
    public DurationHistogram Propagation { get; } = new();

    /// <summary>Takes in the result of a load. A bad one changes nothing but a log line and a metric.</summary>
    public void Apply(LoadResult load)
    {
        lock (_lock)
        {
            foreach (Fault warning in load.Warnings)
            {
                Log.Configuration(_log, LogLevel.Warning, warning.ToString());
            }

            if (load.Snapshot is not { } snapshot || !TryPublish(snapshot))
            {
                LastReloadSuccessful = false;
                foreach (Fault fault in load.Faults)
                {
                    Log.Configuration(_log, LogLevel.Error, fault.ToString());
                }

                Log.ReloadRefused(_log, Plan.Snapshot.Revision);
                return;
            }

            LastReloadSuccessful = true;
        }
    }

    /// <summary>Every 250 ms: recomputes the ratings and the field lines that carry them.</summary>
    public void Tick(long now)
    {
        lock (_lock)
        {
            _ratings.Tick(now);
            Announce(Plan);
            foreach (LiveVersion version in Plan.Versions)
            {
                version.Ledger.Weigh(version.Rating.Current);
            }
        }
    }

    /// <summary>Asks to be left alone: not ready any more, answers tell their clients to close, idle connections end. Listeners stay open.</summary>
    public void Drain()
    {
        Phase = Phase.Draining;
        foreach (Worker worker in Workers)
        {
            worker.Drain();
        }
    }

    /// <summary>Looks up the names among the endpoints again.</summary>
    public async Task ResolveAsync(CancellationToken cancellation)
    {
        foreach (Endpoint endpoint in Plan.Versions.SelectMany(version => version.Upstream.Endpoints))
        {
            await endpoint.ResolveAsync(cancellation);
        }
    }

    private bool TryPublish(Snapshot snapshot)
    {
        List<Fault> faults = [];
        ServerIdentity?[] identities = [.. Listeners.Select((context, index) => Rotated(context, index, snapshot.Edge.Listeners, faults))];
        if (faults.Count > 0)
        {
            faults.ForEach(fault => Log.Configuration(_log, LogLevel.Error, fault.ToString()));
            return false;
        }

        foreach (string line in ConfigurationWatcher.RestartNeeded(Plan.Snapshot.Edge, snapshot.Edge))
        {
            Log.Configuration(_log, LogLevel.Warning, line);
        }

        Plan plan = Compile(snapshot, Plan.Splitter);
        Plan = plan;
        Admission.Limits = snapshot.Edge.Limits;
        for (int i = 0; i < identities.Length; i++)
        {
            Listeners[i].Identity = identities[i] ?? Listeners[i].Identity;
        }

        int waiting = Workers.Count;
        foreach (Worker worker in Workers)
        {
            worker.Publish(plan, applied: () =>
            {
                if (Interlocked.Decrement(ref waiting) == 0)
                {
                    Propagated(snapshot);
                }
            });
        }

        return true;
    }

    /// <summary>
    /// The certificates that the file now names for a socket that is open; null: none, and it keeps those it has. Matched by
    /// address, since a list may have been put in another order, and never across the border between plaintext and TLS: an
    /// https port that began to speak plaintext would be the worst way to wait for a restart.
    /// </summary>
    private static ServerIdentity? Rotated(ListenerContext context, int index, IReadOnlyList<ListenerSettings> now, ICollection<Fault> faults)
    {
        bool IsSame(ListenerSettings settings) => Equals(settings.EndPoint, context.Settings.EndPoint) && settings.UnixPath == context.Settings.UnixPath;
        ListenerSettings? named = index < now.Count && IsSame(now[index]) ? now[index] : now.FirstOrDefault(IsSame);
        return context.Identity is null || named?.Tls is not { } tls ? null : ServerIdentity.Load(tls, faults);
    }

    private void Propagated(Snapshot snapshot)
    {
        TimeSpan elapsed = _time.GetElapsedTime(snapshot.LoadedAt);
        lock (Propagation)
        {
            Propagation.Add(Clock.Nanoseconds(elapsed));
        }

        Log.Applied(_log, snapshot.Revision, elapsed.TotalMilliseconds);
    }

    private Plan Compile(Snapshot snapshot, Splitter? before)
    {
        _ratings.Apply(snapshot);
        List<LiveVersion> versions = [];
        foreach (VersionSettings settings in snapshot.Edge.Versions)
        {
            if (!_versions.TryGetValue(settings.Name, out LiveVersion? version))
            {
                version = new LiveVersion(_slots++, new Version(settings.Name), _ratings[settings.Name], Ledgers.Of(settings.Name));
                _versions.Add(settings.Name, version);
            }

            UpstreamTrust? trust = settings.Endpoints.Any(endpoint => endpoint.IsTls) ? UpstreamTrust.Load(settings.Tls, new List<Fault>()) : null;
            version.Upstream.Configure(settings, trust);
            versions.Add(version);
        }

        foreach (string gone in _versions.Keys.Except(versions.Select(version => version.Name)).ToArray())
        {
            _versions.Remove(gone);
        }

        Plan plan = new(snapshot, Splitter.Create(snapshot.Rollout, before, Clock.Now), versions);
        Announce(plan);
        return plan;
    }

    private static void Announce(Plan plan)
    {
        foreach (LiveVersion version in plan.Versions)
        {
            version.Upstream.Announce(version.Rating.Current.FieldValue, plan.Snapshot.Edge.Fields);
        }
    }
}
