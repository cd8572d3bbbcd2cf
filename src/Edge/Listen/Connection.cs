// The life of one downstream connection: handshake, one exchange after the other, a close that lets the last answer
// arrive. Worker's thread.

using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using OpenClaw.Edge.Io;
using OpenClaw.Edge.Tls;

namespace OpenClaw.Edge.Listen;

internal sealed class Connection
{
    /// <summary>After our last byte: how long, and how much, is read and thrown away so that no reset eats the answer (RFC 9112 9.6).</summary>
    private const long LingerFor = 2 * Clock.Second;
    private const long LingerBytesMax = 1024 * 1024;

    /// <summary>So many requests may be answered in a row without a wait; a client that pipelines without end lets others go between.</summary>
    private const int AnswersInARow = 16;

    private readonly Worker _worker;
    private readonly ListenerContext _listener;
    private readonly Admission _admission;
    private Transport _transport;
    private Exchange? _exchange;
    private bool _idle;
    private int _inARow;
    private long _turn;

    private Connection(Worker worker, ListenerContext listener, Admission admission, SocketTransport socket)
    {
        _worker = worker;
        _listener = listener;
        _admission = admission;
        _transport = socket;
    }

    /// <summary>Takes over an accepted descriptor, which this connection closes in the end.</summary>
    public static void Start(Worker worker, ListenerContext listener, Admission admission, SocketTransport socket) =>
        _ = new Connection(worker, listener, admission, socket).RunAsync();

    /// <summary>Ends it if it waits for a next request; one that has not sent its first may still do so.</summary>
    public void EndIfIdle()
    {
        if (_idle)
        {
            _transport.CancelRead();
        }
    }

    /// <summary>Tells the exchange under way, if one is.</summary>
    public void Recall(LiveVersion version) => _exchange?.Recall(version);

    public void NoteOverdue(long now) => _exchange?.NoteOverdue(now);

    // One method, because every suspended method costs an idle connection its state.
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private async ValueTask<bool> RunAsync()
    {
        byte[] peer = _transport.PeerText;
        _worker.Connections.Add(this);
        try
        {
            bool answered = false;
            bool again = _listener.Identity is not { } identity || await HandshakeAsync(identity);
            while (again)
            {
                // Whoever connects is expected to ask; whoever has asked may take its time.
                _transport.SetDeadline(_worker.Loop.Now + (!answered ? _worker.Plan.HeadTimeout
                    : _worker.IsDraining ? ConnectionTable.QuietBeforeClose : _worker.Plan.IdleTimeout));
                _idle = answered;
                ReadResult read = await _transport.Input.ReadAsync();
                _idle = false;
                if (read.Buffer.IsEmpty)
                {
                    _transport.Input.AdvanceTo(read.Buffer.End);
                    answered = false; // nothing is owed
                    break;
                }

                _exchange = _worker.RentExchange();
                again = await _exchange.RunAsync(_transport, _listener.RedirectPort, read);
                answered = true;
                _worker.Return(_exchange);
                _exchange = null;
                if (_turn != _worker.Loop.Now)
                {
                    (_turn, _inARow) = (_worker.Loop.Now, 0);
                }
                else if (++_inARow >= AnswersInARow && again)
                {
                    _inARow = 0;
                    await _worker.Loop.Yield();
                }
            }

            if (!_transport.IsClosed)
            {
                _transport.SetDeadline(_worker.Loop.Now + LingerFor);
                await _transport.ShutdownAsync();
                if (answered)
                {
                    await _transport.LingerAsync(LingerBytesMax);
                }
            }
        }
        catch (Exception e)
        {
            // A fault of ours: this connection ends, the others do not. What it had rented is left to the collector.
            _worker.Counters.InternalErrors++;
            _worker.ReportBug(e);
            _transport.Abort();
        }

        _transport.Close();
        _worker.Connections.Remove(this);
        _admission.Leave(peer);
        return true;
    }

    private async ValueTask<bool> HandshakeAsync(ServerIdentity identity)
    {
        if (await TlsTransport.AcceptAsync((SocketTransport)_transport, identity, _worker.Loop.Now + _worker.Plan.HandshakeTimeout) is not { } tls)
        {
            _worker.Counters.HandshakesFailed++;
            return false;
        }

        _transport = tls;
        if (tls.IsResumed)
        {
            _worker.Counters.HandshakesResumed++;
        }
        else
        {
            _worker.Counters.HandshakesFull++;
        }

        return true;
    }
}
