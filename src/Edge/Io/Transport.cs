// What an exchange sees of a connection: a duplex pipe, a deadline, a way to end it, and why it ended. Two kinds exist:
// SocketTransport (plaintext) and Tls.TlsTransport, which lies on top of one. Used by the loop's thread only; nothing
// here throws for what a peer or the network does.

using System.IO.Pipelines;

namespace OpenClaw.Edge.Io;

/// <summary>Why a transport no longer serves.</summary>
internal enum TransportFault : byte
{
    None,

    /// <summary>A reset or another error of the network.</summary>
    Reset,

    /// <summary>A deadline set by the owner passed while it waited.</summary>
    TimedOut,

    /// <summary>The peer broke the TLS protocol, or vanished without close_notify.</summary>
    Tls,
}

internal abstract class Transport : IDuplexPipe
{
    /// <summary>Reads complete inline on the loop. A result that IsCanceled means the deadline passed; IsCompleted means that no further byte will come.</summary>
    public abstract PipeReader Input { get; }

    /// <summary>Flushes complete inline on the loop. A result that IsCanceled means the deadline passed; IsCompleted means that the peer is gone.</summary>
    public abstract PipeWriter Output { get; }

    /// <summary>The bytes as they come off the socket, for a connection that is only being emptied.</summary>
    public abstract PipeReader RawInput { get; }

    public abstract EventLoop Loop { get; }

    public abstract TransportFault Fault { get; }

    public abstract bool IsClosed { get; }

    public abstract bool IsTls { get; }

    /// <summary>The peer's address as text, or "unknown" for a unix socket. Written once, at accept or connect.</summary>
    public abstract byte[] PeerText { get; }

    /// <summary>Bytes have arrived (or the peer has hung up) that nobody asked for: what a pooled connection must not have.</summary>
    public abstract bool HasUnreadInput { get; }

    /// <summary>Called instead of a reader when something happens while nobody waits; null: it is kept for the next read.</summary>
    public abstract Action<Transport>? Unattended { get; set; }

    /// <summary>Waits that last past this moment (nanoseconds of the loop's clock) end with IsCanceled; <see cref="long.MaxValue"/>: none.</summary>
    public abstract void SetDeadline(long at);

    /// <summary>Sends what has been written, and then <paramref name="behind"/>; a peer that does not read for <paramref name="stall"/> nanoseconds ends it with IsCanceled.</summary>
    public ValueTask<FlushResult> SendAsync(long stall, ReadOnlyMemory<byte> behind = default)
    {
        ValueTask<FlushResult> flush = Output.WriteAsync(behind);
        if (!flush.IsCompleted)
        {
            SetDeadline(Loop.Now + stall);
        }

        return flush;
    }

    /// <summary>Says that no more bytes will follow (close_notify, then FIN), reading on.</summary>
    public abstract ValueTask<bool> ShutdownAsync();

    /// <summary>Reads and throws away what still comes, until the end, the deadline, or so many bytes: closing with unread bytes would be a reset, which eats the last answer (RFC 9112 9.6).</summary>
    public async ValueTask LingerAsync(long bytesMax)
    {
        for (long thrown = 0; thrown < bytesMax;)
        {
            ReadResult read = await RawInput.ReadAsync();
            thrown += read.Buffer.Length;
            RawInput.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled)
            {
                return;
            }
        }
    }

    /// <summary>Ends a read that waits; its result says IsCanceled.</summary>
    public abstract void CancelRead();

    /// <summary>Closes the descriptor and gives all buffers back. Whoever still waits gets IsCompleted.</summary>
    public abstract void Close();

    /// <summary>Closes with a reset, so that the peer cannot take a cut answer for a whole one.</summary>
    public abstract void Abort();
}
