// What is known of one watch: whether it stands, when the server last said something, and counts. Its watch writes; any thread reads.

namespace OpenClaw.Edge.Kubernetes;

/// <summary>What was counted of one kind of object since the process started, over all watches of it.</summary>
internal sealed class WatchCounts
{
    private readonly long[] _events = new long[WatchEvent.Labels.Count];
    private readonly long[] _failures = new long[ApiFault.Labels.Count];
    private long _refused;

    public long Refused => Volatile.Read(ref _refused);

    public long Events(int type) => Volatile.Read(ref _events[type]);

    public long Failures(int cause) => Volatile.Read(ref _failures[cause]);

    public void Count(WatchEventType type)
    {
        if (type < WatchEventType.Unknown)
        {
            Interlocked.Increment(ref _events[(int)type]);
        }
    }

    public void Count(WatchFailure cause) => Interlocked.Increment(ref _failures[(int)cause]);

    public void CountRefused() => Interlocked.Increment(ref _refused);
}

/// <param name="now">A watch that has heard nothing is as old as itself (<see cref="TimeProvider.GetTimestamp"/>).</param>
internal sealed class WatchStatus(WatchedObject item, WatchCounts counts, long now)
{
    private long _heardAt = now;
    private volatile bool _isConnected;
    private volatile bool _isAccepted;
    private volatile string? _linkProblem;
    private volatile string? _objectProblem;
    private volatile string? _version;

    public WatchedObject Object { get; } = item;

    public WatchCounts Counts { get; } = counts;

    /// <summary>When the server last said anything.</summary>
    public long HeardAt
    {
        get => Volatile.Read(ref _heardAt);
        set => Volatile.Write(ref _heardAt, value);
    }

    public bool IsConnected => _isConnected;

    /// <summary>The object is there, and what it says is followed.</summary>
    public bool IsAccepted => _isAccepted;

    /// <summary>The version of the last word; null: there was none.</summary>
    public string? Version
    {
        get => _version;
        set => _version = value;
    }

    /// <summary>What is wrong, with the link first; null: nothing.</summary>
    public string? Problem => _linkProblem ?? _objectProblem;

    public void Connected()
    {
        _isConnected = true;
        _linkProblem = null;
    }

    public void Failed(ApiFault fault)
    {
        _isConnected = false;
        _linkProblem = fault.Text;
        Counts.Count(fault.Cause);
    }

    /// <param name="problem">Why the object is not followed; null: it is.</param>
    public void Judged(string? problem)
    {
        _isAccepted = problem is null;
        _objectProblem = problem;
    }
}
