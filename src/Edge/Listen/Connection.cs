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

    private readonly Worker _worker;
    private readonly ListenerContext _listener;
    private readonly Admission _admission;
    private Transport _transport;
    private bool _idle;

    private Connection(Worker worker, ListenerContext listener, Admission admission, SocketTransport socket)
    {
        _admission = admission;
        _worker = worker;
        _listener = listener;
        _transport = socket;
    }

    /// <summary>Takes over an accepted descriptor. Its task ends with the connection and never fails.</summary>
    public static void Start(Worker worker, ListenerContext listener, Admission admission, SocketTransport socket) =>
        _ = new Connection(worker, listener, admission, socket).RunAsync(socket);

    /// <summary>Ends it if it waits for a next request; one that has not sent its first may still do so.</summary>
    public void EndIfIdle()
    {
        if (_idle)
        {
            _transport.CancelRead();
        }
    }

    private async Task RunAsync(SocketTransport socket)
    {
        _worker.Connections.Add(this);
        if (_listener.Identity is not { } identity || await HandshakeAsync(socket, identity))
        {
            bool linger = await ServeAsync();
            if (linger && !_transport.IsClosed)
            {
                await LingerAsync();
            }
            else if (!_transport.IsClosed)
            {
                await _transport.ShutdownAsync();
            }
        }

        _transport.Close();
        _worker.Connections.Remove(this);
        _admission.Leave(socket.PeerText);
    }

    private async ValueTask<bool> HandshakeAsync(SocketTransport socket, ServerIdentity identity)
    {
        if (await TlsTransport.AcceptAsync(socket, identity, _worker.Loop.Now + _worker.Plan.HandshakeTimeout) is not { } tls)
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

    /// <summary>Exchange after exchange. True: something was answered that the client must be given time to read.</summary>
    [AsyncMethodBuilder(typeof(LoopMethodBuilder<>))]
    private async ValueTask<bool> ServeAsync()
    {
        long patience = _worker.Plan.HeadTimeout; // whoever connects is expected to ask
        while (true)
        {
            _transport.SetDeadline(_worker.Loop.Now + patience);
            ReadResult read = await _transport.Input.ReadAsync();
            _idle = false;
            if (read.Buffer.IsEmpty)
            {
                _transport.Input.AdvanceTo(read.Buffer.End);
                return false;
            }

            Exchange exchange = _worker.RentExchange();
            bool again = await exchange.RunAsync(_transport, _listener, read);
            _worker.Return(exchange);
            if (!again)
            {
                return true;
            }

            _idle = true;
            patience = _worker.Plan.IdleTimeout;
        }
    }

    private async ValueTask LingerAsync()
    {
        await _transport.ShutdownAsync();
        _transport.SetDeadline(_worker.Loop.Now + LingerFor);
        for (long thrown = 0; thrown < LingerBytesMax;)
        {
            ReadResult read = await _transport.Input.ReadAsync();
            thrown += read.Buffer.Length;
            _transport.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled)
            {
                return;
            }
        }
    }
}
