// The control side of the process: hands plans to the workers as configuration and word from outside come, ticks the rating,
// keeps names resolved. Its callers are the threads of those who watch and the ticking thread; a lock keeps them apart, so that
// to everybody else they are one, "the control thread". Workers never wait for it.

using System.Net;
using Microsoft.Extensions.Logging;
using OpenClaw.Edge.Feedback;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Guard;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Listen;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Rating;
using OpenClaw.Edge.Split;
using OpenClaw.Edge.Tls;

namespace OpenClaw.Edge;

/// <summary>How far the process is in its life; /readyz says yes to one of them.</summary>
internal enum Phase : byte { Starting, Serving, Draining }

internal sealed class Control
{
    /// <summary>Some milliseconds' work; the rest waits for the next tick.</summary>
    private const int VoicesPerTick = 20_000;

    private readonly Lock _lock = new();
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly RatingEngine _ratings;
    private readonly Planner _planner;
    private readonly AdviceWatch _advice = new();
    private volatile Plan _plan; // written under the lock
    private volatile Phase _phase = Phase.Starting;

    /// <param name="state">Null: nothing outlasts the process.</param>
    public Control(Snapshot first, int workers, TimeProvider time, ILogger log, StateDirectory? state = null)
    {
        _log = log;
        _time = time;
        _ratings = new RatingEngine(workers);
        Guard = new GuardControl(_ratings, state, canary => StableRoom.Excess(Plan, Workers!, canary), time, log);
        Ledgers = new Ledgers(workers);
        _planner = new Planner(_ratings, Guard, Ledgers, workers, log);
        List<Fault> faults = [];
        Dictionary<string, UpstreamTrust?> trusts = Planner.LoadTrust(first.Edge, faults);
        if (faults.Count > 0)
        {
            throw new StartException(string.Join(Environment.NewLine, faults));
        }

        _plan = _planner.Compile(first.Under(null), trusts, null);
        Admission.Limits = first.Edge.Limits;
        Workers = [.. Enumerable.Range(0, workers).Select(index => new Worker(index, workers, Plan, time) { ReportBug = bug => Log.Bug(_log, bug), Desk = Desk })];
    }

    public IReadOnlyList<Worker> Workers { get; }

    /// <summary>What it says of itself anybody may read; the rest goes through here.</summary>
    public GuardControl Guard { get; }

    public Admission Admission { get; } = new();

    /// <summary>Where voices are heard.</summary>
    public FeedbackDesk Desk { get; } = new();

    /// <summary>The time of day, in seconds since 1970.</summary>
    public long Seconds => _time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>The listeners' shared state; their certificates are swapped here.</summary>
    public IReadOnlyList<ListenerContext> Listeners { get; set; } = [];

    /// <summary>The plan that workers read, or are about to. Any thread may read.</summary>
    public Plan Plan
    {
        get => _plan;
        private set => _plan = value;
    }

    /// <summary>What was counted for every version there ever was.</summary>
    public Ledgers Ledgers { get; }

    /// <summary>What is followed in Kubernetes; null: not yet. Set once, before the listeners open.</summary>
    public KubernetesControl? Kubernetes { get; set; }

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

    /// <summary>What the operator should know of weight and bucket; null: nothing.</summary>
    public Advice? Advice => _advice.Current;

    /// <summary>What the learned part of the scores knows; null: there is none.</summary>
    public HeuristicExplanation? Heuristic => _ratings.Heuristic;

    /// <summary>From the notice of a changed file or weight to the last worker using it.</summary>
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

            if (load.Snapshot is not { } snapshot || !TryPublish(snapshot.Under(Heard(snapshot.Written.WeightFrom))))
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

    /// <summary>Takes in what somebody outside says of the weights.</summary>
    public void Apply(ExternalWeights weights)
    {
        lock (_lock)
        {
            if (Plan.Snapshot.Written.WeightFrom is null)
            {
                return; // a policy has come meanwhile that asks nobody
            }

            List<LiveVersion> repointed = Repointing.Find(Plan, weights);
            foreach (Endpoint endpoint in repointed.SelectMany(version => version.Upstream.Endpoints))
            {
                endpoint.Renew(); // before a latch opens: what comes through it then reaches the new release alone
            }

            Snapshot snapshot = Plan.Snapshot.Under(weights) with { NoticedAt = weights.NoticedAt };
            Publish(_planner.Reweigh(snapshot, Plan), isLoaded: false);
            repointed.ForEach(RenewPools);
        }
    }

    /// <summary>Every 250 ms: hears what users said, recomputes the ratings and the field lines that carry them, balances the bucket, and sees whether it agrees with the weight.</summary>
    public void Tick(long now)
    {
        lock (_lock)
        {
            foreach (LiveVersion version in Plan.Versions)
            {
                version.Ledger.Weigh(version.Rating.Current); // what the last tick announced, and requests since then carried
            }

            for (int heard = 0; heard < VoicesPerTick && Desk.Voices.TryTake(out Voice voice); heard++)
            {
                _ratings.Hear(voice, now);
            }

            _ratings.Tick(now);
            Guard.Tick(now);
            Recall(Plan);
            LookForOverdue(Plan);
            Plan.Splitter.Balance(now);
            Planner.Announce(Plan);
            long placed = Plan.Splitter.Totals().Eligible + Workers.Sum(worker => worker.Counters.Sessions(SessionFound.Kept));
            if (_advice.Look(Plan.Snapshot.Rollout, Plan.Splitter.Bucket, placed, now))
            {
                Log.Advice(_log, Advice is null ? LogLevel.Information : LogLevel.Warning, Advice?.Text ?? "the bucket no longer decides how much the canary gets");
            }
        }

        Guard.Save();
    }

    /// <summary>An operator lets canaries have traffic again; side port's thread.</summary>
    /// <param name="version">Null: all.</param>
    public OperatorAnswer ResetGuard(string? version)
    {
        lock (_lock)
        {
            return Guard.Reset(version);
        }
    }

    /// <summary>An operator takes canaries out; side port's thread.</summary>
    /// <param name="version">Null: all.</param>
    public OperatorAnswer Abort(string? version)
    {
        lock (_lock)
        {
            return Guard.Abort(version);
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
    public async Task ResolveAsync()
    {
        foreach (LiveVersion version in Plan.Versions)
        {
            foreach (Endpoint endpoint in version.Upstream.Endpoints)
            {
                SocketAddress? before = endpoint.Address;
                await _planner.ResolveAsync(endpoint);
                if (before is not null && endpoint.Address != before)
                {
                    RenewPools(version);
                }
            }
        }
    }

    private void RenewPools(LiveVersion version)
    {
        foreach (Worker worker in Workers)
        {
            worker.Renew(version);
        }
    }

    private bool TryPublish(Snapshot snapshot)
    {
        List<Fault> faults = [];
        Dictionary<string, UpstreamTrust?> trusts = Planner.LoadTrust(snapshot.Edge, faults);
        List<(ListenerContext Listener, ServerIdentity? Identity)> identities = LoadIdentities(snapshot.Edge, faults);
        if (faults.Count > 0)
        {
            faults.ForEach(fault => Log.Configuration(_log, LogLevel.Error, fault.ToString()));
            return false;
        }

        foreach (string line in ConfigurationWatcher.RestartNeeded(Plan.Snapshot.Edge, snapshot.Edge))
        {
            Log.Configuration(_log, LogLevel.Warning, line);
        }

        Plan plan = _planner.Compile(snapshot, trusts, Plan);
        Admission.Limits = snapshot.Edge.Limits;
        foreach ((ListenerContext listener, ServerIdentity? identity) in identities)
        {
            listener.Identity = identity;
        }

        Publish(plan, isLoaded: true);
        return true;
    }

    /// <summary>What was said from outside, if it answers to this policy as well.</summary>
    private ExternalWeights? Heard(WeightFromSettings? asked) => asked?.AsksTheSame(Plan.Snapshot.Written.WeightFrom) == true ? Plan.Snapshot.External : null;

    private void Publish(Plan plan, bool isLoaded)
    {
        Plan = plan;
        int waiting = Workers.Count;
        foreach (Worker worker in Workers)
        {
            worker.Publish(plan, applied: () =>
            {
                if (Interlocked.Decrement(ref waiting) == 0)
                {
                    Propagated(plan.Snapshot, isLoaded);
                }
            });
        }
    }

    private void Propagated(Snapshot snapshot, bool isLoaded)
    {
        TimeSpan elapsed = _time.GetElapsedTime(snapshot.NoticedAt);
        lock (Propagation)
        {
            Propagation.Add(Clock.Nanoseconds(elapsed));
        }

        if (isLoaded)
        {
            Log.Applied(_log, snapshot.Revision, elapsed.TotalMilliseconds); // who watches tells of weights
        }
    }

    /// <summary>
    /// New certificates for the sockets that are open. Matched by address, since a list may have been put in another order, and
    /// never across the border between plaintext and TLS; the versions of TLS stay as they were at the start.
    /// </summary>
    private List<(ListenerContext, ServerIdentity?)> LoadIdentities(EdgeSettings edge, List<Fault> faults)
    {
        List<(ListenerContext, ServerIdentity?)> identities = [];
        for (int i = 0; i < Listeners.Count; i++)
        {
            ListenerSettings was = Listeners[i].Settings;
            bool IsSame(ListenerSettings other) => Equals(other.EndPoint, was.EndPoint) && other.UnixPath == was.UnixPath;
            ListenerSettings? now = i < edge.Listeners.Count && IsSame(edge.Listeners[i]) ? edge.Listeners[i] : edge.Listeners.FirstOrDefault(IsSame);
            if (was.Tls is not null && now?.Tls is { } tls)
            {
                identities.Add((Listeners[i], ServerIdentity.Load(tls with { AllowTls12 = was.Tls.AllowTls12 }, faults)));
            }
        }

        return identities;
    }

    /// <summary>Where there is something to compare, the workers tell what has waited too long.</summary>
    private void LookForOverdue(Plan plan)
    {
        if (plan.Canaries.Length > 0 && plan.Snapshot.Rollout.Guard.Mode != GuardMode.Off)
        {
            foreach (Worker worker in Workers)
            {
                worker.NoteOverdue();
            }
        }
    }

    /// <summary>What is under way to canaries that have just been taken out, by the guard or by a worker, is not waited for.</summary>
    private void Recall(Plan plan)
    {
        foreach (LiveVersion canary in plan.Canaries)
        {
            if (canary.Latch.TakeNews())
            {
                foreach (Worker worker in Workers)
                {
                    worker.Recall(canary);
                }
            }
        }
    }
}
