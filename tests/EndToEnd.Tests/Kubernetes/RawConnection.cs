// One HTTP/1.1 request whose answer is read as it comes from the wire, read by read. Owns its socket.

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpenClaw.EndToEnd.Tests.Kubernetes;

internal sealed class RawConnection : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public static async Task<RawConnection> AskAsync(int port, string target)
    {
        RawConnection connection = new();
        await connection._socket.ConnectAsync(IPAddress.Loopback, port);
        await connection._socket.SendAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n"));
        return connection;
    }

    /// <summary>What has come when a read, without its chunk's closing line break, ends with this byte.</summary>
    public async Task<byte[]> ReadToAsync(byte last)
    {
        List<byte> all = [];
        byte[] buffer = new byte[64 * 1024];
        while (all.Count == 0 || all[^1] != last)
        {
            int n = await _socket.ReceiveAsync(buffer, Deadline.After());
            Assert.NotEqual(0, n);
            all.AddRange(buffer.AsSpan(0, n).TrimEnd("\r\n"u8));
        }

        return [.. all];
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
