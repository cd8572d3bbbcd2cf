// A transport whose bytes travel in TLS: SslStream over a RecordStream over a SocketTransport, all on the loop's thread.
// Exceptions of SslStream are caught here, once, and become a fault and an ended pipe.

using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using OpenClaw.Edge.Io;

namespace OpenClaw.Edge.Tls;

internal sealed class TlsTransport : Transport
{
    private readonly SocketTransport _socket;
    private readonly TlsReader _reader;
    private readonly TlsWriter _writer;
    private bool _failed;

    private TlsTransport(SocketTransport socket)
    {
        _socket = socket;
        Records = new RecordStream(socket);
        Ssl = new SslStream(Records, leaveInnerStreamOpen: true);
        _reader = new TlsReader(this);
        _writer = new TlsWriter(this);
    }

    public SslStream Ssl { get; }

    public RecordStream Records { get; }

    /// <summary>The handshake took up an earlier session, without certificate or signature.</summary>
    public bool IsResumed => Records.SaidResumed;

    public SocketTransport Socket => _socket;

    public override PipeReader Input => _reader;

    public override PipeWriter Output => _writer;

    public override PipeReader RawInput => _socket.Input;

    public override EventLoop Loop => _socket.Loop;

    public override TransportFault Fault => _socket.Fault != TransportFault.None ? _socket.Fault : _failed ? TransportFault.Tls : TransportFault.None;

    public override bool IsClosed => _socket.IsClosed;

    public override bool IsTls => true;

    public override byte[] PeerText => _socket.PeerText;

    public override bool HasUnreadInput => _reader.HasUnread || _socket.HasUnreadInput;

    public override Action<Transport>? Unattended
    {
        get => _socket.Unattended;
        set => _socket.Unattended = value;
    }

    /// <summary>The server's side of a handshake. Null, with the socket closed, when it fails or lasts past <paramref name="deadline"/>.</summary>
    public static async ValueTask<TlsTransport?> AcceptAsync(SocketTransport socket, ServerIdentity identity, long deadline)
    {
        TlsTransport transport = new(socket);
        return await transport.HandshakeAsync(identity.HandshakeAsync(transport.Ssl), deadline) ? transport : null;
    }

    /// <summary>The client's side, towards an upstream.</summary>
    public static async ValueTask<TlsTransport?> ConnectAsync(SocketTransport socket, UpstreamTrust trust, string host, long deadline)
    {
        TlsTransport transport = new(socket);
        return await transport.HandshakeAsync(trust.HandshakeAsync(transport.Ssl, host), deadline) ? transport : null;
    }

    public override void SetDeadline(long at) => _socket.SetDeadline(at);

    public override async ValueTask<bool> ShutdownAsync()
    {
        try
        {
            await Ssl.ShutdownAsync();
            await _socket.Output.FlushAsync();
        }
        catch (Exception e) when (IsOfThePeer(e))
        {
            Fail();
        }

        return await _socket.ShutdownAsync();
    }

    public override void CancelRead() => _socket.CancelRead();

    public override void Close()
    {
        _socket.Close();
        Dispose();
    }

    public override void Abort()
    {
        _socket.Abort();
        Dispose();
    }

    public void Fail() => _failed = true;

    /// <summary>What SslStream throws for a peer's or the network's fault.</summary>
    public static bool IsOfThePeer(Exception e) => e is IOException or AuthenticationException or ObjectDisposedException or InvalidOperationException;

    private async ValueTask<bool> HandshakeAsync(Task handshake, long deadline)
    {
        SetDeadline(deadline);
        try
        {
            await handshake;
            SetDeadline(long.MaxValue);
            Records.IsInSession = true;
            OpenSsl.ReleaseIdleBuffers(Ssl);
            return true;
        }
        catch (Exception e) when (IsOfThePeer(e))
        {
            Fail();
            _socket.SendReady(); // the alert that says why; whoever does not read is not waited for
            Close();
            return false;
        }
    }

    private void Dispose()
    {
        _reader.Complete();
        _writer.Complete();
        Ssl.Dispose();
    }
}
