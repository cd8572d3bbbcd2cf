// One worker: a thread with its loop, and everything that lives on it. Nothing of it is shared on the hot path; other
// threads post to its loop, and read counters.

using System.Security.Cryptography;
using OpenClaw.Edge.Feedback;
using OpenClaw.Edge.Forward;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Listen;
using OpenClaw.Edge.Observe;
using OpenClaw.Edge.Rating;
using OpenClaw.Protocol;

namespace OpenClaw.Edge;

internal sealed class Worker
{
    private readonly Stack<Exchange> _exchanges = new();
    private readonly int _workers;
    private readonly Action _noteOverdue;
    private volatile WorkerVersion?[] _versions = new WorkerVersion[8];
    private volatile Plan _plan;

    public Worker(int index, int workers, Plan plan, TimeProvider time)
    {
        Index = index;
        _workers = workers;
        _plan = plan;
        Date = new DateLine(time);
        Connections = new ConnectionTable(this);
        _noteOverdue = () => Connections.NoteOverdue(Loop.Now);
        Mirror = new Mirror(Loop, Heads, bug =>
        {
            Counters.InternalErrors++;
            ReportBug!(bug);
        });
    }

    public int Index { get; }

    public EventLoop Loop { get; } = new();

    public WorkerCounters Counters { get; } = new();

    public ConnectionTable Connections { get; }

    /// <summary>Heads and relays, lent to exchanges for as long as they are looked at.</summary>
    public Lender<RequestHead> Heads { get; } = new(static () => new RequestHead());

    public Lender<AnswerRelay> Relays { get; } = new(static () => new AnswerRelay());

    public Mirror Mirror { get; }

    public RequestIdSource RequestIds { get; } = new();

    public DateLine Date { get; }

    /// <summary>What is usual on which route; which share a place in the table is no client's choice.</summary>
    public RouteHistory Routes { get; } = new(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    /// <summary>For feedback tokens.</summary>
    public NonceSource Nonces { get; } = new();

    /// <summary>Where voices are heard; all workers' one.</summary>
    public required FeedbackDesk Desk { get; init; }

    /// <summary>Told of exceptions that should not be; called on the worker's thread.</summary>
    public required Action<Exception> ReportBug { get; init; }

    /// <summary>Null: no access log. Set before the worker starts.</summary>
    public WorkerAccessLog? AccessLog { get; set; }

    /// <summary>Read once per exchange.</summary>
    public Plan Plan => _plan;

    /// <summary>Answers tell their clients to close.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>What each version has here, by slot; for scrapes.</summary>
    public IReadOnlyList<WorkerVersion?> Versions => _versions;

    public Thread Start()
    {
        Thread thread = new(Loop.Run) { Name = $"worker-{Index}", IsBackground = true };
        thread.Start();
        return thread;
    }

    /// <summary>Takes over a plan, from any thread: exchanges that begin after the store use it. Then, on the loop, closes what it no longer names.</summary>
    public void Publish(Plan plan, Action applied)
    {
        _plan = plan;
        Loop.Post(() =>
        {
            foreach (WorkerVersion? version in _versions)
            {
                if (version is not null && !plan.Versions.Contains(version.Version))
                {
                    version.Upstreams.Retire();
                    version.Mirrored.Retire();
                    _versions[version.Version.Slot] = null;
                }
            }

            applied();
        });
    }

    /// <summary>From any thread: no new keep-alive; idle connections end soon.</summary>
    public void Drain() => Loop.Post(() =>
    {
        IsDraining = true;
        Connections.Drain();
    });

    /// <summary>From any thread: the guard has taken a version out. What waits for it here goes to stable, as far as it may; should it come back, it begins anew.</summary>
    public void Recall(LiveVersion version) => Loop.Post(() =>
    {
        VersionOf(version).Failures.End();
        Connections.Recall(version);
    });

    /// <summary>From any thread: others stand behind a version's endpoints. Idle connections to those before close, and their failures are not the new ones'.</summary>
    public void Renew(LiveVersion version) => Loop.Post(() =>
    {
        if (version.Slot < _versions.Length && _versions[version.Slot] is { } mine)
        {
            mine.Upstreams.Renew();
            mine.Mirrored.Renew();
            mine.Failures.End();
        }
    });

    /// <summary>From any thread: what has waited for its answer for too long is known to the guard before it ends.</summary>
    public void NoteOverdue() => Loop.Post(_noteOverdue);

    public WorkerVersion VersionOf(LiveVersion version)
    {
        WorkerVersion?[] versions = _versions;
        return version.Slot < versions.Length && versions[version.Slot] is { } known ? known : AddVersion(version);
    }

    public Exchange RentExchange() => _exchanges.TryPop(out Exchange? exchange) ? exchange : new Exchange(this);

    public void Return(Exchange exchange) => _exchanges.Push(exchange);

    private WorkerVersion AddVersion(LiveVersion version)
    {
        WorkerVersion?[] versions = _versions;
        if (version.Slot >= versions.Length)
        {
            Array.Resize(ref versions, Math.Max(version.Slot + 1, versions.Length * 2));
        }

        VersionUpstreams upstreams = new(Loop, version.Upstream, _workers), mirrored = new(Loop, version.Upstream, _workers);
        WorkerVersion added = new(version, upstreams, mirrored, version.Ledger.Worker(Index), version.Rating.Tally(Index), version.Rating.Cells(Index));
        versions[version.Slot] = added;
        _versions = versions;
        return added;
    }
}
