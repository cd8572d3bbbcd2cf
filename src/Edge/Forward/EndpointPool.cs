// One worker's connections to one endpoint: an idle stack (last used first, so that the rest can age out), a bound on
// connections and a bounded queue of exchanges that wait for one. Worker's thread only.

using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Policy;
using OpenClaw.Edge.Tls;

namespace OpenClaw.Edge.Forward;

internal sealed class EndpointPool(EventLoop loop, Endpoint endpoint, Version version, int workers)
{
    private readonly List<UpstreamConnection> _idle = [];
    private readonly Queue<Waiter> _waiting = new();
    private bool _retired;
    private BackOff _backOff;

    public Endpoint Endpoint => endpoint;

    /// <summary>Connections open or being opened, idle ones included.</summary>
    public int Open { get; private set; }

    public int Idle => _idle.Count;

    public int Active => Open - _idle.Count;

    /// <summary>Every connection this pool has opened.</summary>
    public long Opened { get; private set; }

    /// <summary>It has an address, and the last attempt to connect has not just failed.</summary>
    public bool IsPromising => endpoint.Address is not null && (_backOff.IsOver(loop.Now) || _idle.Count > 0);

    private PoolSettings Settings => version.Settings.Pool;

    private int Limit => Math.Max(1, Settings.MaxConnections / workers);

    /// <summary>A live idle connection, or null.</summary>
    public UpstreamConnection? TakeIdle()
    {
        while (_idle.Count > 0)
        {
            UpstreamConnection connection = _idle[^1];
            RemoveIdle(connection);
            if (IsCurrent(connection))
            {
                connection.Transport.Unattended = null;
                return connection;
            }

            Discard(connection);
        }

        return null;
    }

    /// <summary>Opens a connection, waiting for a place if the endpoint has all it may have.</summary>
    /// <param name="opening">By which the caller can give the wait up; null: it will not.</param>
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    public async ValueTask<(UpstreamConnection? Connection, ProxyError Error)> OpenAsync(Opening? opening = null)
    {
        if (Open >= Limit)
        {
            if (_waiting.Count >= Math.Max(1, Settings.MaxPending / workers))
            {
                return (null, ProxyError.PoolExhausted);
            }

            Waiter waiter = new(loop);
            _waiting.Enqueue(waiter);
            loop.Timers.Set(waiter, loop.Now + Clock.Nanoseconds(version.Settings.Timeouts.Connect));
            opening?.WaitsFor(waiter);
            UpstreamConnection? given = await waiter.WaitAsync();
            opening?.End();
            if (given is not null || waiter.HasLeft)
            {
                return given is null ? (null, ProxyError.PoolExhausted) : (given, ProxyError.None);
            }
        }

        return await ConnectAsync(opening);
    }

    /// <summary>Takes a connection back after an exchange; <paramref name="reusable"/> only when nothing of that exchange is left on it.</summary>
    public void Return(UpstreamConnection connection, bool reusable)
    {
        if (!reusable || _retired || connection.Transport.IsClosed || !IsCurrent(connection) || connection.Transport.HasUnreadInput)
        {
            Discard(connection);
            return;
        }

        connection.IsReused = true;
        if (NextWaiter() is { } waiter)
        {
            waiter.Finish(connection);
            return;
        }

        connection.IdleIndex = _idle.Count;
        _idle.Add(connection);
        connection.Transport.SetDeadline(loop.Now + Clock.Nanoseconds(Settings.IdleTimeout));
        connection.Transport.Unattended = connection.WhenUnattended;
    }

    /// <summary>Closes an idle connection that is no longer of use.</summary>
    public void Drop(UpstreamConnection connection)
    {
        if (connection.IdleIndex >= 0)
        {
            RemoveIdle(connection);
            Discard(connection);
        }
    }

    /// <summary>After <see cref="Endpoint.Renew"/>: idle connections close now, used ones when they come back. What failed there before failed elsewhere.</summary>
    public void Renew()
    {
        _backOff = default;
        for (int i = _idle.Count - 1; i >= 0; i--)
        {
            if (!IsCurrent(_idle[i]))
            {
                Drop(_idle[i]);
            }
        }
    }

    /// <summary>The configuration no longer names this endpoint: idle connections close now, used ones when they come back.</summary>
    public void Retire()
    {
        _retired = true;
        while (_idle.Count > 0)
        {
            Drop(_idle[^1]);
        }
    }

    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private async ValueTask<(UpstreamConnection? Connection, ProxyError Error)> ConnectAsync(Opening? opening)
    {
        if (endpoint.Address is not { } address)
        {
            return (null, ProxyError.NoEndpoint);
        }

        Open++;
        long openedAt = loop.Now;
        (SocketTransport socket, ValueTask<int> connected) = SocketTransport.Connect(loop, address, endpoint.Authority);
        socket.SetDeadline(openedAt + Clock.Nanoseconds(version.Settings.Timeouts.Connect));
        opening?.WaitsFor(socket);
        int error = await connected;
        socket.SetDeadline(long.MaxValue);
        if (error != 0)
        {
            opening?.End();
            Closed();
            return (null, opening is { IsGivenUp: true } ? ProxyError.Recalled : Refused(error));
        }

        Transport transport = socket;
        if (endpoint.Settings.IsTls)
        {
            TlsTransport? tls = null;
            try
            {
                tls = version.Trust is { } trust
                    ? await TlsTransport.ConnectAsync(socket, trust, endpoint.Settings.Host, openedAt + Clock.Nanoseconds(version.Settings.Timeouts.Connect))
                    : null;
            }
            finally
            {
                if (tls is null)
                {
                    opening?.End();
                    socket.Close();
                    Closed();
                }
            }

            if (tls is null)
            {
                return (null, ProxyError.UpstreamTlsFailed);
            }

            transport = tls;
        }

        opening?.End();
        Opened++;
        _backOff.Succeeded();
        endpoint.IsReachable = true;
        return (new UpstreamConnection(transport, this, address, openedAt), ProxyError.None);
    }

    private ProxyError Refused(int error)
    {
        _backOff.Failed(loop.Now, slowly: error == Libc.ETIMEDOUT);
        if (error is Libc.EMFILE or Libc.ENFILE or Libc.ENOMEM or Libc.ENOBUFS or Libc.EADDRNOTAVAIL)
        {
            return ProxyError.PoolExhausted; // it is the edge that has no socket left: not the endpoint's failure
        }

        endpoint.IsReachable = false;
        return error == Libc.ETIMEDOUT ? ProxyError.ConnectTimedOut : ProxyError.ConnectFailed;
    }

    /// <summary>It leads to where the endpoint is now, and has not led there for too long.</summary>
    private bool IsCurrent(UpstreamConnection connection) =>
        ReferenceEquals(connection.Address, endpoint.Address) && loop.Now - connection.OpenedAt <= Clock.Nanoseconds(Settings.MaxAge);

    private void RemoveIdle(UpstreamConnection connection)
    {
        UpstreamConnection last = _idle[^1];
        _idle[connection.IdleIndex] = last;
        last.IdleIndex = connection.IdleIndex;
        _idle.RemoveAt(_idle.Count - 1);
        connection.IdleIndex = -1;
    }

    private void Discard(UpstreamConnection connection)
    {
        connection.Transport.Close();
        Closed();
    }

    /// <summary>A place is free: whoever waits longest may open its own connection.</summary>
    private void Closed()
    {
        Open--;
        NextWaiter()?.Finish(null);
    }

    private Waiter? NextWaiter()
    {
        while (_waiting.TryDequeue(out Waiter? waiter))
        {
            if (!waiter.HasLeft)
            {
                return waiter;
            }
        }

        return null;
    }

    /// <summary>An exchange in the queue: ends with a connection, with leave to open one, or with its deadline.</summary>
    public sealed class Waiter(EventLoop loop) : TimerEntry, IValueTaskSource<UpstreamConnection?>
    {
        private LoopSignal _signal;
        private UpstreamConnection? _connection;

        /// <summary>Without a connection: out of time, or given up.</summary>
        public bool HasLeft { get; private set; }

        public ValueTask<UpstreamConnection?> WaitAsync() => new(this, _signal.Begin());

        public void Finish(UpstreamConnection? connection)
        {
            loop.Timers.Cancel(this);
            _connection = connection;
            _signal.Complete();
        }

        public void GiveUp()
        {
            loop.Timers.Cancel(this);
            OnDeadline();
        }

        protected internal override void OnDeadline()
        {
            HasLeft = true;
            _signal.Complete();
        }

        UpstreamConnection? IValueTaskSource<UpstreamConnection?>.GetResult(short token) => _connection;

        ValueTaskSourceStatus IValueTaskSource<UpstreamConnection?>.GetStatus(short token) => _signal.Status(token);

        void IValueTaskSource<UpstreamConnection?>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _signal.OnCompleted(continuation, state, token);
    }
}
