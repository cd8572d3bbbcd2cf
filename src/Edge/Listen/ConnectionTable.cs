// A worker's downstream connections: counts them for hand-off and limits, ends the idle ones when it drains, and finds
// the exchanges under way.
// Worker's thread, but for the count.

using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Listen;

internal sealed class ConnectionTable(Worker worker)
{
    /// <summary>A client that has just been answered may already have sent its next request: idle connections get this long before they close.</summary>
    public const long QuietBeforeClose = Clock.Second;

    private readonly HashSet<Connection> _connections = [];
    private int _count;

    /// <summary>Open connections and those on their way here; any thread may read.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Another worker hands one over: counted at once, so that the next is not sent after it. Any thread.</summary>
    public void Expect() => Interlocked.Increment(ref _count);

    /// <summary>The one that was expected is here, and is about to be added.</summary>
    public void Arrived() => Interlocked.Decrement(ref _count);

    public void Add(Connection connection)
    {
        _connections.Add(connection);
        Interlocked.Increment(ref _count);
        worker.Counters.DownstreamAccepted++;
    }

    public void Remove(Connection connection)
    {
        _connections.Remove(connection);
        Interlocked.Decrement(ref _count);
        worker.Counters.DownstreamClosed++;
    }

    public void Drain() => worker.Loop.Timers.Set(new QuietTimer(this), worker.Loop.Now + QuietBeforeClose);

    /// <summary>Tells every exchange that a version is out. One that goes on may end its connection while we are at it: hence the copy.</summary>
    public void Recall(LiveVersion version)
    {
        foreach (Connection connection in _connections.ToArray())
        {
            connection.Recall(version);
        }
    }

    /// <summary>Lets every exchange say if it has waited too long.</summary>
    public void NoteOverdue(long now)
    {
        foreach (Connection connection in _connections)
        {
            connection.NoteOverdue(now);
        }
    }

    private sealed class QuietTimer(ConnectionTable table) : TimerEntry
    {
        protected internal override void OnDeadline()
        {
            foreach (Connection connection in table._connections.ToArray())
            {
                connection.EndIfIdle();
            }
        }
    }
}
